"""Who fits a session: each reason by itself, the order, and what it costs."""

from __future__ import annotations

import time as stopwatch
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.api import sessions_to_lead
from portal.courses.models import CourseSession, Mode, Perspective
from portal.courses.services import leaders
from portal.db import db
from portal.facilitators.models import Away, ClearanceKind, Facilitator, Stage
from portal.facilitators.policies import NEEDS, TRAVEL_MINUTES, Why
from portal.facilitators.services import matching
from portal.plugin_api import SYSTEM, Veto
from tests.factories.accounts import make_person
from tests.factories.courses import make_assignment, make_course, make_run, make_session, make_venue
from tests.factories.facilitators import clear, make_meeting, make_peer

DAY = date(2027, 2, 18)  # a Thursday


def why(session: Session, one: CourseSession) -> list[Why | None]:
    found = matching.match(session, one.id)
    return [fit.why for fit in (*found.fits, *found.others)]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, None),
        ({"stage": Stage.SHADOWING}, Why.NOT_ACTIVE),
        ({"stage": Stage.RESTING}, Why.RESTING),
        ({"cleared_to": None}, Why.CLEARANCE),
        ({"max_a_week": 0}, Why.LOAD),
        ({"weekly": [[3, "10:00", "12:00"]]}, None),
        ({"weekly": [[3, "10:01", "18:00"]]}, Why.NOT_THEN),
        ({"weekly": [[3, "09:00", "11:59"]]}, Why.NOT_THEN),
        ({"weekly": [[2, "09:00", "18:00"]]}, Why.NOT_THEN),
    ],
)
def test_each_reason_is_said(session: Session, values: dict[str, Any], said: Why | None) -> None:
    make_peer(session, **values)
    assert why(session, make_meeting(session, DAY)) == [said]


def test_whoever_has_left_or_leads_it_is_not_in_the_list(session: Session) -> None:
    make_peer(session, stage=Stage.LEFT)
    meeting = make_meeting(session, DAY)
    leaders.assign(session, SYSTEM, meeting.id, make_peer(session), Perspective.LIVED)
    assert why(session, meeting) == []


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [(-2, -1, None), (-1, 0, Why.NOT_THEN), (0, 3, Why.NOT_THEN), (1, 2, None)],
)
def test_days_away(session: Session, first: int, last: int, said: Why | None) -> None:
    peer = make_peer(session)
    days = [DAY + timedelta(days=many) for many in (first, last)]
    session.add(Away(person_id=peer, first_day=days[0], last_day=days[1]))
    assert why(session, make_meeting(session, DAY)) == [said]


@pytest.mark.parametrize(
    ("place", "starts", "said"),
    [
        ("same", time(12), None),
        ("other", time(12), Why.TRAVEL),
        ("other", time(12, 29), Why.TRAVEL),
        ("other", time(12, 30), None),
        ("online", time(12), Why.TRAVEL),
        ("other", time(11), Why.LEADS),
    ],
)
def test_way_between_venues_takes_its_time(
    session: Session, place: str, starts: time, said: Why | None
) -> None:
    peer, here = make_peer(session), make_venue(session).id
    run = make_run(session, venue_id=here)
    make_assignment(
        session, make_session(session, run_id=run.id, local_date=DAY).id, peer
    )  # 10am to midday
    values: dict[str, Any] = {"venue_id": here if place == "same" else make_venue(session).id}
    if place == "online":
        values = {"mode": Mode.ONLINE}
    other = make_run(session, **values)
    meeting = make_session(session, run_id=other.id, local_date=DAY, local_time=starts)
    assert why(session, meeting) == [said]
    if said is Why.TRAVEL:
        with pytest.raises(Veto):
            leaders.assign(session, SYSTEM, meeting.id, peer, Perspective.LIVED)


def test_settings_decide_what_is_needed_and_how_long_a_way_takes(
    session: Session, set_value: Callable[[str, bool | int], None]
) -> None:
    peer = make_peer(session, cleared_to=None)
    clear(session, peer, ClearanceKind.DBS, None)  # without an end
    meeting = make_meeting(session, DAY, 12)
    assert why(session, meeting) == [Why.CLEARANCE]
    set_value(NEEDS[ClearanceKind.TRAINING], False)
    assert why(session, meeting) == [None]
    make_assignment(session, make_session(session, local_date=DAY).id, peer)
    assert why(session, meeting) == [Why.TRAVEL]
    set_value(TRAVEL_MINUTES, 0)
    assert why(session, meeting) == [None]


