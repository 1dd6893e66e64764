"""What somebody does with their own claim: write it, send it, answer, withdraw, ask others to look again.

Whoever supports them writes, sends and answers for them, in claims that they began. The rest is theirs alone.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import (
    AdvanceClaim,
    Category,
    Claim,
    Decision,
    Line,
    Prefill,
    Proof,
    Question,
    State,
    SupportedClaim,
)
from plugins.claims.money.batches import What
from plugins.claims.queries.owing import owing, paid
from plugins.claims.queries.prefill import day_of
from plugins.claims.queries.prices import VEHICLES
from plugins.claims.services import receipts
from plugins.claims.services.advance_moves import claim_no_more
from plugins.claims.services.books import decided_so_far, post, posted
from plugins.claims.services.pricing import lock_theirs, price, price_again
from plugins.claims.services.refs import new_ref
from plugins.claims.services.store import EDITABLE, change, lines_of, note, own
from plugins.claims.services.telling import tell_sent_for
from plugins.claims.services.today import today
from plugins.claims.services.topping_up import propose_top_ups
from portal.files.api import Received, keep, let_go
from portal.plugin_api import Actor, now

LAST_ROUND = 2  # one appeal


def begin(session: Session, actor: Actor, what: str) -> Claim:
    """A new draft of the actor's own."""
    return new_draft(session, actor.person_id, what)


def new_draft(session: Session, person_id: int | None, what: str) -> Claim:
    """A new draft for somebody: whoever calls this has asked whether it may be."""
    at = now()
    claim = Claim(
        ref=new_ref(),
        person_id=person_id,
        state=State.DRAFT,
        what=what,
        begun_at=at,
        changed_at=at,
    )
    session.add(claim)
    session.flush()
    return claim


def rename(session: Session, actor: Actor, claim_id: int, what: str) -> None:
    """Say otherwise what it was for.

    Raises:
        GoneError, RefusedError: see `own`.
    """
    claim = own(session, actor, claim_id, *EDITABLE, written=True)
    claim.what = what
    change(session, claim)
    session.flush()


def add_line(session: Session, actor: Actor, claim_id: int, category: Category) -> int:
    """One more thing that money was spent on; returns its id.

    Raises:
        GoneError, RefusedError: see `own`.
    """
    claim = own(session, actor, claim_id, *EDITABLE, written=True)
    line = Line(claim_id=claim.id, category=category, day=day_of(session, claim.id))
    session.add(line)
    change(session, claim)
    session.flush()
    return line.id


def _line(session: Session, actor: Actor, claim_id: int, line_id: int) -> Line:
    claim = own(session, actor, claim_id, *EDITABLE, written=True)
    found = next((one for one in lines_of(session, claim.id) if one.id == line_id), None)
    if found is None:
        raise GoneError
    change(session, claim)
    return found


def _open_line(session: Session, actor: Actor, claim_id: int, line_id: int) -> Line:
    """A line of which nothing was approved before an appeal; it gets its price anew.

    Raises:
        GoneError, RefusedError: see `_line`; or something of it was approved, and stands.
    """
    line = _line(session, actor, claim_id, line_id)
    if posted(session, claim_id).get(line_id):
        raise RefusedError(Why.STANDS)
    line.known_on = None
    return line


def _payee(session: Session, claim_id: int) -> int | None:
    """Whom a claim is for, and so whom its receipts are about."""
    return session.get_one(Claim, claim_id).person_id


def say_when(session: Session, actor: Actor, claim_id: int, line_id: int, day: date) -> None:
    """The day on which it was.

    Raises:
        GoneError: there is no such line.
        RefusedError: the day has not come yet; or see `_open_line`.
    """
    line = _open_line(session, actor, claim_id, line_id)
    if day > today():
        raise RefusedError(Why.FUTURE)
    line.day = day
    session.flush()


def say_how_much(session: Session, actor: Actor, claim_id: int, line_id: int, amount: int) -> None:
    """Pence; for a journey tenths of a mile.

    Raises:
        GoneError, RefusedError: see `_open_line`.
    """
    line = _open_line(session, actor, claim_id, line_id)
    if line.category in VEHICLES:
        line.tenths = amount
    else:
        line.pence = amount
    session.flush()


def prove(
    session: Session,
    actor: Actor,
    claim_id: int,
    line_id: int,
    proof: Proof,
    *,
    received: Received | None = None,
    digest: str = "",
) -> None:
    """A picture of the receipt, or somebody's word. `digest` is a hash of the bytes as they came.

    Raises:
        GoneError, RefusedError: see `_line`.
    """
    line = _line(session, actor, claim_id, line_id)
    if proof is Proof.FILE and received is None:
        return  # the picture that is there stays
    former, was = line.file_id, line.digest
    line.file_id, line.digest, line.proof = None, "", proof
    receipts.give_back(session, [line.id])
    if former is not None:
        let_go(session, former)
    if received is not None:
        line.file_id = keep(session, received, owner_id=_payee(session, claim_id))
        line.digest = digest
        session.flush()
        receipts.note_picture(session, line)
    receipts.forget(session, [was])
    session.flush()


def say_whole(session: Session, actor: Actor, claim_id: int, line_id: int, pence: int) -> None:
    """What the receipt of a line comes to in all, where it is not claimed whole.

    Raises:
        GoneError, RefusedError: see `_line`, and `receipts.say_whole`.
    """
    receipts.say_whole(session, _line(session, actor, claim_id, line_id), pence)


