"""Whether what was approved may be paid as it is: its approvals still stand, or it was approved again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from plugins.claims.money.readiness import Details
from plugins.claims.money.separation import Again, Yes


class Void(StrEnum):
    """Why an approval does not stand any more."""

    PART = "part"
    DETAILS = "details"


@dataclass(frozen=True, slots=True)
class Standing:
    """`why`: what became of approvals that do not stand; none where all do. `by`: whose yes counts now, each
    once; `again`: whether one of them said it for the whole since.
    """

    why: frozenset[Void]
    by: tuple[int | None, ...]
    again: bool

    def missing(self, needed: int) -> int:
        """How many more people approve it before it is paid, where `needed` of them do; 0: it stands.

        Where an approval does not stand any more, somebody looks at the whole once more, whoever else said
        yes to it.
        """
        if not self.why:
            return 0
        return max(needed - len(self.by), 0 if self.again else 1)


def standing(
    said: Sequence[Yes],
    again: Sequence[Again],
    parts: Collection[int],
    details: Details | None,
    pence: int,
) -> Standing:
    """What is left of those who said yes to so many pence.

    `parts` are those of them who have a part in it by now. `details` are the bank details into which it is
    paid; None: into none. A yes that is as old as they are, or older, does not count, unless they are the
    first ones: `again` counts for the very details that it was given for.
    """
    changed = details is not None and details.version > 1
    why: set[Void] = set()
    counts: list[int | None] = []
    for one in said:
        late = changed and details is not None and details.given_at >= one.at
        barred = one.person in parts
        why |= {void for void, holds in ((Void.PART, barred), (Void.DETAILS, late)) if holds}
        if not (late or barred):
            counts.append(one.person)
    good = [
        one.person
        for one in again
        if one.pence == pence
        and one.person not in parts
        and not (changed and details is not None and one.detail_id != details.id)
    ]
    return Standing(frozenset(why), _each_once([*counts, *good]), bool(good))


def _each_once(people: Sequence[int | None]) -> tuple[int | None, ...]:
    """Whoever is erased counts as somebody of their own."""
    named = dict.fromkeys(one for one in people if one is not None)
    return (*named, *(one for one in people if one is None))
