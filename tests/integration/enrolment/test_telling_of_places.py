"""What people are told about their places, and what a job or an event does with nobody looking."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.models import Run
from portal.courses.services.runs import cancel_run
from portal.enrolment import jobs
from portal.enrolment.models import Enrolment, EnrolmentState, OfferState, WaitEntry, WaitState
from portal.enrolment.notices import facts, kinds
from portal.enrolment.notices import places as notices
from portal.enrolment.services import seats
from portal.enrolment.services.outcomes import Waiting
from portal.messages.models import Message
from portal.plugin_api import SYSTEM, Contact, Recipient
from tests.factories.enrolment import NOON, an_offer, book, fill, make_group, make_student

HOUR = timedelta(hours=1)
SetNumber = Callable[[str, int], None]


# Notices


def told(session: Session) -> list[str]:
    return list(session.scalars(sa.select(Message.purpose).order_by(Message.id)))


def test_everybody_is_told_once_what_became_of_their_wish(session: Session) -> None:
    offer = an_offer(session)
    seats.accept(session, SYSTEM, offer.id, at=NOON)
    seats.accept(session, SYSTEM, offer.id, at=NOON)
    assert told(session) == [
        "enrolment:place",
        "enrolment:waiting",
        "enrolment:left",
        "enrolment:offer",
        "enrolment:place",
    ]


@pytest.mark.parametrize("answer", ["accept", "decline", "lapse"])
def test_offer_that_was_answered_is_not_told_any_more(
    app: Portal, session: Session, answer: str
) -> None:
    offer = an_offer(session)
    to, about = Recipient(1, "Sam", "en"), {"offer": offer.id}
    with app.test_request_context(), time_machine.travel(NOON + HOUR, tick=False):
        words = notices.offer_words(session, to, about)
        assert words is not None
        assert len(words.sms) <= 160
        at = NOON + HOUR
        if answer == "accept":
            seats.accept(session, SYSTEM, offer.id, at=at)
        elif answer == "decline":
            seats.decline(session, SYSTEM, offer.id, at=at)
    at = offer.expires_at if answer == "lapse" else NOON + 2 * HOUR
    with app.test_request_context(), time_machine.travel(at, tick=False):
        assert notices.offer_words(session, to, about) is None


@pytest.mark.parametrize(
    ("hours", "at", "until"),
    [
        (48, datetime(2027, 1, 15, 16, 50, tzinfo=UTC), "Tuesday 19 January 2027, 4:50pm"),
        (24, datetime(2027, 3, 25, 9, 30, tzinfo=UTC), "Tuesday 30 March 2027, 9:30am"),
        (900, datetime(2027, 5, 20, 9, 0, tzinfo=UTC), "Monday 7 June 2027, 10am"),  # it begins
    ],
)
def test_who_is_rung_up_about_an_offer_hears_until_when(
    app: Portal, session: Session, set_number: SetNumber, hours: int, at: datetime, until: str
) -> None:
    set_number("enrolment:offer_hours", hours)
    offer = an_offer(session, email=False, at=at)
    to, about = Recipient(1, "Sam", "en"), {"offer": offer.id}
    with app.test_request_context(), time_machine.travel(at, tick=False):
        words = notices.offer_words(session, to, about)
    assert words is not None
    assert all(until in said for said in (words.text, words.html or "", words.sms, words.spoken))


def test_nobody_reads_an_address_of_the_web_aloud(app: Portal) -> None:
    with app.test_request_context():
        for kind in kinds():
            spoken = kind.sample().spoken
            assert spoken, kind.purpose
            assert "://" not in spoken, kind.purpose


def test_offer_that_lapsed_leads_back_to_the_course(app: Portal, session: Session) -> None:
    offer = an_offer(session)
    run = session.get_one(Run, offer.run_id)
    at = offer.expires_at + HOUR
    seats.refresh(session, run.id, at=at)
    with app.test_request_context(), time_machine.travel(at, tick=False):
        words = notices.offer_lapsed_words(session, Recipient(1, "Sam", "en"), {"offer": offer.id})
    assert words is not None
    assert f"/{run.reference}" in words.text


def test_logged_contact_starts_the_clock_of_an_offer(session: Session) -> None:
    offer = an_offer(session, email=False)
    reached = NOON + 20 * HOUR

    def contact(outcome: str, tries: int) -> Contact:
        return Contact(
            person_id=1,
            key="k",
            about={"offer": offer.id},
            at=reached,
            by="hand",
            outcome=outcome,  # type: ignore[arg-type]
            tries=tries,
        )

    notices.offer_contact(session, contact("no_answer", 1))
    assert (offer.clock_starts_at, offer.tries) == (None, 1)
    notices.offer_contact(session, contact("reached", 2))
    assert offer.clock_starts_at == reached


def test_samples_and_words_of_every_notice_name_no_course_where_others_see_it(
    app: Portal, session: Session
) -> None:
    with app.test_request_context():
        for kind in notices.kinds():
            words = kind.sample()
            assert str(facts.SAMPLE_COURSE) in words.text
            assert str(facts.SAMPLE_COURSE) not in f"{kind.subject}{words.sms}"
            assert 0 < len(words.sms) <= 160


# Jobs and what follows from events


def test_job_lapses_and_hands_on_with_nobody_looking(app: Portal, session: Session) -> None:
    offer = an_offer(session)
    session.commit()
    with app.app_context(), time_machine.travel(offer.expires_at, tick=False):
        jobs.hand_on(session)
    session.expire_all()
    assert offer.state is OfferState.LAPSED


def test_cancelled_run_keeps_places_on_record_and_ends_the_list(session: Session) -> None:
    from portal.plugin_api import EventContext
    from portal.plugin_api.events import RunChanged

    run = make_group(session, 1)
    (enrolment,) = fill(session, run.id, 1)
    waiting = book(session, run.id, make_student(session))
    assert isinstance(waiting, Waiting)
    cancel_run(session, SYSTEM, run.id, reason="Snow")
    event = RunChanged(course_id=run.course_id, run_id=run.id, state="cancelled")
    for attempt in (1, 2):
        jobs.places_of_changed_run(
            session, event, EventContext(event_id="e", at=NOON, attempt=attempt)
        )
    assert session.get_one(Enrolment, enrolment).state is EnrolmentState.ENROLLED
    entry = session.get_one(WaitEntry, waiting.entry_id)
    assert (entry.state, entry.ended_why) == (WaitState.EXPIRED, "run_cancelled")