def test_the_one_that_lasts_longest_counts(session: Session) -> None:
    peer = make_peer(session, cleared_to=DAY - timedelta(days=1))
    meeting = make_meeting(session, DAY)
    assert why(session, meeting) == [Why.CLEARANCE]
    for kind in (ClearanceKind.DBS, ClearanceKind.TRAINING):
        clear(session, peer, kind, DAY)
    assert why(session, meeting) == [None]


def test_order_is_load_then_topic_then_the_group(session: Session) -> None:
    course = make_course(session)
    run = make_run(session, course_id=course.id)
    meeting = make_session(session, run_id=run.id, number=1, local_date=DAY)
    busy = make_peer(session, "Leads already", max_a_week=9)
    make_assignment(session, make_meeting(session, DAY - timedelta(days=8)).id, busy)
    plain = make_peer(session, "Plain")
    likes = make_peer(session, "Likes", topics=[course.topic_id])
    knows = make_peer(session, "Knows")
    far = make_session(session, run_id=run.id, number=2, local_date=DAY + timedelta(weeks=6))
    make_assignment(session, far.id, knows)  # too far away to be a load, but the same group
    found = matching.match(session, meeting.id)
    assert [fit.person_id for fit in found.fits] == [likes, knows, plain, busy]
    assert [(fit.likes, fit.knows, fit.load) for fit in found.fits] == [
        (True, 0, 0),
        (False, 1, 0),
        (False, 0, 0),
        (False, 0, 1),
    ]


@contextmanager
def counted(app: Portal) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("many", [1, 30])
def test_one_session_asks_at_most_six_questions(app: Portal, session: Session, many: int) -> None:
    meeting = make_meeting(session, DAY)
    for number in range(many):
        peer = make_peer(session)
        led = make_session(session, local_date=DAY + timedelta(days=number % 5 + 1))
        make_assignment(session, led.id, peer)
        session.add(Away(person_id=peer, first_day=DAY, last_day=DAY))
    session.flush()
    with counted(app) as asked:
        found = matching.match(session, meeting.id)
    assert len(found.others) == many
    assert len(asked) <= 6, "\n".join(asked)


def test_term_of_500_sessions_and_500_people_is_matched_within_5_seconds(
    app: Portal, session: Session
) -> None:
    """The limits are the college's own; one session in 200 ms. What was measured stands in the docs."""
    run = make_run(session)
    day = date(2027, 2, 15)
    rows = [
        {
            "run_id": run.id,
            "number": number + 1,
            "local_date": day + timedelta(days=number % 70),
            "local_time": time(9 + 2 * (number // 70)),
            "zone": "Europe/London",
            "minutes": 120,
            "uid": f"bulk-{number}@college.example",
        }
        for number in range(500)
    ]
    ids = [make_session(session, **row).id for row in rows]
    people = [make_person(session, f"Peer {number}").id for number in range(500)]
    session.execute(
        sa.insert(Facilitator),
        [
            {
                "person_id": one,
                "stage": Stage.ACTIVE,
                "since": rows_at(),
                "max_a_week": 3,
                "weekly": [],
                "topics": [],
            }
            for one in people
        ],
    )
    for place, session_id in enumerate(ids):
        make_assignment(session, session_id, people[place])
    for one in people:
        for kind in (ClearanceKind.DBS, ClearanceKind.TRAINING):
            clear(session, one, kind, date(2030, 1, 1))
    meetings = list(sessions_to_lead(session, ids).values())
    with counted(app) as asked:
        begun = stopwatch.perf_counter()
        found = matching.match_all(session, meetings)
        took = stopwatch.perf_counter() - begun
    assert len(asked) <= 5
    assert len(found) == 500
    assert all(len(one.fits) + len(one.others) == 499 for one in found.values())
    begun = stopwatch.perf_counter()
    matching.match(session, ids[250])
    one_took = stopwatch.perf_counter() - begun
    assert took < 5 * SLACK
    assert one_took < 0.2 * SLACK


SLACK = 4  # machines that test are shared: what is meant to hold is measured by `make bench`


def rows_at() -> Any:
    from portal import clock

    return clock.now()
