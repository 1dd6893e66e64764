"""What the bank said: which payments came back, and that the others arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError
from plugins.claims.models import (
    Batch,
    BatchState,
    CameBack,
    Claim,
    Offer,
    Payment,
    RecognitionChoice,
)
from plugins.claims.money.batches import Outcome, What
from plugins.claims.money.postings import About
from plugins.claims.queries.paying import ids_of
from plugins.claims.services import sources
from plugins.claims.services.batching import locked_batch, note_batch
from plugins.claims.services.books import write_many
from plugins.claims.services.exporting import paid_entries
from plugins.claims.services.payables import payable_of
from plugins.claims.services.separating import check_payer
from plugins.claims.services.sources import BY_WHAT
from plugins.claims.services.telling import tell_about_offer, tell_payee
from portal.plugin_api import Actor, lock_rows, now

ANSWERED = (BatchState.EXPORTED, BatchState.CONFIRMED, BatchState.PART_FAILED)


def answer(
    session: Session, actor: Actor, batch_id: int, came_back: Mapping[int, CameBack]
) -> None:
    """Write down what the bank said. `came_back` is why, by payment; all others that are away arrived.

    It may be said again: a payment that came back later fails, and nothing that failed arrives again.

    Raises:
        GoneError: there is no such batch, or a payment is not in it.
        RefusedError: its file is not made yet; or the actor has a part in a payment of which they say that it
            arrived, or came back: `line_id` names it.
    """
    batch = locked_batch(session, batch_id, *ANSWERED)
    payments = lock_rows(session, Payment, list(ids_of(session, batch.id)))
    known = {one.id: one for one in payments}
    if not came_back.keys() <= known.keys():
        raise GoneError
    failed = [
        known[key] for key in came_back if known[key].outcome in {Outcome.SENT, Outcome.SETTLED}
    ]
    arrived = [one for one in payments if one.outcome is Outcome.SENT and one.id not in came_back]
    payables = {one.id: payable_of(one) for one in (*failed, *arrived)}
    check_payer(session, actor.person_id, payables, BY_WHAT)
    _settle(session, arrived)
    _fail(session, failed, came_back)
    _close(session, batch, payments)
    note_batch(session, actor, "answer", batch, arrived=len(arrived), came_back=len(failed))


def _settle(session: Session, arrived: Sequence[Payment]) -> None:
    at = now()
    for one in arrived:
        one.outcome, one.said_at = Outcome.SETTLED, at
    session.flush()
    sources.moved(session, [(one.what, one.what_id) for one in arrived], Outcome.SETTLED)
    _tell(session, arrived, "claims:paid")


def _fail(session: Session, failed: Sequence[Payment], came_back: Mapping[int, CameBack]) -> None:
    at = now()
    for one in failed:
        one.outcome, one.came_back, one.said_at = Outcome.FAILED, came_back[one.id], at
    session.flush()
    write_many(session, About.PAYMENT, "came_back", paid_entries(failed, -1))
    sources.moved(session, [(one.what, one.what_id) for one in failed], Outcome.FAILED)
    ask = [one for one in failed if one.came_back is not CameBack.FILE]
    _tell(session, ask, "claims:came_back")


def _close(session: Session, batch: Batch, payments: Sequence[Payment]) -> None:
    some = any(one.outcome is Outcome.FAILED for one in payments)
    batch.state = BatchState.PART_FAILED if some else BatchState.CONFIRMED
    batch.answered_at = batch.answered_at or now()
    session.flush()


def _tell(session: Session, payments: Sequence[Payment], purpose: str) -> None:
    """Tell whom it is about: of a claim, or of what they took for their time."""
    name = purpose.removeprefix("claims:")
    tries = {(one.what, one.what_id): one.attempt for one in payments}
    claim_ids = [one.what_id for one in payments if one.what is What.CLAIM]
    for claim in session.scalars(sa.select(Claim).where(Claim.id.in_(claim_ids))):
        tell_payee(session, claim, purpose, key=f"{name}:{tries[What.CLAIM, claim.id]}")
    choice_ids = [one.what_id for one in payments if one.what is What.CHOICE]
    for choice_id, offer in session.execute(
        sa.select(RecognitionChoice.id, Offer)
        .join(Offer, Offer.id == RecognitionChoice.offer_id)
        .where(RecognitionChoice.id.in_(choice_ids))
    ):
        key = f"{name}:{tries[What.CHOICE, choice_id]}"
        tell_about_offer(session, offer, f"claims:offer_{name}", key=key)


def tell_paid(session: Session, payment: Payment) -> None:
    """The same for one that was handed out in cash, or paid by hand."""
    _tell(session, [payment], "claims:paid")
