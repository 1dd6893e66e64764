"""What whoever pays is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from plugins.claims.bankfiles.values import Account, Columns, Dates, Field, Payer
from plugins.claims.forms.bank import DigitsField
from plugins.claims.forms.writing import pairs
from plugins.claims.models import LONGEST_HEADING, LONGEST_WORDS, CameBack
from plugins.claims.money.modulus import ACCOUNT, SORT_CODE
from plugins.claims.queries.layout import Wanted
from plugins.claims.words.paying import CAME_BACK, DATES, FIELDS, KINDS
from portal.ui.forms import (
    CheckboxField,
    HiddenField,
    IntegerField,
    LongTextField,
    Needed,
    OnceForm,
    RadioField,
    SelectField,
    SubmitField,
    TextField,
)

USER_NUMBER, LONGEST_OWN = 6, 18
LONGEST_SEEN = 15  # digits


class PutForm(OnceForm):
    """What was looked at goes into the open batch; `seen` is what it came to."""

    seen = HiddenField()
    submit = SubmitField(_l("Put it in"))

    @property
    def pence(self) -> int | None:
        """What it came to in pence, where that is said."""
        said = self.seen.data or ""
        return int(said) if said.isascii() and said.isdigit() and len(said) < LONGEST_SEEN else None


class ButtonForm(OnceForm):
    """Nothing but a button."""

    submit = SubmitField(_l("Go on"))


class LeaveOutForm(OnceForm):
    """Why a payment does not go with the others."""

    reason = LongTextField(
        _l("Why is it left out?"),
        [Needed(_l("Say why, in plain words"))],
        description=_l("Kind and short: whoever is to be paid reads it."),
        longest=LONGEST_WORDS,
        rows=3,
    )
    submit = SubmitField(_l("Leave it out"))


class OutcomeForm(OnceForm):
    """What came back: fields are added, see `outcome_form`."""

    submit = SubmitField(_l("Write it down"))

    def came_back(self, payments: Sequence[int]) -> dict[int, CameBack]:
        """Why, by payment."""
        said = {one: str(self[f"came{one}"].data or "") for one in payments}
        return {one: CameBack(why) for one, why in said.items() if why}


def outcome_form(payments: Sequence[int], **kwargs: Any) -> OutcomeForm:
    """The form for the payments with these ids."""
    fields: dict[str, Any] = {
        f"came{one}": SelectField(
            _l("What became of it?"),
            choices=[("", _l("It arrived")), *pairs(CAME_BACK)],
        )
        for one in payments
    }
    fields["submit"] = SubmitField(_l("Write it down"))
    made: OutcomeForm = type("PaymentsForm", (OutcomeForm,), fields)(**kwargs)
    return made


class LayoutForm(OnceForm):
    """How the college's bank wants its file; a place and a heading for each field, see `layout_form`."""

    kind = RadioField(
        _l("Which file does your bank take?"),
        [Needed(_l("Choose which file your bank takes"))],
        choices=pairs(KINDS),
    )
    dates = RadioField(
        _l("How does it write days?"),
        [Needed(_l("Choose how it writes days"))],
        choices=pairs(DATES),
    )
    headings = CheckboxField(_l("The first line holds the headings"))
    hyphens = CheckboxField(_l("Sort codes have hyphens: 12-34-56"))
    user_number = DigitsField(_l("The college’s Bacs user number"), count=USER_NUMBER)
    sort_code = DigitsField(_l("The college’s own sort code"), count=SORT_CODE)
    account = DigitsField(_l("The college’s own account number"), count=ACCOUNT)
    own_name = TextField(_l("The name on the college’s account"), longest=LONGEST_OWN)
    submit = SubmitField(_l("Keep this"))

    def columns(self) -> Columns:
        """The columns that have a place, in the order of their places."""
        placed = [
            (place, field, str(self[f"heading_{field.value}"].data or field.value))
            for field in Field
            if (place := self[f"place_{field.value}"].data)
        ]
        return Columns(
            tuple((field, heading) for _place, field, heading in sorted(placed)),
            Dates(self.dates.data),
            bool(self.headings.data),
            bool(self.hyphens.data),
        )

    def payer(self) -> Payer | None:
        """The college's own account; None where any part of it is empty."""
        parts = (self.sort_code.data, self.account.data, self.user_number.data)
        if not all(parts):
            return None
        own = Account(self.sort_code.data, self.account.data, self.own_name.data or "")
        return Payer(own, self.user_number.data)

    def begin_with(self, wanted: Wanted) -> None:
        """Show what holds now."""
        self.kind.data, self.dates.data = wanted.kind.value, wanted.columns.dates.value
        self.headings.data, self.hyphens.data = wanted.columns.headings, wanted.columns.hyphens
        for place, (field, heading) in enumerate(wanted.columns.fields, 1):
            self[f"place_{field.value}"].data = place
            self[f"heading_{field.value}"].data = heading
        if wanted.payer is not None:
            self.user_number.data = wanted.payer.user_number
            self.sort_code.data = wanted.payer.account.sort_code
            self.account.data = wanted.payer.account.number
            self.own_name.data = wanted.payer.account.name


def layout_form() -> LayoutForm:
    """The form with two questions for each of our fields."""
    fields: dict[str, Any] = {}
    for field, said in FIELDS.items():
        fields[f"place_{field.value}"] = IntegerField(
            _l("Place of “%(field)s”", field=said),
            description=_l("1 for the first column. Empty: it is not in the file."),
            least=1,
            most=len(FIELDS),
        )
        fields[f"heading_{field.value}"] = TextField(
            _l("Heading of “%(field)s”", field=said),
            longest=LONGEST_HEADING,
        )
    made: LayoutForm = type("ColumnsForm", (LayoutForm,), fields)()
    return made
