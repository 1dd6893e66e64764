"""Whether what was approved may be paid as it is: asked wherever money is put into a batch, a file or a hand,
and wherever it is shown what waits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError, Why
from plugins.claims.money.batches import What
from plugins.claims.money.readiness import Details
from plugins.claims.money.separation import approvers_needed, has_part
from plugins.claims.money.standing import Standing, Void, standing
from plugins.claims.promises import POUND, TWO_ABOVE
from plugins.claims.queries.paying import details
from plugins.claims.services.payables import Payable, Source
from plugins.claims.services.separating import Looked, look
from portal.plugin_api import setting

Key = tuple[What, int]
Holds = Mapping[int, Details]


@dataclass(frozen=True, slots=True)
class Voided:
    """Why something is to be approved once more, how many more people do so, and who of those that said yes
    to it counts, so that they do not say it twice. `weighs`: pence by which it is known how many.
    """

    why: frozenset[Void]
    missing: int
    by: frozenset[int]
    weighs: int


def voided_of(
    session: Session,
    looked: Looked,
    payables: Sequence[Payable],
    holds: Holds,
    sources: Mapping[What, Source],
) -> dict[Key, Voided]:
    """Of what is not paid as it was approved: why, by what it is. No query where all of it stands; where
    something does not, one, and one for each kind of money.

    `holds` are the bank details that hold, by person.
    """
    found = {(one.what, one.what_id): _standing(looked, one, holds) for one in payables}
    asked = {key: one for key, one in found.items() if one.why}
    if not asked:
        return {}
    limit, weighs = int(setting(session, TWO_ABOVE)) * POUND, dict[Key, int]()
    for what in {what for what, _id in asked}:
        ids = [what_id for of, what_id in asked if of is what]
        weighs |= {(what, key): pence for key, pence in sources[what].weighs(session, ids).items()}
    voided = {}
    for key, one in asked.items():
        pence = weighs.get(key, 0)
        if missing := one.missing(approvers_needed(pence, limit)):
            by = frozenset(who for who in one.by if who is not None)
            voided[key] = Voided(one.why, missing, by, pence)
    return voided


def _standing(looked: Looked, one: Payable, holds: Holds) -> Standing:
    part = looked.parts[one.what, one.what_id]
    parts = {
        who
        for who in part.approvers
        if who == one.person_id or has_part(part, who, looked.accounts[who])
    }
    known = None if one.by_hand else holds.get(one.person_id)
    return standing(part.said, part.again, parts, known, one.pence)


def voided(
    session: Session, payables: Sequence[Payable], sources: Mapping[What, Source]
) -> dict[Key, Voided]:
    """The same, looked at now. Five queries for whatever number of claims that stand."""
    if not payables:
        return {}
    holds = details(session, {one.person_id for one in payables})
    return voided_of(session, look(session, None, payables, sources), payables, holds, sources)


def check_standing(
    session: Session, payables: Mapping[int, Payable], sources: Mapping[What, Source]
) -> None:
    """Refuse, where one of these payments, by its id, is to be approved once more.

    Raises:
        RefusedError: `line_id` is the first such payment.
    """
    found = voided(session, list(payables.values()), sources)
    for payment_id, one in payables.items():
        if (one.what, one.what_id) in found:
            raise RefusedError(Why.AGAIN, payment_id)
