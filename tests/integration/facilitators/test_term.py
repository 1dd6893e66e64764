"""A term by week: which sessions lack a pair, who is stretched, what it costs, and the page that shows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.app import Portal
from portal.courses.models import CourseSession, Perspective, RunState, SessionState
from portal.courses.services import leaders
from portal.facilitators.models import Stage
from portal.facilitators.queries.term import TermByWeek, term_by_week
from portal.plugin_api import SYSTEM
from tests.factories.courses import (
    ZONE,
    make_assignment,
    make_course,
    make_run,
    make_session,
    make_term,
)
from tests.factories.facilitators import make_meeting, make_peer
from tests.integration.facilitators.test_matching import counted

FIRST, LAST = date(2027, 2, 2), date(2027, 2, 26)  # a Tuesday and a Friday: four weeks
WEEKS = [date(2027, 2, 1) + timedelta(weeks=number) for number in range(4)]


def shown(session: Session) -> TermByWeek:
    return term_by_week(session, FIRST, LAST, at=clock.now(), zone=ZONE)


def led(session: Session, person: int, *days: date) -> list[CourseSession]:
    """Sessions of one course on these days that this person leads."""
    run = make_run(session)
    made = [
        make_session(session, run_id=run.id, number=number + 1, local_date=day)
        for number, day in enumerate(days)
    ]
    for one in made:
        make_assignment(session, one.id, person)
    return made


def test_sessions_are_counted_in_their_week_and_lack_a_pair_only_while_to_come(
    session: Session,
) -> None:
    over = make_meeting(session, date(2027, 2, 1))  # before the term's first day, in its first week
    lacks = make_meeting(session, date(2027, 2, 21))  # a Sunday
    waived = make_meeting(session, date(2027, 2, 22))
    leaders.waive_pair(session, SYSTEM, waived.id, reason="A quiet one")
    make_assignment(session, make_meeting(session, date(2027, 2, 23)).id, make_peer(session))
    make_meeting(session, date(2027, 2, 24), state=SessionState.CANCELLED, reason="Ill")
    gone = make_run(session, state=RunState.CANCELLED, cancelled_reason="Too few")
    make_session(session, run_id=gone.id, local_date=date(2027, 2, 24))
    for outside in (date(2027, 1, 31), date(2027, 3, 1)):
        make_meeting(session, outside)
    found = shown(session)
    assert [week.monday for week in found.weeks] == WEEKS
    assert [week.sessions for week in found.weeks] == [1, 0, 1, 2]
    assert [[one.id for one in week.lacking] for week in found.weeks] == [[], [], [lacks.id], []]
    assert found.lacking == 1
    assert over.starts_at < clock.now()


def test_whoever_leads_as_many_as_they_said_is_stretched_and_more_comes_first(
    session: Session,
) -> None:
    full = make_peer(session, "Full", max_a_week=2)
    both = led(session, full, date(2027, 2, 8), date(2027, 2, 11))
    more = make_peer(session, "More", max_a_week=1)
    led(session, more, date(2027, 2, 15), date(2027, 2, 16), date(2027, 2, 24))
    rests = make_peer(session, "Rests", stage=Stage.RESTING, max_a_week=0)
    led(session, rests, date(2027, 2, 3))
    led(session, make_peer(session, "Fine", max_a_week=3), date(2027, 2, 3), date(2027, 2, 4))
    led(session, make_peer(session, "Left", stage=Stage.LEFT, max_a_week=1), date(2027, 2, 3))
    make_meeting(session, date(2027, 2, 5))  # led by somebody without a record
    found = shown(session).stretched
    assert [(one.person_id, one.led, one.full, one.over) for one in found] == [
        (more, (0, 0, 2, 1), 1, 1),
        (rests, (1, 0, 0, 0), 0, 1),
        (full, (0, 2, 0, 0), 1, 0),
    ]
    assert [one.id for one in found[2].sessions] == [both[1].id]  # the first one is over


@pytest.mark.parametrize("many", [1, 20])
def test_a_term_is_read_with_three_questions(app: Portal, session: Session, many: int) -> None:
    for number in range(many):
        led(session, make_peer(session, max_a_week=1), WEEKS[number % 3], WEEKS[3])
    session.flush()
    with counted(app) as asked:
        found = shown(session)
    assert sum(week.sessions for week in found.weeks) == 2 * many
    assert len(asked) == 3, "\n".join(asked)


def test_a_term_that_never_ends_is_cut(session: Session) -> None:
    found = term_by_week(session, FIRST, date(2047, 1, 1), at=clock.now(), zone=ZONE)
    assert len(found.weeks) == 53


def test_page_shows_a_picture_with_its_numbers_and_a_term_can_be_chosen(
    session: Session, sign_in: Callable[..., FlaskClient]
) -> None:
    boss = sign_in("coordinator")
    spring = make_term(session, name="Spring", slug="spring")
    summer = make_term(
        session,
        name="Summer",
        slug="summer",
        starts_on=date(2027, 5, 3),
        ends_on=date(2027, 7, 2),
    )
    ids = {}
    for term, day, title in (
        (spring, date(2027, 2, 18), "Sleep well"),
        (summer, date(2027, 5, 6), "Pottery"),
    ):
        run = make_run(session, course_id=make_course(session, title=title).id, term_id=term.id)
        ids[title] = make_session(session, run_id=run.id, local_date=day).id
    ama = make_peer(session, "Ama", max_a_week=1)
    make_assignment(session, ids["Sleep well"], ama, Perspective.LIVED)
    session.commit()
    page = boss.get("/manage/leading").text
    assert "Spring: 1 session. 1 to come lacks a pair. 1 person leads as many" in page
    assert "Ama, at most 1" in page
    assert page.count(f'href="/manage/leading/sessions/{ids["Sleep well"]}"') == 3
    assert page.count(f'href="/manage/leading/sessions/{ids["Pottery"]}"') == 1  # all to come
    chosen = boss.get("/manage/leading?term=summer").text
    assert "Summer: 1 session. 1 to come lacks a pair. Nobody leads as many" in chosen
    assert page.count("Sleep well") > 0
    assert "Sleep well" not in chosen
    assert 'value="summer" selected' in chosen
    assert boss.get("/manage/leading?term=no-such").status_code == 200


def test_page_without_any_term_has_no_picture(sign_in: Callable[..., FlaskClient]) -> None:
    page = sign_in("coordinator").get("/manage/leading").text
    assert "<figure" not in page
    assert "Every session to come has its pair" in page
