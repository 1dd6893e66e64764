"""The college's own examples, with their numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.services.roles import grant_role
from portal.app import Portal
from portal.audit.models import AuditEntry, AuditPayload
from portal.courses.models import CourseSession, Perspective
from portal.courses.services import leaders
from portal.enrolment.services import wishes
from portal.facilitators.models import Away, Stage
from portal.facilitators.policies import Why
from portal.facilitators.queries.finding import flagged
from portal.facilitators.services import asking, availability, day, matching
from portal.plugin_api import SYSTEM, Actor, Leading, Veto
from tests.factories.accounts import make_person
from tests.factories.courses import (
    make_assignment,
    make_course,
    make_run,
    make_session,
    make_venue,
)
from tests.factories.enrolment import book, make_group, make_student
from tests.factories.facilitators import follow, make_ask, make_meeting, make_peer
from tests.factories.messages import make_reachable
from tests.factories.telling import told

TOMORROW = date(2027, 2, 11)
LIVED, PROFESSIONAL = Perspective.LIVED, Perspective.PROFESSIONAL


def coordinator(session: Session) -> int:
    person = make_reachable(session, email="coordinator@example.org", mobile="+447700900001")
    grant_role(session, SYSTEM, person, "coordinator", reason="for a test")
    return person


def eighteen(session: Session) -> tuple[int, list[int]]:
    """Eighteen peers: one who leads tomorrow, three who could, and fourteen who cannot, each for a reason."""
    leads = make_peer(session, "Drops out")
    could = [make_peer(session, f"Could {number}") for number in range(3)]
    for number in range(4):
        make_peer(session, f"Lapsed {number}", cleared_to=TOMORROW - timedelta(days=1))
    for number in range(3):
        busy = make_peer(session, f"Busy {number}")
        make_assignment(session, make_session(session, local_date=TOMORROW).id, busy)
    for number in range(3):
        full = make_peer(session, f"Full {number}", max_a_week=1)
        other = make_session(session, local_date=TOMORROW - timedelta(days=2))
        make_assignment(session, other.id, full)
    for number in range(2):
        away = make_peer(session, f"Away {number}")
        session.add(Away(person_id=away, first_day=TOMORROW, last_day=TOMORROW))
    for number in range(2):
        make_peer(session, f"Rests {number}", stage=Stage.RESTING)
    session.flush()
    return leads, could


def test_1_of_eighteen_the_three_who_could_are_shown_and_after_four_hours_somebody_decides(
    session: Session, now: time_machine.Traveller
) -> None:
    boss = coordinator(session)
    meeting = make_session(session, local_date=TOMORROW)
    leads, could = eighteen(session)
    leaders.assign(session, SYSTEM, meeting.id, leads, LIVED)
    leaders.assign(session, SYSTEM, meeting.id, make_person(session).id, PROFESSIONAL)
    now.move_to(meeting.starts_at - timedelta(hours=20))
    assert not leaders.at_risk(session, meeting.id)

    assert day.drop_out(session, Actor(person_id=leads), meeting.id)
    follow(session, times=2)
    assert leaders.at_risk(session, meeting.id)
    assert told(session, boss) == ["facilitators:at_risk_email", "facilitators:at_risk_text"]
    found = matching.match(session, meeting.id)
    shown = {one.person_id for one in found.fits}
    assert shown == set(could)
    assert [one.person_id for one in found.said_no] == [
        leads
    ]  # they may take it again, by their own word
    reasons = [one.why for one in found.others]
    assert {why: reasons.count(why) for why in reasons} == {
        Why.CLEARANCE: 4,
        Why.LEADS: 3,
        Why.LOAD: 3,
        Why.NOT_THEN: 2,
        Why.RESTING: 2,
    }

    assert asking.ask(session, Actor(person_id=boss), meeting.id, could) == 3
    assert asking.remind_coordinators(session, clock.now()) == 0
    now.shift(timedelta(hours=3, minutes=59))
    assert asking.remind_coordinators(session, clock.now()) == 0
    now.shift(timedelta(minutes=1))
    assert asking.remind_coordinators(session, clock.now()) == 1
    assert asking.remind_coordinators(session, clock.now()) == 0  # told once
    assert told(session, boss)[2:] == ["facilitators:nobody_email", "facilitators:nobody_text"]
    leaders.waive_pair(session, Actor(person_id=boss), meeting.id, reason="A quiet session")
    assert not leaders.at_risk(session, meeting.id)


@pytest.mark.parametrize(
    ("on", "fits"),
    [(date(2027, 2, 13), True), (date(2027, 2, 14), True), (date(2027, 2, 15), False)],
)
def test_2_a_clearance_counts_on_its_last_day_and_not_after(
    session: Session, on: date, fits: bool
) -> None:
    peer = make_peer(session, cleared_to=date(2027, 2, 14))
    led = make_meeting(session, on)
    make_assignment(session, led.id, peer)
    other = make_meeting(session, on, 15)
    found = matching.match(session, other.id)
    assert [one.person_id for one in found.fits] == ([peer] if fits else [])
    assert [one.why for one in found.others] == ([] if fits else [Why.CLEARANCE])
    needs = matching.rules_of(session).needs
    lapse = [one.session_ids for one in flagged(session, needs, clock.now())]
    assert lapse == ([] if fits else [(led.id,)])  # it stays theirs, and somebody looks at it
    if fits:
        leaders.assign(session, SYSTEM, other.id, peer, LIVED)
    else:
        with pytest.raises(Veto):
            leaders.assign(session, SYSTEM, other.id, peer, LIVED)


def test_3_needs_of_another_run_are_not_found_and_the_own_ones_end_on_day_15(
    session: Session,
    now: time_machine.Traveller,
    app: Portal,
    sign_in: Callable[..., FlaskClient],
) -> None:
    client = sign_in("facilitator")
    me = client.person_id  # type: ignore[attr-defined]
    own, other = (
        make_group(session, sessions=1, first=date(2027, 2, 10)).id for _number in range(2)
    )
    for run_id in (own, other):
        place = book(session, run_id, make_student(session), at=clock.now() - timedelta(days=9))
        wishes.share_needs(session, place.enrolment_ids[0], "Near the door", at=clock.now())
    ids = {
        run_id: session.scalars(
            sa.select(CourseSession.id).where(CourseSession.run_id == run_id)
        ).one()
        for run_id in (own, other)
    }
    make_assignment(session, ids[own], me)
    session.commit()
    assert "Near the door" in client.get(f"/registers/{ids[own]}/needs").text
    for path in ("/registers/{}/needs", "/leading/sessions/{}"):
        assert client.get(path.format(ids[other])).status_code == 404
    refused = (
        sa.select(AuditPayload.subject_id)
        .join(AuditEntry, AuditEntry.id == AuditPayload.entry_id)
        .where(AuditEntry.kind == "enrolment:needs:refuse", AuditPayload.actor_id == me)
    )
    assert session.scalars(refused).all() == [str(ids[other])]
    session.rollback()
    for days, status in ((14, 200), (15, 404)):
        now.move_to(datetime(2027, 2, 10, 12, tzinfo=UTC) + timedelta(days=days))
        with app.app_context():  # the one around this test remembers who it was days ago
            again = sign_in("facilitator", person_id=me)
            assert again.get(f"/registers/{ids[own]}/needs").status_code == status


def test_4_a_class_as_a_student_is_a_clash_with_both_named(session: Session) -> None:
    """Students on Thursdays 10:00 to 12:00 cannot teach elsewhere on Thursday at 11:00."""
    peer = make_peer(session, "Ama", person_id=make_student(session, name="Ama"))
    pottery = make_course(session, title="Pottery")
    learns = make_run(session, course_id=pottery.id)
    make_session(session, run_id=learns.id, local_date=date(2027, 2, 18))
    book(session, learns.id, peer, at=clock.now())
    sleep = make_course(session, title="Sleep well")
    run = make_run(session, course_id=sleep.id, venue_id=make_venue(session).id)
    teaches = make_session(
        session, run_id=run.id, local_date=date(2027, 2, 18), local_time=time(11)
    )
    (one,) = matching.match(session, teaches.id).others
    assert one.why is Why.NOT_THEN  # the list names no class
    with pytest.raises(Veto) as refused:
        leaders.assign(session, SYSTEM, teaches.id, peer, LIVED)
    assert str(refused.value) == (
        "Ama has “Pottery” on Thursday 18 February 2027, 10am to midday. "
        "“Sleep well” is on Thursday 18 February 2027, 11am to 1pm."
    )
    ask = make_ask(session, teaches.id, peer, clock.now())
    with pytest.raises(asking.RefusedError) as said:
        asking.say_yes(session, Actor(person_id=peer), ask, LIVED)
    assert "Pottery" in str(said.value.reason)


def test_5_a_third_session_of_a_week_is_not_offered_until_they_raise_their_own_maximum(
    session: Session,
) -> None:
    peer = make_peer(session, max_a_week=2)
    for on in (date(2027, 2, 15), date(2027, 2, 16)):
        make_assignment(session, make_meeting(session, on).id, peer)
    third = make_meeting(session, date(2027, 2, 21))  # the Sunday of that week
    next_week = make_meeting(session, date(2027, 2, 22))
    assert [one.why for one in matching.match(session, third.id).others] == [Why.LOAD]
    assert [one.person_id for one in matching.match(session, next_week.id).fits] == [peer]
    availability.set_most(session, peer, 3)
    assert [one.person_id for one in matching.match(session, third.id).fits] == [peer]


def test_whoever_has_no_record_is_looked_at_for_what_takes_them_up(session: Session) -> None:
    guest = make_person(session, "Guest").id
    meeting = make_meeting(session, TOMORROW)
    matching.check(session, Leading(guest, meeting.id))
