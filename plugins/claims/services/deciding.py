"""Deciding, line by line, by people who have no part in the claim."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError, Why
from plugins.claims.models import Approval, Claim, Decision, Line, Question, State
from plugins.claims.money.separation import approvers_needed
from plugins.claims.promises import POUND, TWO_ABOVE
from plugins.claims.queries.adjusting import most_allowed
from plugins.claims.queries.owing import owing
from plugins.claims.services import receipts
from plugins.claims.services.advance_moves import claim_against
from plugins.claims.services.books import decided_so_far, post
from plugins.claims.services.deciding_line import Decided
from plugins.claims.services.pricing import lock_travellers
from plugins.claims.services.separating import why_not_decide
from plugins.claims.services.store import change, lines_of, locked, note
from plugins.claims.services.telling import tell_payee
from plugins.claims.services.topping_up import propose_top_ups
from portal.plugin_api import Actor, now, setting


def _to_decide(session: Session, actor: Actor, claim_id: int) -> Claim:
    lock_travellers(session, [claim_id])
    claim = locked(session, claim_id)
    if actor.person_id is None or claim.state is not State.SUBMITTED:
        raise RefusedError(Why.STATE)
    why = why_not_decide(session, actor.person_id, claim)
    if why is not None:
        raise RefusedError(Why(why.value))
    return claim


def ask(session: Session, actor: Actor, claim_id: int, words: str) -> None:
    """Ask its person something: until they answer the clock stands still.

    Raises:
        GoneError: there is no such claim.
        RefusedError: it is in another state, or the actor has a part in it.
    """
    claim = _to_decide(session, actor, claim_id)
    question = Question(claim_id=claim.id, asked_by_id=actor.person_id, words=words, asked_at=now())
    session.add(question)
    claim.state = State.QUERIED
    note(session, actor, "ask", claim)
    tell_payee(session, claim, "claims:asked", key=f"asked:{question.id}")


def decide(
    session: Session,
    actor: Actor,
    claim_id: int,
    version: int,
    decisions: Mapping[int, Decided],
) -> bool:
    """Decide each line. True when that decided the claim; False when a second person is to approve it.

    `version` is the one that was looked at. To decide otherwise than the first person did makes it a new
    version, which needs two anew.

    Raises:
        GoneError: there is no such claim.
        RefusedError: it is in another state or version, the actor has a part in it, or a line's decision
            cannot stand: `line_id` says which.
    """
    claim = _to_decide(session, actor, claim_id)
    if claim.version != version:
        raise RefusedError(Why.CHANGED)
    lines, before = lines_of(session, claim.id), decided_so_far(session, claim.id)
    most = most_allowed(session, lines, before)
    allowed = {
        line.id: _allowed(line, decisions, before.get(line.id, 0), most[line.id]) for line in lines
    }
    if any(line.decision is not None for line in lines) and any(
        (line.decision, line.allowed) != (decisions[line.id].decision, allowed[line.id])
        for line in lines
    ):
        change(session, claim)
    for line in lines:
        said = decisions[line.id]
        line.decision, line.allowed, line.reason = said.decision, allowed[line.id], said.reason
    receipts.claim_of(session, lines, allowed)
    session.add(
        Approval(
            claim_id=claim.id,
            version=claim.version,
            round=claim.round,
            person_id=actor.person_id,
            at=now(),
        )
    )
    session.flush()
    note(session, actor, "approve", claim)
    limit = int(setting(session, TWO_ABOVE)) * POUND
    if _approvals(session, claim) < approvers_needed(sum(allowed.values()), limit):
        return False
    _close(session, claim, allowed, before)
    note(session, actor, "decide", claim)
    return True


def _allowed(line: Line, decisions: Mapping[int, Decided], before: int, most: int) -> int:
    said = decisions.get(line.id)
    if said is None or line.pence is None:
        raise RefusedError(Why.CHANGED, line.id)
    pence = {Decision.APPROVED: most, Decision.REDUCED: said.pence}.get(said.decision, 0)
    if said.decision is Decision.REDUCED and not 0 < pence < line.pence:
        raise RefusedError(Why.AMOUNT, line.id)
    if pence > most:
        raise RefusedError(Why.ADJUSTED_AMOUNT, line.id)
    if said.decision is not Decision.APPROVED and not said.reason.strip():
        raise RefusedError(Why.REASON, line.id)
    if pence < before:
        raise RefusedError(Why.LESS_THAN_BEFORE, line.id)
    return pence


def _approvals(session: Session, claim: Claim) -> int:
    count = sa.select(sa.func.count(Approval.id)).where(
        Approval.claim_id == claim.id, Approval.version == claim.version
    )
    return session.scalar(count) or 0


def _close(
    session: Session, claim: Claim, allowed: Mapping[int, int], before: Mapping[int, int]
) -> None:
    for line_id, pence in allowed.items():
        post(session, line_id, f"decided:{claim.round}", pence - before.get(line_id, 0))
    claim.state, claim.closed_at = State.DECIDED, now()
    session.flush()
    claim_against(session, claim, str(claim.round))
    if owing(session, [claim.id]).get(claim.id) == 0 and any(allowed.values()):
        claim.state = (
            State.SETTLED
        )  # nothing is left to pay: it was paid before the appeal, or ahead
    session.flush()
    propose_top_ups(session, claim_id=claim.id)
    tell_payee(session, claim, "claims:decided", key=f"decided:{claim.round}")
