"""What the tests of the seat engine share."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.models import Run
from portal.enrolment.models import Offer, OfferState, Role, TakesPart, WaitEntry
from portal.enrolment.services import seats
from portal.enrolment.services.outcomes import Body
from portal.plugin_api import SYSTEM
from tests.factories.enrolment import book, fill, make_group, make_student, student

ONLINE = TakesPart.ONLINE
HOUR = timedelta(hours=1)


def party(session: Session, size: int = 2, mode: TakesPart = TakesPart.IN_PERSON) -> list[Body]:
    guests = [
        Body(guest_name=f"Guest {n}", role=Role.SUPPORTER, mode=mode) for n in range(size - 1)
    ]
    return [student(make_student(session), mode), *guests]


def offers(session: Session, run_id: int) -> list[Offer]:
    found = sa.select(Offer).where(Offer.run_id == run_id, Offer.state == OfferState.LIVE)
    return list(session.scalars(found.order_by(Offer.id)))


def offered_people(session: Session, run_id: int) -> list[int | None]:
    return [session.get_one(WaitEntry, one.entry_id).person_id for one in offers(session, run_id)]


FRIDAY = datetime(2027, 1, 15, 16, 50, tzinfo=UTC)


def offered_at(
    session: Session, at: datetime, first: date, email: bool = True
) -> tuple[Run, Offer]:
    run = make_group(session, 2, first=first)
    enrolments = fill(session, run.id, 2, at=at)
    book(session, run.id, make_student(session, email=email), at=at)
    book(session, run.id, make_student(session), at=at)
    seats.withdraw(session, SYSTEM, enrolments[0], at=at)
    (offer,) = offers(session, run.id)
    return run, offer
