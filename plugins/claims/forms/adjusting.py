"""Putting something right after a decision."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from plugins.claims.forms.writing import SpentField
from plugins.claims.models import LONGEST_WORDS, MOST_PENCE
from portal.ui.forms import LongTextField, Needed, OnceForm, RadioField, SubmitField

_REASON: dict[str, Any] = {
    "label": _l("Why is it put right?"),
    "validators": [Needed(_l("Say why, in plain words"))],
    "description": _l("Whoever claimed reads it."),
    "longest": LONGEST_WORDS,
    "rows": 3,
}
_PROPOSE = _l("Propose it")


class BackForm(OnceForm):
    """A journey is taken back, all of it."""

    reason = LongTextField(**_REASON)
    submit = SubmitField(_PROPOSE)


class AmountForm(OnceForm):
    """More of a line, or less."""

    way = RadioField(
        _l("Is it more or less than was decided?"),
        [Needed(_l("Choose more or less"))],
        choices=[("more", _l("More")), ("less", _l("Less"))],
    )
    pence = SpentField(_l("By how much?"), [Needed(_l("Write by how much"))], most=MOST_PENCE)
    reason = LongTextField(**_REASON)
    submit = SubmitField(_PROPOSE)

    @property
    def signed(self) -> int:
        """Pence more; less than nothing, where it is less."""
        pence = int(self.pence.data or 0)
        return -pence if self.way.data == "less" else pence


class ApproveForm(OnceForm):
    """What was ticked, beside it."""

    submit = SubmitField(_l("Approve the ticked ones"))


def shown_of(picks: list[str]) -> dict[int, int]:
    """The pence that were shown, by the id of what was ticked as "id.pence"."""
    found = {}
    for pick in picks:
        key, _dot, pence = pick.partition(".")
        sign, digits = (-1, pence[1:]) if pence.startswith("-") else (1, pence)
        if all(one.isascii() and one.isdigit() and len(one) < 10 for one in (key, digits)):
            found[int(key)] = sign * int(digits)
    return found
