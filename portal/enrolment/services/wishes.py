"""What goes with a place or comes before one: interest in a course, needs to share, apologies."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.api import lock_run, runs_over_before
from portal.enrolment.models import (
    AttendanceMark,
    Enrolment,
    EnrolmentState,
    Interest,
    Mark,
    MarkedHow,
    ShareableNeed,
)
from portal.enrolment.services import marks
from portal.enrolment.services.outcomes import NoSuchPlaceError
from portal.plugin_api import Actor
from portal.vault import seal

NEEDS_KEPT = timedelta(days=14)  # after the end of the run: invariant 10
LONGEST_NEED = 2_000


def note_interest(session: Session, course_id: int, person_id: int, *, at: datetime) -> None:
    """Remember that somebody wants to hear when a course has dates; once is enough."""
    found = sa.select(Interest.id).where(
        Interest.course_id == course_id, Interest.person_id == person_id
    )
    if session.scalar(found) is None:
        session.add(Interest(course_id=course_id, person_id=person_id, created_at=at))
        session.flush()


def forget_interest(session: Session, course_id: int, person_id: int) -> None:
    """They were told, or changed their mind."""
    session.execute(
        sa.delete(Interest).where(Interest.course_id == course_id, Interest.person_id == person_id)
    )


def share_needs(session: Session, enrolment_id: int, words: str, *, at: datetime) -> None:
    """Keep what this run's facilitators should know; no words takes it back.

    Raises:
        ValueError: longer than `LONGEST_NEED` characters.
        NoSuchPlaceError: the place has ended.
        VaultError: the college has no key.
    """
    words = words.strip()
    if len(words) > LONGEST_NEED:
        raise ValueError("too long")
    _active(session, enrolment_id)
    need = session.scalar(
        sa.select(ShareableNeed).where(ShareableNeed.enrolment_id == enrolment_id)
    )
    if not words:
        if need is not None:
            session.delete(need)
    else:
        if need is None:
            need = ShareableNeed(uid=str(uuid.uuid4()), enrolment_id=enrolment_id)
            session.add(need)
        need.words = seal(session, ShareableNeed.words, need.uid, words)
        need.updated_at = at
    session.flush()


def take_back_need(session: Session, person_id: int, need_id: int) -> bool:
    """Delete what somebody shared for a place of theirs, over or not; False when there is none."""
    mine = sa.select(Enrolment.id).where(Enrolment.person_id == person_id)
    gone = session.execute(
        sa.delete(ShareableNeed)
        .where(ShareableNeed.id == need_id, ShareableNeed.enrolment_id.in_(mine))
        .returning(ShareableNeed.id)
    )
    return bool(gone.all())


def needs_of_what_is_over(session: Session, before: datetime) -> sa.Select[Any]:
    """The ids of what was shared for places that ended, and for runs that ended before then."""
    places = sa.select(Enrolment.id).where(
        sa.or_(
            Enrolment.run_id.in_(runs_over_before(session, before)),
            Enrolment.state.in_((EnrolmentState.WITHDRAWN, EnrolmentState.RELEASED)),
        )
    )
    return sa.select(ShareableNeed.id).where(ShareableNeed.enrolment_id.in_(places))


def forget_needs(session: Session, ids: Sequence[int]) -> None:
    """Delete these."""
    session.execute(sa.delete(ShareableNeed).where(ShareableNeed.id.in_(ids)))


def apologise(
    session: Session, actor: Actor, enrolment_id: int, session_id: int, *, at: datetime
) -> None:
    """Say ahead that somebody cannot come to one session. What the register says already stands.

    Raises:
        NoSuchPlaceError: the place has ended.
    """
    _lock(session, enrolment_id)
    found = sa.select(AttendanceMark.id).where(
        AttendanceMark.session_id == session_id, AttendanceMark.enrolment_id == enrolment_id
    )
    if session.scalar(found) is None:
        marks.put(
            session,
            actor,
            session_id,
            enrolment_id,
            Mark.APOLOGIES,
            how=MarkedHow.AHEAD,
            at=at,
        )


def take_back_apology(
    session: Session, actor: Actor, enrolment_id: int, session_id: int, *, at: datetime
) -> None:
    """They come after all. What else the register says stays.

    Raises:
        NoSuchPlaceError: the place has ended.
    """
    _lock(session, enrolment_id)
    found = sa.select(AttendanceMark.mark).where(
        AttendanceMark.session_id == session_id, AttendanceMark.enrolment_id == enrolment_id
    )
    if session.scalar(found) is Mark.APOLOGIES:
        marks.put(session, actor, session_id, enrolment_id, None, how=MarkedHow.AHEAD, at=at)


def _lock(session: Session, enrolment_id: int) -> None:
    """Marks of one run are put one after the other, whoever puts them."""
    lock_run(session, _active(session, enrolment_id).run_id)


def _active(session: Session, enrolment_id: int) -> Enrolment:
    enrolment = session.get(Enrolment, enrolment_id)
    if enrolment is None or enrolment.state is not EnrolmentState.ENROLLED:
        raise NoSuchPlaceError(enrolment_id)
    return enrolment
