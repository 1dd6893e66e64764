"""A pair that is lost is said, whichever way it went; and nobody is no half of one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, time, timedelta
from itertools import product

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.services.merging import merge_people
from portal.courses.api import sessions_to_lead, sessions_without_pair
from portal.courses.models import CourseSession, PairWaiver, Perspective
from portal.courses.queries.mine import has_led
from portal.courses.services import leaders, sessions
from portal.facilitators.services import day
from portal.facilitators.services.errors import MissingRecordError, RefusedError
from portal.plugin_api import SYSTEM, Actor
from portal.plugin_api.events import OutboxEvent
from tests.factories.accounts import make_person
from tests.factories.courses import make_assignment, make_run, make_session
from tests.factories.facilitators import make_meeting, make_peer
from tests.integration.facilitators.test_pages import me, send

DAY = date(2027, 2, 18)
LIVED, PROFESSIONAL, SUBJECT = Perspective.LIVED, Perspective.PROFESSIONAL, Perspective.SUBJECT


def lost(session: Session) -> list[int]:
    """The sessions of which it was said that their pair is lost, in order."""
    session.flush()
    found = sa.select(OutboxEvent.payload).where(OutboxEvent.type == "courses:pair_lost")
    return [payload["session_id"] for payload in session.scalars(found.order_by(OutboxEvent.id))]


def waive(session: Session, meeting: CourseSession) -> None:
    leaders.waive_pair(session, SYSTEM, meeting.id, reason="A guest speaks")


@pytest.mark.parametrize("waived", [True, False])
@pytest.mark.parametrize(
    "led_by", [chosen for many in range(3) for chosen in product(Perspective, repeat=many)]
)
def test_three_who_are_asked_say_the_same(
    session: Session, led_by: Sequence[Perspective], waived: bool
) -> None:
    meeting = make_session(session, local_date=DAY)
    for one in led_by:
        make_assignment(session, meeting.id, make_person(session).id, one)
    if waived:
        waive(session, meeting)
    session.flush()
    paired = LIVED in led_by and bool({PROFESSIONAL, SUBJECT} & set(led_by))
    risky = not paired and not (waived and led_by)
    assert leaders.at_risk(session, meeting.id) is risky
    assert sessions_to_lead(session, [meeting.id])[meeting.id].at_risk is risky
    listed = [one.id for one in sessions_without_pair(session, clock.now())]
    assert listed == ([meeting.id] if risky else [])


def test_who_leads_alone_by_a_waiver_and_hands_it_back_leaves_nobody_and_it_is_said(
    session: Session,
) -> None:
    meeting, peer = make_session(session, local_date=DAY), make_peer(session)
    leaders.assign(session, SYSTEM, meeting.id, peer, LIVED)
    waive(session, meeting)
    assert not leaders.at_risk(session, meeting.id)

    assert day.drop_out(session, Actor(person_id=peer), meeting.id)

    assert leaders.at_risk(session, meeting.id)
    assert lost(session) == [meeting.id]


def test_waiver_ends_with_a_pair_so_that_one_that_is_lost_again_is_said(session: Session) -> None:
    meeting, peer = make_meeting(session, DAY), make_peer(session)
    waive(session, meeting)
    leaders.assign(session, SYSTEM, meeting.id, peer, LIVED)
    assert session.scalars(sa.select(PairWaiver.id)).all() == []
    assert lost(session) == []

    assert day.drop_out(session, Actor(person_id=peer), meeting.id)

    assert leaders.at_risk(session, meeting.id)
    assert lost(session) == [meeting.id]


def test_whoever_brings_something_else_may_lose_the_pair_and_it_is_said_once(
    session: Session,
) -> None:
    meeting, peer = make_meeting(session, DAY), make_peer(session)
    leaders.assign(session, SYSTEM, meeting.id, peer, LIVED)
    mine = Actor(person_id=peer)

    day.bring(session, mine, meeting.id, SUBJECT)
    day.bring(session, mine, meeting.id, SUBJECT)
    day.bring(session, mine, meeting.id, PROFESSIONAL)

    assert leaders.at_risk(session, meeting.id)
    assert lost(session) == [meeting.id]
    day.bring(session, mine, meeting.id, LIVED)
    assert not leaders.at_risk(session, meeting.id)


def test_two_records_of_one_person_are_no_pair_and_it_is_said(session: Session) -> None:
    meeting, kept, gone = (
        make_session(session, local_date=DAY),
        make_peer(session),
        make_peer(session),
    )
    leaders.assign(session, SYSTEM, meeting.id, kept, LIVED)
    leaders.assign(session, SYSTEM, meeting.id, gone, SUBJECT)
    assert not leaders.at_risk(session, meeting.id)
    merge_people(session, SYSTEM, kept, gone, reason="the same voice")
    assert leaders.at_risk(session, meeting.id)
    assert lost(session) == [meeting.id]


def test_what_somebody_brings_is_theirs_alone_and_stays_when_it_is_over(
    session: Session, now: time_machine.Traveller
) -> None:
    meeting, peer = make_meeting(session, DAY), make_peer(session)
    leaders.assign(session, SYSTEM, meeting.id, peer, LIVED)
    with pytest.raises(MissingRecordError):
        day.bring(session, Actor(person_id=make_peer(session)), meeting.id, LIVED)
    now.move_to(meeting.ends_at)
    with pytest.raises(RefusedError):
        day.bring(session, Actor(person_id=peer), meeting.id, SUBJECT)


def test_whoever_was_elsewhere_led_nothing_then(
    session: Session, now: time_machine.Traveller
) -> None:
    """A session was moved onto another of theirs: they were at one of the two, and gave its time once."""
    peer = make_peer(session)
    first, second = (
        make_session(session, run_id=make_run(session).id, local_date=DAY, local_time=time(hour))
        for hour in (10, 14)
    )
    for one in (first, second):
        make_assignment(session, one.id, peer)
    to = sessions.NewTime(day=DAY, starts=time(11), minutes=120)
    sessions.move_session(
        session, SYSTEM, second.id, to, version=0, reason="The room", room_shared=True
    )
    now.move_to(second.ends_at + timedelta(hours=1))
    for one in (first, second):
        sessions.deliver_session(session, SYSTEM, one.id)
    told = sa.select(OutboxEvent.payload).where(OutboxEvent.type == "courses:session_delivered")
    led_by = [
        list(payload["leader_ids"]) for payload in session.scalars(told.order_by(OutboxEvent.id))
    ]
    assert led_by == [[peer], []]
    assert sum(one.minutes for one in has_led(session, peer, clock.now())) == 120


class TestPages:
    """What the person and the coordinators read of it."""

    @pytest.fixture(autouse=True)
    def _in_context(self, now: object) -> None:
        """Each request has a context of its own, and reads what is true by then."""

    def test_page_changes_what_i_bring_to_this_session(
        self, session: Session, browse: Callable[..., FlaskClient]
    ) -> None:
        peer = browse("facilitator")
        make_peer(session, person_id=me(peer))
        meeting = make_meeting(session, DAY)
        make_assignment(session, meeting.id, me(peer))
        path = f"/leading/sessions/{meeting.id}"
        session.commit()
        assert f'href="{path}/bring"' in peer.get(path).text

        page = send(peer, f"{path}/bring", perspective="subject")

        assert "Saved, for this session alone." in page
        assert "Somebody is still needed to lead it with you" in page
        assert peer.post(f"{path}/bring", data={"perspective": "health"}).status_code == 422
        assert browse("facilitator").get(f"{path}/bring").status_code == 404

    def test_coordinator_reads_that_nobody_leads_what_may_go_ahead_without_a_pair(
        self, session: Session, browse: Callable[..., FlaskClient]
    ) -> None:
        boss, meeting = browse("coordinator"), make_session(session, local_date=DAY)
        peer = make_peer(session, "Ama")
        session.commit()
        page = f"/manage/sessions/{meeting.id}"
        assert "once somebody leads it" in send(boss, f"{page}/waive", reason="A guest speaks")
        assert "At risk" in boss.get(page).text
        find = f"/manage/leading/sessions/{meeting.id}"
        assert f"{page}/waive" not in boss.get(find).text
        send(boss, f"{find}/give/{peer}", perspective="lived")
        assert "At risk" not in boss.get(page).text
        assert "This session needs nobody" in boss.get(find).text

    def test_guests_without_a_record_here_are_shown_until_they_begin(
        self, session: Session, browse: Callable[..., FlaskClient]
    ) -> None:
        boss, meeting = browse("coordinator"), make_session(session, local_date=DAY)
        guest = make_person(session, "Gus Guest").id
        make_assignment(session, meeting.id, guest, SUBJECT)
        session.commit()
        page = boss.get("/manage/leading").text
        assert "Nothing is on record here about them" in page
        assert "Gus Guest" in page
        make_peer(session, person_id=guest)
        session.commit()
        assert "Gus Guest" not in boss.get("/manage/leading").text
