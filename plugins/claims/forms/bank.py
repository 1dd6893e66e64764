"""Bank details, and what others say about them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import ValidationError

from plugins.claims.bankfiles.values import Account
from plugins.claims.forms.writing import pairs
from plugins.claims.models import LONGEST_NAME
from plugins.claims.money.modulus import ACCOUNT, SORT_CODE, digits_of
from plugins.claims.words.paying import NAME_CHECKS
from portal.plugin_api import Words
from portal.ui.forms import Needed, OnceForm, RadioField, SubmitField, TextField


class DigitsField(TextField):
    """So many digits, with or without spaces and hyphens; `data` is the digits alone."""

    def __init__(self, label: Words, validators: Any = (), *, count: int, **kwargs: Any) -> None:
        params = {"inputmode": "numeric", "classes": "govuk-input--width-10", "spellcheck": False}
        params["autocomplete"] = "off"
        super().__init__(label, validators, params=params, **kwargs)
        self.count = count

    def post_validate(self, _form: Any, _stopped: bool) -> None:
        """Take the digits out of the text."""
        if self.errors or not self.data:
            return
        digits = digits_of(self.data, self.count)
        if digits is None:
            raise ValidationError(
                _l("Write %(count)d digits. Spaces and hyphens do not matter", count=self.count)
            )
        self.data = digits

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else self.data or ""


class BankForm(OnceForm):
    """Somebody's own account."""

    name = TextField(
        _l("The name on the account"),
        [Needed(_l("Write the name as it stands on your card or statement"))],
        longest=LONGEST_NAME,
        params={"autocomplete": "off"},
    )
    sort_code = DigitsField(
        _l("Sort code"),
        [Needed(_l("Write the sort code, six digits"))],
        count=SORT_CODE,
        description=_l("Six digits, such as 12-34-56."),
    )
    # Named so that an error page knows it for a secret.
    account_number = DigitsField(
        _l("Account number"),
        [Needed(_l("Write the account number, eight digits"))],
        count=ACCOUNT,
        description=_l("Eight digits. Where yours has fewer, put zeros in front."),
    )
    submit = SubmitField(_l("Keep these details"))

    @property
    def account(self) -> Account:
        """What was written."""
        return Account(self.sort_code.data, self.account_number.data, self.name.data)


class AnswerLinkForm(OnceForm):
    """A yes or no to changed details, from a link."""

    answer = RadioField(
        _l("Did you change your bank details?"),
        [Needed(_l("Choose whether you changed them"))],
        choices=[
            ("yes", _l("Yes, they are mine")),
            ("no", _l("No, I did not do that")),
        ],
    )
    submit = SubmitField(_l("Say so"))


class CalledForm(OnceForm):
    """What somebody said on the telephone about their changed details."""

    answer = RadioField(
        _l("What did they say?"),
        [Needed(_l("Choose what they said"))],
        choices=[
            ("yes", _l("Yes: they changed them, and the last four digits are these")),
            ("no", _l("No: it was not them. The details are then removed")),
        ],
    )
    submit = SubmitField(_l("Note it"))


class NameCheckForm(OnceForm):
    """What the bank said about the name."""

    said = RadioField(
        _l("What did the bank say about the name?"),
        [Needed(_l("Choose what the bank said"))],
        choices=pairs(NAME_CHECKS),
    )
    submit = SubmitField(_l("Note it"))
