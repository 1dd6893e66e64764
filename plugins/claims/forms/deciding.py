"""What whoever decides is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from plugins.claims.errors import Why
from plugins.claims.forms.writing import pairs
from plugins.claims.models import LONGEST_WORDS, MOST_PENCE, Decision
from plugins.claims.services.deciding_line import Decided
from plugins.claims.words import DECISIONS, REFUSALS
from portal.plugin_api import Words
from portal.ui.forms import (
    HiddenField,
    LongTextField,
    MoneyField,
    Needed,
    OnceForm,
    RadioField,
    SubmitField,
    TextField,
)


class AskForm(OnceForm):
    """A question to whoever claims."""

    words = LongTextField(
        _l("What do you want to ask?"),
        [Needed(_l("Write what you want to ask"))],
        description=_l("Kind and short. Until they answer, the clock stands still."),
        longest=LONGEST_WORDS,
        rows=4,
    )
    submit = SubmitField(_l("Ask"))


class AgainForm(OnceForm):
    """What is approved once more, as it was looked at: which version, and how many pence."""

    seen = HiddenField()
    submit = SubmitField(_l("Approve it once more"))

    @property
    def seen_as(self) -> tuple[int, int]:
        """The version, and the pence; 0 for what was lost on the way, which nothing has."""
        parts = str(self.seen.data or "").split(".")
        whole = [
            int(one) if one.isascii() and one.isdigit() and len(one) < 10 else 0 for one in parts
        ]
        return (whole[0], whole[1]) if len(whole) == 2 else (0, 0)


class SeveralForm(OnceForm):
    """Several claims, as they were looked at; which ones stands in the page beside it."""

    submit = SubmitField(_l("Approve them"))


def seen_of(picks: Sequence[str]) -> dict[str, int]:
    """The versions that were looked at, by address, of claims that were ticked as "address.version"."""
    parts = (pick.partition(".") for pick in picks)
    return {
        ref: int(at) for ref, _dot, at in parts if at.isascii() and at.isdigit() and len(at) < 9
    }


class DecideForm(OnceForm):
    """A decision for each line: fields are added, see `decide_form`. `version` is what was looked at."""

    version = HiddenField()
    submit = SubmitField(_l("Decide"))

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Less says how much, and less or no says why: all that is missing is said at once."""
        good: bool = super().validate(*args, **kwargs)
        for field in self:
            name, line = field.name[: len("decision")], field.name[len("decision") :]
            if name != "decision" or field.data not in {Decision.REDUCED, Decision.DECLINED}:
                continue
            missing = {"reason": Why.REASON} if not self[f"reason{line}"].data else {}
            pence = self[f"pence{line}"]
            if field.data == Decision.REDUCED and pence.data is None and not pence.errors:
                missing["pence"] = Why.AMOUNT
            for what, why in missing.items():
                self.refuse(f"{what}{line}", REFUSALS[why])
                good = False
        return good

    @property
    def seen(self) -> int:
        """The version that was looked at; 0, which no claim has, where it was lost on the way."""
        text = str(self.version.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0

    def decisions(self, lines: Sequence[int]) -> dict[int, Decided]:
        """What was decided, by line."""
        return {
            line: Decided(
                Decision(self[f"decision{line}"].data),
                self[f"pence{line}"].data or 0,
                self[f"reason{line}"].data or "",
            )
            for line in lines
        }


def decide_form(lines: Mapping[int, Words], **kwargs: Any) -> DecideForm:
    """The form for the lines with these ids; what each is for stands in its question."""
    fields: dict[str, Any] = {}
    for line, what in lines.items():
        fields[f"decision{line}"] = RadioField(
            _l("Is “%(what)s” paid back?", what=what),
            [Needed(_l("Choose whether it is paid back"))],
            choices=pairs(DECISIONS),
        )
        fields[f"pence{line}"] = MoneyField(_l("How much, if it is less"), most=MOST_PENCE)
        fields[f"reason{line}"] = TextField(
            _l("Why, if it is not all of it"),
            description=_l("In plain words; whoever claims reads them."),
            longest=LONGEST_WORDS,
        )
    fields["submit"] = SubmitField(_l("Decide"))
    made: DecideForm = type("LinesForm", (DecideForm,), fields)(**kwargs)
    return made
