"""What the register's tables keep about people, beside the marks themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.enrolment.models import Enrolment
from portal.enrolment.privacy import NOBODY, plain_rows
from portal.enrolment.register_models import MarkChange, Visitor
from portal.plugin_api import EraseMode, Erasure, PrivacySource

BASIS = _l("Legitimate interests: knowing who came, and who was in the room")
RECORD = _l("As long as the college keeps the record of the course, without your name once erased")


def export_changes(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """How the marks about the person came about."""
    mine = sa.select(Enrolment.id).where(Enrolment.person_id == person_id)
    return plain_rows(
        session,
        sa.select(
            MarkChange.session_id,
            MarkChange.mark,
            MarkChange.how,
            MarkChange.tapped_at,
            MarkChange.at,
        )
        .where(MarkChange.enrolment_id.in_(mine))
        .order_by(MarkChange.id),
    )


def erase_changes(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """How many came stays true; who it was goes with the place. Who marked it is forgotten."""
    changed = session.execute(
        sa.update(MarkChange)
        .where(MarkChange.by_id == person_id)
        .values(by_id=None)
        .returning(MarkChange.id)
    )
    return Erasure("attendance_change", erased=len(changed.all()))


def export_visits(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """The sessions that the person came to as a visitor."""
    return plain_rows(
        session,
        sa.select(Visitor.session_id, Visitor.at)
        .where(Visitor.person_id == person_id)
        .order_by(Visitor.id),
    )


def erase_visits(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """That somebody was there stays true; who it was is forgotten, and so is who welcomed them."""
    visits = session.execute(
        sa.update(Visitor)
        .where(Visitor.person_id == person_id)
        .values(person_id=None, guest_name=NOBODY)
        .returning(Visitor.id)
    ).all()
    session.execute(sa.update(Visitor).where(Visitor.by_id == person_id).values(by_id=None))
    return Erasure("session_visitor", erased=len(visits))


SOURCES = (
    PrivacySource(
        table="attendance_change",
        subject="enrolment_id, by_id",
        purpose=_l("So that no mark in a register is lost, doubled or overwritten unseen"),
        lawful_basis=BASIS,
        sensitivity="confidential",
        retention=RECORD,
        export=export_changes,
        erase=erase_changes,
    ),
    PrivacySource(
        table="session_visitor",
        subject="person_id, by_id",
        purpose=_l("To know who was in the room when there was no place left"),
        lawful_basis=BASIS,
        sensitivity="confidential",
        retention=RECORD,
        export=export_visits,
        erase=erase_visits,
    ),
)
