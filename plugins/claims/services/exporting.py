"""The file for the bank: made once, however often somebody clicks, kept sealed, given out again as it was."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.bankfiles import columns, standard18
from plugins.claims.bankfiles.values import FileKind, Run, Transfer
from plugins.claims.errors import RefusedError, Why
from plugins.claims.models import BankDetail, Batch, BatchState, Export, Payment
from plugins.claims.money import postings
from plugins.claims.money.batches import Outcome
from plugins.claims.money.deadlines import ARRIVES_IN, after_working_days
from plugins.claims.money.postings import About, Account
from plugins.claims.queries.layout import layout
from plugins.claims.queries.looks import FILE_SHOWN
from plugins.claims.queries.paying import ids_of
from plugins.claims.services import sources
from plugins.claims.services.bank import opened
from plugins.claims.services.batching import locked_batch, note_batch
from plugins.claims.services.books import write_many
from plugins.claims.services.looking import held_by_details
from plugins.claims.services.payables import payable_of
from plugins.claims.services.separating import check_payer
from plugins.claims.services.sources import BY_WHAT, key_of
from plugins.claims.services.standing import check_standing
from plugins.claims.services.today import today
from portal.audit import api as audit
from portal.plugin_api import Actor, insert_once, lock_rows, now, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from plugins.claims.services.payables import Payable


def export_of(session: Session, batch_id: int) -> Export | None:
    """The file of a batch; None before it is made."""
    return session.scalars(sa.select(Export).where(Export.batch_id == batch_id)).one_or_none()


def export(session: Session, actor: Actor, batch_id: int) -> Export:
    """Make the file of a locked batch; where it is made already, that one. From then on the money is away.

    Raises:
        GoneError: there is no such batch.
        RefusedError: it is not locked; or a payment, which `line_id` names, cannot leave: the actor has a
            part in it, sum, payee or bank details are not what they were, or it is approved once more first.
    """
    batch = locked_batch(session, batch_id)
    made = export_of(session, batch.id)
    if made is not None:
        return made
    if batch.state is not BatchState.LOCKED:
        raise RefusedError(Why.MOVED)
    payments = lock_rows(session, Payment, list(ids_of(session, batch.id)))
    if not payments:
        raise RefusedError(Why.EMPTY)
    _check(session, actor, payments)
    kind, text = _written(session, payments, batch.ref)
    made = _keep(session, actor, batch, kind, text)
    _away(session, payments)
    batch.state = BatchState.EXPORTED
    note_batch(session, actor, "export", batch, payments=made.payments, pence=made.total)
    return made


def _check(session: Session, actor: Actor, payments: Sequence[Payment]) -> None:
    """Everything once more, with all rows locked."""
    payables = {one.id: payable_of(one) for one in payments}
    check_payer(session, actor.person_id, payables, BY_WHAT)
    standing = sources.standing(session, list(payables.values()))
    for payment_id, one in payables.items():
        if key_of(one) not in standing:
            raise RefusedError(Why.CHANGED, payment_id)
    lock_rows(session, BankDetail, [one.detail_id for one in payments if one.detail_id])
    held = held_by_details(session, payments)
    for payment_id in payables:
        if payment_id in held:
            raise RefusedError(held[payment_id], payment_id)
    check_standing(session, payables, BY_WHAT)


def _written(session: Session, payments: Sequence[Payment], ref: str) -> tuple[FileKind, str]:
    """The kind of file that the college's bank takes, and the file's text."""
    ids = [one.detail_id for one in payments]
    details = {
        one.id: one for one in session.scalars(sa.select(BankDetail).where(BankDetail.id.in_(ids)))
    }
    transfers = [
        Transfer(opened(session, details[one.detail_id or 0]), one.pence, one.ref.upper())
        for one in payments
    ]
    day = today()
    run = Run(transfers, ref[:6].upper(), day, after_working_days(day, ARRIVES_IN))
    wanted = layout(session)
    if wanted.kind is FileKind.CSV:
        return wanted.kind, columns.written(run, wanted.columns)
    if wanted.payer is None:
        raise RefusedError(Why.LAYOUT)
    return wanted.kind, standard18.written(run, wanted.payer)


def _keep(session: Session, actor: Actor, batch: Batch, kind: FileKind, text: str) -> Export:
    ids, pence = session.execute(
        sa.select(sa.func.count(Payment.id), sa.func.sum(Payment.pence)).where(
            Payment.batch_id == batch.id
        )
    ).one()
    uid = str(uuid.uuid4())
    added = insert_once(
        session,
        Export,
        batch_id=batch.id,
        uid=uid,
        kind=kind,
        sealed=seal(session, Export.sealed, uid, text),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        payments=int(ids),
        total=int(pence),
        made_by_id=actor.person_id,
        made_at=now(),
    )
    made = export_of(session, batch.id)
    if not added or made is None:
        raise RefusedError(Why.MOVED)
    return made


def _away(session: Session, payments: Sequence[Payment]) -> None:
    """The money has left: by the books, and for whom it is."""
    ids = [one.id for one in payments]
    session.execute(
        sa.update(Payment)
        .where(Payment.id.in_(ids))
        .values(outcome=Outcome.SENT, sent_at=now())
        .execution_options(synchronize_session="fetch")
    )
    write_many(session, About.PAYMENT, "sent", paid_entries(payments))
    sources.moved(session, [(one.what, one.what_id) for one in payments], Outcome.SENT)


def paid_entries(payments: Sequence[Payment], sign: int = 1) -> Mapping[int, postings.Entry]:
    """What payments put into the books; with -1, what takes it back."""
    moves = {
        one.id: postings.move(sign * one.pence, Account.PAID, Account.OWED) for one in payments
    }
    return {payment_id: entry for payment_id, entry in moves.items() if entry is not None}


def download(session: Session, actor: Actor, batch_id: int) -> str:
    """The file's text, the same each time. That it was given out is on record, for everybody in it.

    Raises:
        GoneError: there is no such batch.
        RefusedError: there is no file, it is let go, or the actor has a part in one of its payments.
    """
    batch = locked_batch(session, batch_id)
    made = export_of(session, batch.id)
    if made is None or made.sealed is None:
        raise RefusedError(Why.FILE_GONE)
    payments = session.scalars(sa.select(Payment).where(Payment.batch_id == batch.id))
    payables: dict[int, Payable] = {one.id: payable_of(one) for one in payments}
    check_payer(session, actor.person_id, payables, BY_WHAT)
    text = unseal(session, Export.sealed, made.uid, made.sealed)
    if hashlib.sha256(text.encode()).hexdigest() != made.sha256:
        raise RefusedError(Why.FILE_GONE)
    audit.record(session, actor, FILE_SHOWN, ("claims_batch", batch.id))
    return text
