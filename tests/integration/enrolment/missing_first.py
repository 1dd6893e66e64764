"""What tests of a missed first session share: a group that needs it, and what came of missing it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.courses.models import CourseSession, Run, RunState
from portal.courses.services import runs as run_services
from portal.desk.models import DeskTask
from portal.enrolment.models import (
    Enrolment,
    EnrolmentState,
    Mark,
    MarkedHow,
    MissedFirst,
    MissedState,
    Offer,
    OfferState,
)
from portal.enrolment.queries.missed_first import were_there
from portal.enrolment.services import marks, missed_first
from portal.enrolment.services.outcomes import Enrolled
from portal.plugin_api import SYSTEM
from tests.factories.enrolment import book, make_group, make_student
from tests.factories.messages import make_reachable
from tests.factories.telling import forget_notices, hand_out

SetNumber = Callable[[str, int], None]
FIRST = date(2027, 3, 1)
AFTER = datetime(2027, 3, 1, 13, 0, tzinfo=UTC)  # the first session ended at noon
LATER = date(2027, 4, 12)


@dataclass
class Group:
    """A run whose first session is needed, with people on it, and the run of its course that comes next."""

    run: Run
    later: Run | None
    people: list[int]
    places: list[int]
    meetings: list[CourseSession]


def group(
    session: Session,
    traveller: time_machine.Traveller,
    people: int = 2,
    *,
    later: bool = True,
    later_cap: int = 12,
    needed: bool = True,
    by_phone: bool = False,
) -> Group:
    """The people have their places, have been told of them, and the first session is just over."""
    run = make_group(session, 12, first=FIRST, first_required=needed)
    coming = None
    if later:
        coming = make_group(
            session,
            later_cap,
            first=LATER,
            course_id=run.course_id,
            term_id=run.term_id,
            first_required=needed,
        )
    ids = [
        make_reachable(session, f"Phone {number}", landline=f"01323 49000{number}")
        if by_phone
        else make_student(session)
        for number in range(people)
    ]
    places: list[int] = []
    for person in ids:
        made = book(session, run.id, person)
        assert isinstance(made, Enrolled)
        places += made.enrolment_ids
    forget_notices(session)
    hand_out(session)
    run.state = RunState.RUNNING
    session.flush()
    traveller.move_to(AFTER)
    return Group(run, coming, ids, places, list(run_services.sessions_of(session, run.id)))


def mark(session: Session, one: Group, index: int, said: Mark | None, meeting: int = 0) -> None:
    place, where = one.places[index], one.meetings[meeting].id
    marks.put(session, SYSTEM, where, place, said, how=MarkedHow.PAPER, at=AFTER)


def follow(session: Session, at: datetime = AFTER) -> None:
    """What the job does, here and now, and what comes of its events."""
    for missed_id in were_there(session):
        missed_first.take_back(session, missed_id, at=at)
    for place, first in missed_first.new_ones(session, at):
        missed_first.take_up(session, place, first, at=at)
    missed_first.keep_for_those_who_look(session, at=at)
    hand_out(session)


def states(session: Session) -> list[MissedState]:
    session.flush()
    return list(session.scalars(sa.select(MissedFirst.state).order_by(MissedFirst.id)))


def offers(session: Session, run: Run | None) -> list[Offer]:
    assert run is not None
    session.flush()
    live = sa.select(Offer).where(Offer.run_id == run.id, Offer.state == OfferState.LIVE)
    return list(session.scalars(live.order_by(Offer.id)))


def tasks(session: Session) -> dict[str, int | None]:
    session.flush()
    rows = session.scalars(sa.select(DeskTask).where(DeskTask.state == "open"))
    return {task.kind: task.person_id for task in rows}


def state_of(session: Session, place: int) -> EnrolmentState:
    return session.get_one(Enrolment, place, populate_existing=True).state
