"""What is asked when somebody is to write claims for somebody else."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.ui.forms import Needed, OnceForm, RadioField, SubmitField, TextField


class OfferForm(OnceForm):
    """A code for somebody."""

    paid = RadioField(
        _l("Are they paid to support you?"),
        [Needed(_l("Choose whether they are paid to support you"))],
        choices=[("no", _l("No, as a friend or a relative")), ("yes", _l("Yes, it is their work"))],
        description=_l("Either is fine. Whoever supports you never decides about your claims."),
    )
    submit = SubmitField(_l("Make a code for them"))


class TakeUpForm(OnceForm):
    """The code that somebody gave."""

    code = TextField(
        _l("The code that they gave you"),
        [Needed(_l("Write the code"))],
        description=_l("Ten letters and numbers. Capitals and spaces do not matter."),
        longest=40,
        params={"autocomplete": "off", "spellcheck": False, "classes": "govuk-input--width-10"},
    )
    submit = SubmitField(_l("Continue"))
