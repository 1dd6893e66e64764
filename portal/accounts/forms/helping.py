"""Helping somebody in again."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.accounts.forms.account import NewPasswordForm
from portal.accounts.models import LONGEST_NOTE
from portal.accounts.words import CHECKED
from portal.ui.forms import Form, Needed, RadioField, SubmitField, TextField


class BeginHelpForm(Form):
    """How it was made sure that it is them."""

    checked = RadioField(
        _l("How did you make sure that it is them?"),
        [Needed(_l("Choose how you made sure"))],
        choices=[(way.value, words) for way, words in CHECKED.items()],
    )
    note = TextField(
        _l("Anything the second person should know, if you like"),
        description=_l("The person can read this too."),
        longest=LONGEST_NOTE,
    )
    submit = SubmitField(_l("Ask a second person"))


class ConfirmHelpForm(Form):
    """A button for the second person."""

    submit = SubmitField(_l("Yes, make the code"))


class UseHelpForm(NewPasswordForm):
    """The code that somebody of the college gave them, and a new password."""

    code = TextField(
        _l("The code we gave you"),
        [Needed(_l("Write the code we gave you"))],
        description=_l("It has 12 letters and digits, such as abcd-efgh-jkmn."),
        longest=40,
        params={"autocomplete": "off", "spellcheck": False},
    )
