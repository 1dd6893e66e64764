"""A run whose first session is needed: planned, copied, changed with a history, and said in public."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.courses.models import CourseChange, Mode, Run
from portal.courses.services import courses, planning
from portal.courses.services.courses import CourseText
from portal.courses.services.errors import InvalidError
from portal.courses.services.planning import RunPlan, Weekly
from portal.plugin_api import SYSTEM
from tests.factories import courses as make

BEFORE = datetime(2027, 2, 1, 9, tzinfo=UTC)
WHEN = Weekly(first_on=date(2027, 3, 1), starts=time(10), minutes=120, count=6)
NEEDED = "You need to be at the first session"


@pytest.fixture(autouse=True)
def winter() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(BEFORE, tick=False) as traveller:
        yield traveller


def plan(session: Session, **values: Any) -> RunPlan:
    chosen = {
        "term_id": make.make_term(session).id,
        "venue_id": make.make_venue(session).id,
        "mode": Mode.IN_PERSON,
        "learning_cap": 12,
    }
    return RunPlan(**{**chosen, **values})


def planned(session: Session, *, needed: bool) -> tuple[Run, RunPlan]:
    wanted = plan(session, first_required=needed)
    course = make.make_course(session)
    return planning.plan_run(session, SYSTEM, course.id, wanted, WHEN, zone="Europe/London"), wanted


def test_a_copied_run_needs_it_too(session: Session) -> None:
    run, _wanted = planned(session, needed=True)
    term = make.make_term(session, starts_on=date(2027, 5, 1), ends_on=date(2027, 8, 6))

    copy = planning.copy_run(session, SYSTEM, run.id, term_id=term.id, first_on=date(2027, 5, 10))

    assert copy.first_required


def test_a_change_stands_in_the_history(session: Session) -> None:
    run, wanted = planned(session, needed=False)
    wanted = replace(wanted, first_required=True)

    planning.edit_run(session, SYSTEM, run.id, wanted, version=1, why="The group is made there")

    row = session.scalars(sa.select(CourseChange).order_by(CourseChange.id.desc())).first()
    assert row is not None
    assert (row.changes["first_required"], row.why) == ([False, True], "The group is made there")


def test_who_has_a_place_is_never_told_afterwards(session: Session) -> None:
    run, wanted = planned(session, needed=False)
    run.seats_taken = 1
    session.flush()

    with pytest.raises(InvalidError) as refused:
        planning.edit_run(
            session,
            SYSTEM,
            run.id,
            replace(wanted, first_required=True),
            version=1,
            why="The group is made there",
        )

    assert list(refused.value.errors) == ["first_required"]


def test_it_can_be_let_go_of_whoever_has_a_place(session: Session) -> None:
    run, wanted = planned(session, needed=True)
    run.seats_taken = 1
    session.flush()

    planning.edit_run(
        session,
        SYSTEM,
        run.id,
        replace(wanted, first_required=False),
        version=1,
        why="It works without",
    )

    assert not run.first_required


def test_a_course_hands_it_on_to_its_copy(session: Session) -> None:
    course = make.make_course(session, first_required=True)

    assert CourseText.of(course).first_required
    assert courses.copy_course(session, SYSTEM, course.id, title="Another").first_required


def test_the_plan_of_a_run_begins_with_what_its_course_says(session: Session, sign_in: Any) -> None:
    course = make.make_course(session, first_required=True)
    other = make.make_course(session)
    session.commit()
    client: FlaskClient = sign_in("coordinator")

    ticked = [
        bool(re.search(r'name="first_required"[^>]*checked', _page(client, session, one.id)))
        for one in (course, other)
    ]

    assert ticked == [True, False]


def _page(client: FlaskClient, session: Session, course_id: int) -> str:
    session.rollback()
    return client.get(f"/manage/courses/{course_id}/runs/new").text


@pytest.mark.parametrize("needed", [True, False])
def test_visitors_read_it_before_they_decide(
    session: Session, client: FlaskClient, needed: bool
) -> None:
    run = make.make_coming_run(session, 14, first_required=needed)
    course = run.course_id
    slug = session.scalar(sa.text(f"SELECT slug FROM course WHERE id = {course}"))
    reference = run.reference
    session.commit()

    assert (NEEDED in client.get(f"/courses/{slug}/{reference}").text) is needed
    said = "The first session is needed to take part" in client.get(f"/courses/{slug}").text
    assert said is needed
    assert (NEEDED in client.get(f"/places/runs/{run.id}").text) is needed
