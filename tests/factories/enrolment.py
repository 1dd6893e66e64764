"""Runs to have places on, and people to want them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.accounts.models import ContactRoute, RouteKind
from portal.courses.models import Run
from portal.enrolment.models import Offer, Seat, ShareableNeed, TakesPart
from portal.enrolment.queries.needs import shared_words
from portal.enrolment.services import seats
from portal.enrolment.services.outcomes import Body, Enrolled, Offered, Waiting
from portal.plugin_api import SYSTEM
from tests.factories.accounts import make_person
from tests.factories.courses import make_run, make_session, make_venue

_numbers = count(1)
NOON = datetime(2027, 1, 11, 12, 0, tzinfo=UTC)  # a Monday
FIRST_DAY = date(2027, 3, 1)


def make_student(session: Session, *, email: bool = True, name: str = "") -> int:
    """Somebody who wants a place, reached by e-mail unless told otherwise; the person's id."""
    number = next(_numbers)
    person = make_person(session, name or f"Student {number}")
    if email:
        session.add(
            ContactRoute(
                person_id=person.id,
                kind=RouteKind.EMAIL,
                value=f"student{number}@example.org",
                preferred=True,
                consent_at=NOON,
                created_at=NOON,
            )
        )
        session.flush()
    return person.id


def make_group(
    session: Session,
    cap: int = 12,
    *,
    room: int | None = None,
    sessions: int = 3,
    first: date = FIRST_DAY,
    **values: Any,
) -> Run:
    """An open run of weekly sessions in a room large enough for everybody, unless told otherwise."""
    venue = make_venue(session, capacity=room)
    run = make_run(session, learning_cap=cap, venue_id=venue.id, **values)
    for index in range(sessions):
        made = make_session(
            session, run_id=run.id, number=index + 1, local_date=first + timedelta(weeks=index)
        )
        run.first_starts_at = run.first_starts_at or made.starts_at
        run.last_ends_at = made.ends_at
    session.flush()
    return run


def student(person_id: int, mode: TakesPart = TakesPart.IN_PERSON) -> Body:
    """A body that comes to learn."""
    return Body(person_id=person_id, mode=mode)


def book(
    session: Session,
    run_id: int,
    *bodies: Body | int,
    at: datetime = NOON,
    **values: Any,
) -> Enrolled | Waiting | Offered:
    """Ask for places; a number stands for a student in person."""
    people = [student(body) if isinstance(body, int) else body for body in bodies]
    return seats.book(session, SYSTEM, run_id, people, at=at, **values)


def fill(session: Session, run_id: int, many: int, *, at: datetime = NOON) -> list[int]:
    """That many new students with a place; their enrolments."""
    ids: list[int] = []
    for _ in range(many):
        made = book(session, run_id, make_student(session), at=at)
        assert isinstance(made, Enrolled)
        ids.extend(made.enrolment_ids)
    return ids


def taken(session: Session, run_id: int) -> int:
    """How many seats are held."""
    held = session.scalar(sa.select(sa.func.count()).where(Seat.run_id == run_id))
    return held or 0


def all_shared(session: Session) -> list[str]:
    """Everything that people have shared about what they need, opened, in the order they first did."""
    rows = session.scalars(sa.select(ShareableNeed).order_by(ShareableNeed.id))
    return [shared_words(session, row.uid, row.words) for row in rows]


def an_offer(session: Session, *, email: bool = True, at: datetime = NOON) -> Offer:
    """Somebody waits, and is offered the only place of a run."""
    run = make_group(session, 1, first=date(2027, 6, 7))
    enrolments = fill(session, run.id, 1, at=at)
    book(session, run.id, make_student(session, email=email), at=at)
    seats.withdraw(session, SYSTEM, enrolments[0], at=at)
    return session.scalars(sa.select(Offer).where(Offer.run_id == run.id)).one()