def remove_line(session: Session, actor: Actor, claim_id: int, line_id: int) -> None:
    """Take a line away, with its receipt. Sent lines that stand in the books stay.

    Raises:
        GoneError: there is no such line.
        RefusedError: something was approved of it before.
    """
    line = _line(session, actor, claim_id, line_id)
    if posted(session, claim_id).get(line_id):
        raise RefusedError(Why.STATE)
    file_id, digest = line.file_id, line.digest
    receipts.give_back(session, [line.id])
    session.delete(line)
    session.flush()
    receipts.forget(session, [digest])
    if file_id is not None:
        let_go(session, file_id)


def throw_away(session: Session, actor: Actor, claim_id: int) -> None:
    """A draft that is not needed: nothing of it stays.

    Raises:
        GoneError, RefusedError: see `own`.
    """
    claim = own(session, actor, claim_id, State.DRAFT, written=True)
    for line in lines_of(session, claim.id):
        remove_line(session, actor, claim.id, line.id)
    for model in (SupportedClaim, AdvanceClaim):
        session.execute(sa.delete(model).where(model.claim_id == claim.id))
    session.execute(sa.update(Prefill).where(Prefill.claim_id == claim.id).values(claim_id=None))
    session.delete(claim)
    session.flush()


def send(session: Session, actor: Actor, claim_id: int, total: int) -> None:
    """Send it: each line gets its price for good. `total` is the sum, in pence, that its person was shown.

    Raises:
        GoneError: there is no such claim of theirs.
        RefusedError: an answer is missing, or it comes to another sum by now.
    """
    lock_theirs(session, claim_id)
    claim = own(session, actor, claim_id, State.DRAFT, written=True)
    price(session, claim, total)
    claim.state, claim.sent_at = State.SUBMITTED, now()
    claim.submitted_by_id = actor.person_id
    note(session, actor, "send", claim)
    tell_sent_for(session, actor, claim)


def answer(session: Session, actor: Actor, claim_id: int, words: str, total: int) -> None:
    """Answer what was asked; the clock goes on.

    Raises:
        GoneError, RefusedError: see `send`.
    """
    lock_theirs(session, claim_id)
    claim = own(session, actor, claim_id, State.QUERIED, written=True)
    price(session, claim, total)
    session.execute(
        sa.update(Question)
        .where(Question.claim_id == claim.id, Question.answered_at.is_(None))
        .values(answer=words, answered_at=now())
    )
    claim.state = State.SUBMITTED
    note(session, actor, "answer", claim)
    tell_sent_for(session, actor, claim)


def withdraw(session: Session, actor: Actor, claim_id: int) -> None:
    """Take it back, at any time before it is paid and without a reason. While somebody else looks again, that
    alone is taken back: what was decided before stands again.

    Raises:
        GoneError, RefusedError: see `own`; or something of it is paid.
    """
    lock_theirs(session, claim_id)
    open_states = (State.SUBMITTED, State.QUERIED, State.DECIDED, State.FAILED, State.SETTLED)
    claim = own(session, actor, claim_id, *open_states)
    if claim.round > 1 and claim.state in {State.SUBMITTED, State.QUERIED}:
        _stop_the_appeal(session, actor, claim)
        return
    if paid(session, What.CLAIM, [claim.id]).get(claim.id):
        raise RefusedError(Why.PAID)
    for line_id, pence in posted(session, claim.id).items():
        post(session, line_id, "withdrawn", -pence)
    receipts.give_back(session, [line.id for line in lines_of(session, claim.id)])
    claim_no_more(session, claim)
    claim.state, claim.closed_at = State.WITHDRAWN, now()
    note(session, actor, "withdraw", claim)
    propose_top_ups(session, claim_id=claim.id)  # its miles make room for others


def _stop_the_appeal(session: Session, actor: Actor, claim: Claim) -> None:
    before, lines = decided_so_far(session, claim.id), lines_of(session, claim.id)
    for line in lines:
        line.allowed = before.get(line.id, 0)
        if line.allowed == line.pence:
            line.decision = Decision.APPROVED
        else:
            line.decision = Decision.REDUCED if line.allowed else Decision.DECLINED
    receipts.claim_of(session, lines, {line.id: line.allowed or 0 for line in lines})
    session.flush()
    claim.version += 1  # whoever approved the appeal so far approved what is no more
    none_left = owing(session, [claim.id]).get(claim.id) == 0 and any(before.values())
    claim.state, claim.closed_at = State.SETTLED if none_left else State.DECIDED, now()
    note(session, actor, "stop_appeal", claim)
    propose_top_ups(session, claim_id=claim.id)  # a better rate may have become known meanwhile


def appeal(session: Session, actor: Actor, claim_id: int, words: str) -> None:
    """Ask that somebody else looks again. What was approved stays approved; journeys that were declined are
    behind those that were claimed meanwhile.

    Raises:
        GoneError: there is no such claim of theirs.
        RefusedError: nothing was refused, or somebody else has looked already.
    """
    lock_theirs(session, claim_id)
    claim = own(session, actor, claim_id, State.DECIDED, State.SETTLED)
    if claim.round >= LAST_ROUND:
        raise RefusedError(Why.APPEALED)
    lines = lines_of(session, claim.id)
    if all(line.decision is Decision.APPROVED for line in lines):
        raise RefusedError(Why.NOTHING_REFUSED)
    price_again(session, claim)
    claim.state, claim.round, claim.appeal = State.SUBMITTED, claim.round + 1, words
    claim.sent_at, claim.closed_at = now(), None
    change(session, claim)
    note(session, actor, "appeal", claim)
