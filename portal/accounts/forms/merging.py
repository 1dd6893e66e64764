"""Making one of two records."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts.models import LONGEST_MERGE_REASON
from portal.ui.forms import Form, Needed, RadioField, SubmitField, TextField


class MergeForm(Form):
    """Why the two are one person, and which way to sign in stays where both have one."""

    sign_in = RadioField(
        _l("How do they sign in from now on?"),
        [Needed(_l("Choose how they sign in from now on"))],
        description=_l("Ask them. The other way stops working."),
        choices=[],
    )
    reason = TextField(
        _l("How do you know that both are the same person?"),
        [Needed(_l("Write how you know that both are the same person"))],
        description=_l("The person, and whoever looks at the record, can read this."),
        longest=LONGEST_MERGE_REASON,
    )
    submit = SubmitField(_l("Make one record of both"))

    def offer(self, kept_email: str | None, gone_email: str | None) -> None:
        """Ask for the way to sign in only where there are two, and for a second person where there is one."""
        if kept_email or gone_email:
            self.submit.label.text = _("Ask a second person to do it")
        if kept_email is None or gone_email is None:
            del self.sign_in
            return
        self.sign_in.choices = [
            ("kept", _("With %(email)s", email=kept_email)),
            ("gone", _("With %(email)s", email=gone_email)),
        ]


class FinishMergeForm(Form):
    """A button for the second person."""

    submit = SubmitField(_l("Yes, make one record of both"))
