"""Closing somebody's way to sign in, and opening it again."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.ui.forms import DateField, Form, Needed, SubmitField, TextField

READ_BY = _l("The person, and whoever looks at the record, can read this.")


class CloseForm(Form):
    """Why, and until when."""

    reason = TextField(
        _l("Why"),
        [Needed(_l("Write why they cannot sign in any more"))],
        description=READ_BY,
        longest=300,
    )
    last_day = DateField(
        _l("Last day, if it has one"),
        description=_l("They can sign in again by themselves on the day after."),
    )
    submit = SubmitField(_l("Close their way to sign in"))


class ReopenForm(Form):
    """Why they can sign in again."""

    reason = TextField(
        _l("Why"),
        [Needed(_l("Write why they can sign in again"))],
        description=READ_BY,
        longest=300,
    )
    submit = SubmitField(_l("Let them sign in again"))
