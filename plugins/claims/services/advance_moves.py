"""What becomes of money that was paid ahead: each movement, with its entry in the books."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError
from plugins.claims.models import AdvanceClaim, AdvanceMove, AdvanceRow, Claim, Move
from plugins.claims.money import advances as money
from plugins.claims.money.advances import Advance
from plugins.claims.money.batches import What
from plugins.claims.money.postings import About, Account, move
from plugins.claims.queries.advances import covered
from plugins.claims.queries.owing import paid
from plugins.claims.services.books import posted, write
from portal.plugin_api import lock_rows, now

# Where the money comes from and goes to in the books, beside what it was paid ahead as.
_INTO: Mapping[Move, Account] = {
    Move.CLAIMED: Account.OWED,
    Move.RETURNED: Account.PAID,
    Move.WRITTEN_OFF: Account.COST,
}


def claim_against(session: Session, claim: Claim, why: str) -> None:
    """Count what is owed of a claim, by the books, against the money that was paid ahead for it, as far as
    that reaches; less of it, where something was taken back. Nothing for a claim without an advance.

    What was paid for the claim besides needs no cover. `why` names the effect, which happens once.
    """
    one = _of_claim(session, claim.id)
    if one is None:
        return
    before = covered(session, [claim.id]).get(claim.id, 0)
    owed = sum(posted(session, claim.id).values())
    to_cover = max(owed - paid(session, What.CLAIM, [claim.id]).get(claim.id, 0), 0)
    more = to_cover - before
    if more > 0:
        _after, beyond = money.claim(state_of(one), more)
        more -= beyond
    record(session, one, Move.CLAIMED, more, f"claimed:{claim.id}:{why}", claim_id=claim.id)


def claim_no_more(session: Session, claim: Claim) -> None:
    """A claim was withdrawn: what was counted of it is open again."""
    one = _of_claim(session, claim.id)
    if one is not None:
        before = covered(session, [claim.id]).get(claim.id, 0)
        key = f"withdrawn:{claim.id}"
        record(session, one, Move.CLAIMED, -before, key, claim_id=claim.id)


def was_recorded(session: Session, one: AdvanceRow, key: str) -> bool:
    """Whether a movement of this name is there already; its row is locked by whoever asks."""
    return bool(session.scalar(sa.select(sa.exists().where(AdvanceMove.key == _key(one, key)))))


def _key(one: AdvanceRow, key: str) -> str:
    return f"{one.id}:{key}"


def record(
    session: Session,
    one: AdvanceRow,
    how: Move,
    pence: int,
    key: str,
    *,
    claim_id: int | None = None,
) -> None:
    """Add a movement, and its entry in the books; nothing, for nothing. The only writer of both."""
    if not pence:
        return
    session.add(
        AdvanceMove(
            key=_key(one, key),
            advance_id=one.id,
            kind=how,
            pence=pence,
            claim_id=claim_id,
            at=now(),
        )
    )
    after = _moved(state_of(one), how, pence)
    one.paid, one.claimed, one.returned = after.paid, after.claimed, after.returned
    one.written_off, one.left_open = after.written_off, after.open
    session.flush()
    if how in _INTO:
        write(session, About.ADVANCE, one.id, key, move(pence, Account.AHEAD, _INTO[how]))


def _moved(state: Advance, how: Move, pence: int) -> Advance:
    if how is Move.PAID:
        return replace(state, paid=state.paid + pence)
    if how is Move.CLAIMED:
        return replace(state, claimed=state.claimed + pence)
    return (money.give_back if how is Move.RETURNED else money.write_off)(state, pence)


def state_of(one: AdvanceRow) -> Advance:
    """What became of its money."""
    return Advance(one.paid, one.claimed, one.returned, one.written_off)


def lock_all(session: Session, claim_ids: Collection[int]) -> None:
    """Lock the money ahead of these claims, as its place in the order of locks is before what follows."""
    wanted = sa.select(AdvanceClaim.advance_id).where(AdvanceClaim.claim_id.in_(claim_ids))
    ids = session.scalars(wanted).all()
    if ids:
        lock_rows(session, AdvanceRow, ids)


def locked(session: Session, advance_id: int) -> AdvanceRow:
    """It, locked and fresh.

    Raises:
        GoneError: there is none.
    """
    found = lock_rows(session, AdvanceRow, [advance_id])
    if not found:
        raise GoneError
    return found[0]


def _of_claim(session: Session, claim_id: int) -> AdvanceRow | None:
    advance_id = session.scalar(
        sa.select(AdvanceClaim.advance_id).where(AdvanceClaim.claim_id == claim_id)
    )
    return locked(session, advance_id) if advance_id is not None else None
