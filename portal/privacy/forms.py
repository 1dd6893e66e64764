"""The questions of this room."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.ui.forms import CheckboxField, Form, HiddenField, Needed, SubmitField


class EraseForm(Form):
    """Sure? `told` goes with the answer: it says what the person has read about what is held."""

    sure = CheckboxField(
        _l("I have read this, and I know that it cannot be undone"),
        [Needed(_l("Tick the box if you want to be erased"))],
    )
    told = HiddenField()
    submit = SubmitField(_l("Erase me now"))
