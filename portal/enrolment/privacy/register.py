"""What the register's tables keep about people, beside the marks themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.enrolment.models import Enrolment, MarkChange, MissedFirst, Visitor
from portal.enrolment.privacy.places import NOBODY, plain_rows
from portal.enrolment.services.merging import merge_room
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


def export_missed(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """First sessions that were needed and that the person missed, and what came of it."""
    mine = sa.select(Enrolment.id).where(Enrolment.person_id == person_id)
    return plain_rows(
        session,
        sa.select(MissedFirst.session_id, MissedFirst.state, MissedFirst.at)
        .where(MissedFirst.enrolment_id.in_(mine))
        .order_by(MissedFirst.id),
    )


def erase_missed(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes them: nothing is kept for somebody who is gone."""
    mine = sa.select(Enrolment.id).where(Enrolment.person_id == person_id)
    gone = session.execute(
        sa.delete(MissedFirst).where(MissedFirst.enrolment_id.in_(mine)).returning(MissedFirst.id)
    )
    return Erasure("missed_first", erased=len(gone.all()))


SOURCES = (
    PrivacySource(
        table="missed_first",
        subject="enrolment_id",
        what=_l("First sessions that you missed"),
        purpose=_l("To offer you the next dates when you could not be at a first session"),
        lawful_basis=_l("Contract: you asked for a place"),
        sensitivity="confidential",
        retention=RECORD,
        export=export_missed,
        erase=erase_missed,
    ),
    PrivacySource(
        table="attendance_change",
        subject="enrolment_id, by_id",
        what=_l("Changes to the marks in a register"),
        on_erasure="pseudonymise",
        purpose=_l("So that no mark in a register is lost, doubled or overwritten unseen"),
        lawful_basis=BASIS,
        sensitivity="confidential",
        retention=RECORD,
        export=export_changes,
        erase=erase_changes,
        merge=merge_room,
    ),
    PrivacySource(
        table="session_visitor",
        subject="person_id, by_id",
        what=_l("Sessions you came to as a visitor"),
        on_erasure="pseudonymise",
        purpose=_l("To know who was in the room when there was no place left"),
        lawful_basis=BASIS,
        sensitivity="confidential",
        retention=RECORD,
        export=export_visits,
        erase=erase_visits,
        merge=merge_room,
    ),
)
