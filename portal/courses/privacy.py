"""What this room keeps about people: who leads a session, who changed or allowed what.

A session that has been held, and a change that was made, are part of the college's history; erasing
takes the person out of them and leaves the fact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.courses.models import Assignment, CourseChange, CourseSession, PairWaiver, Run
from portal.courses.services import leaders
from portal.plugin_api import EraseMode, Erasure, PrivacySource, moved

Rows = Sequence[Mapping[str, Any]]


def _rows(session: Session, statement: sa.Executable) -> Rows:
    return [dict(row) for row in session.execute(statement).mappings()]


def export_assignments(session: Session, person_id: int) -> Rows:
    """The sessions somebody leads or led, and the perspective they chose to bring."""
    return _rows(
        session,
        sa.select(
            Run.reference.label("run"),
            CourseSession.number.label("session"),
            CourseSession.local_date.label("date"),
            Assignment.perspective,
        )
        .join_from(Assignment, CourseSession, Assignment.session_id == CourseSession.id)
        .join(Run, CourseSession.run_id == Run.id)
        .where(Assignment.person_id == person_id)
        .order_by(CourseSession.starts_at),
    )


def erase_assignments(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001
    """Nobody who is erased leads a session any more, in the past or to come."""
    led = session.execute(
        sa.select(CourseSession.id, CourseSession.run_id)
        .join(Assignment, Assignment.session_id == CourseSession.id)
        .where(Assignment.person_id == person_id)
        .order_by(CourseSession.id)
    ).all()
    paired = {one.id for one in led if not leaders.at_risk(session, one.id)}
    gone = session.execute(
        sa.delete(Assignment).where(Assignment.person_id == person_id).returning(Assignment.id)
    )
    for one in led:
        leaders.tell_if_lost(session, one.run_id, one.id, before=one.id not in paired)
    return Erasure("assignment", erased=len(gone.all()))


def export_changes(session: Session, person_id: int) -> Rows:
    """What somebody changed in the college's offer."""
    return _rows(
        session,
        sa.select(
            CourseChange.subject_kind,
            CourseChange.subject_id,
            CourseChange.action,
            CourseChange.at,
            CourseChange.why,
            CourseChange.changes,
        )
        .where(CourseChange.actor_person_id == person_id)
        .order_by(CourseChange.id),
    )


def erase_changes(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001
    """The change stays in the history without its author."""
    changed = session.execute(
        sa.update(CourseChange)
        .where(CourseChange.actor_person_id == person_id)
        .values(actor_person_id=None)
        .returning(CourseChange.id)
    )
    return Erasure("course_change", erased=len(changed.all()))


def export_waivers(session: Session, person_id: int) -> Rows:
    """Sessions that somebody allowed to go ahead without a pair, and why."""
    return _rows(
        session,
        sa.select(PairWaiver.session_id, PairWaiver.reason, PairWaiver.at)
        .where(PairWaiver.by_person_id == person_id)
        .order_by(PairWaiver.id),
    )


def erase_waivers(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001
    """The waiver and its reason stay, without the person who gave it."""
    changed = session.execute(
        sa.update(PairWaiver)
        .where(PairWaiver.by_person_id == person_id)
        .values(by_person_id=None)
        .returning(PairWaiver.id)
    )
    return Erasure("pair_waiver", erased=len(changed.all()))


SOURCES = (
    PrivacySource(
        table="assignment",
        subject="person_id",
        what=_l("Sessions you lead, and the perspective you bring"),
        purpose=_l("So that everybody knows who leads a session, and with which perspective"),
        lawful_basis=_l("Consent, given for each session"),
        sensitivity="special",
        retention=_l("As long as the college keeps the record of the course"),
        export=export_assignments,
        erase=erase_assignments,
        merge=leaders.merge_leads,
    ),
    PrivacySource(
        table="course_change",
        subject="actor_person_id",
        what=_l("Changes you made to courses"),
        on_erasure="pseudonymise",
        purpose=_l("So that the college can say who changed its offer, and why"),
        lawful_basis=_l("Legitimate interest in an honest record"),
        sensitivity="ordinary",
        retention=_l("As long as the college keeps the record of the course"),
        export=export_changes,
        erase=erase_changes,
        merge=moved(CourseChange.actor_person_id),
    ),
    PrivacySource(
        table="pair_waiver",
        subject="by_person_id",
        what=_l("Sessions that you allowed to go ahead without a pair"),
        on_erasure="pseudonymise",
        purpose=_l("So that a session without a pair is somebody's decision"),
        lawful_basis=_l("Legitimate interest in an honest record"),
        sensitivity="ordinary",
        retention=_l("As long as the college keeps the record of the course"),
        export=export_waivers,
        erase=erase_waivers,
        merge=moved(PairWaiver.by_person_id),
    ),
)
