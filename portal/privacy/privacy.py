"""What this room itself keeps about people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.plugin_api import EraseMode, Erasure, Keeping, PrivacySource, Veto, moved
from portal.privacy.models import ErasureAsk, RecordRequest


def export_notes(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:  # noqa: ARG001 - the contract's signature
    """Nothing: whoever has a note has nothing else here, and cannot ask."""
    return []


def erase_notes(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - the contract's signature
    """Nothing: the note is what erases them again."""
    return Erasure("erasure_note")


def export_requests(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """What they asked for, our questions and answers."""
    columns = ("asked_on", "how", "state", "words", "question", "answer", "outcome", "decided_at")
    chosen = sa.select(RecordRequest).where(RecordRequest.person_id == person_id)
    rows = session.scalars(chosen.order_by(RecordRequest.id))
    return [
        {name: getattr(row, name) for name in columns}
        | {"how": row.how.value, "state": row.state.value}
        for row in rows
    ]


def erase_requests(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes them. Who wrote down or decided those of others is forgotten."""
    gone = sa.delete(RecordRequest).where(RecordRequest.person_id == person_id)
    erased = session.scalars(gone.returning(RecordRequest.id)).all()
    for column in (RecordRequest.decided_by_id, RecordRequest.written_by_id):
        session.execute(sa.update(RecordRequest).where(column == person_id).values({column: None}))
    return Erasure("record_request", erased=len(erased))


def merge_requests(session: Session, kept_id: int, gone_id: int) -> None:
    """Gives them to the kept record; somebody has one open request, so of two one is answered first."""
    both = sa.select(sa.func.count()).where(
        RecordRequest.person_id.in_((kept_id, gone_id)), RecordRequest.decided_at.is_(None)
    )
    if (session.scalar(both) or 0) > 1:
        raise Veto(
            _l("Both records wait for their whole record. Answer one of the two requests first.")
        )
    moved(RecordRequest.person_id, RecordRequest.written_by_id, RecordRequest.decided_by_id)(
        session, kept_id, gone_id
    )


def decided_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's signature
    """The ids of requests that were decided before then."""
    return sa.select(RecordRequest.id).where(RecordRequest.decided_at < before)


def forget_requests(session: Session, ids: Sequence[int]) -> None:
    """Delete these."""
    session.execute(sa.delete(RecordRequest).where(RecordRequest.id.in_(ids)))


def export_asks(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """That somebody wrote down for them that they want to be erased, and when it was stopped."""
    chosen = sa.select(ErasureAsk).where(ErasureAsk.person_id == person_id).order_by(ErasureAsk.id)
    columns = ("asked_on", "words", "begun_at", "ended_at")
    return [
        {name: getattr(row, name) for name in columns} | {"how": row.how.value}
        for row in session.scalars(chosen)
    ]


def erase_asks(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes them. Who wrote down those of others is forgotten."""
    gone = sa.delete(ErasureAsk).where(ErasureAsk.person_id == person_id)
    erased = session.scalars(gone.returning(ErasureAsk.id)).all()
    theirs = sa.update(ErasureAsk).where(ErasureAsk.begun_by_id == person_id)
    session.execute(theirs.values(begun_by_id=None))
    return Erasure("erasure_ask", erased=len(erased))


def merge_asks(session: Session, kept_id: int, gone_id: int) -> None:
    """Gives them to the kept record. What was said of one of two is not said of both, so it is stopped."""
    session.execute(
        sa.update(ErasureAsk)
        .where(ErasureAsk.person_id.in_((kept_id, gone_id)), ErasureAsk.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    moved(ErasureAsk.person_id, ErasureAsk.begun_by_id)(session, kept_id, gone_id)


def stopped_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's signature
    """The ids of those that were stopped before then."""
    return sa.select(ErasureAsk.id).where(ErasureAsk.ended_at < before)


def forget_asks(session: Session, ids: Sequence[int]) -> None:
    """Delete these."""
    session.execute(sa.delete(ErasureAsk).where(ErasureAsk.id.in_(ids)))


# One line of the page for both.
_ASKED = _l("That you asked for your whole record, or to be erased, and our answer")

SOURCES = (
    PrivacySource(
        table="record_request",
        subject="person_id, decided_by_id, written_by_id",
        what=_ASKED,
        purpose=_l("To answer you in time, and to show that we did"),
        lawful_basis=_l("Legal obligation: your rights over your data"),
        sensitivity="confidential",
        retention=_l("Two years after our answer"),
        keeping=(Keeping(decided_before, forget_requests, days=730),),
        export=export_requests,
        erase=erase_requests,
        merge=merge_requests,
    ),
    PrivacySource(
        table="erasure_ask",
        subject="person_id, begun_by_id",
        what=_ASKED,
        purpose=_l("To answer you in time, and to show that we did"),
        lawful_basis=_l("Legal obligation: your rights over your data"),
        sensitivity="confidential",
        retention=_l("Two years after our answer"),
        keeping=(Keeping(stopped_before, forget_asks, days=730),),
        export=export_asks,
        erase=erase_asks,
        merge=merge_asks,
    ),
    PrivacySource(
        table="erasure_note",
        subject="person_id",
        what=_l("That somebody was erased: a number, and nothing that says who it was"),
        purpose=_l("To erase them again if a backup brings them back"),
        lawful_basis=_l("Legal obligation: an erasure must last"),
        sensitivity="ordinary",
        retention=_l("As long as the college runs"),
        seen_by=_l("Whoever keeps the machine"),
        on_erasure="pseudonymise",
        export=export_notes,
        erase=erase_notes,
    ),
)
