"""The limits that the database itself holds, tried with plain SQL on both engines."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.courses.models import (
    CatalogueVersion,
    ChangeKind,
    CourseChange,
    CourseState,
    Mode,
    Perspective,
    RunState,
    SessionState,
)
from tests.factories import courses as make
from tests.factories.accounts import make_person


def _set(session: Session, table: str, column: str, value: Any) -> None:
    kind = {"_at": "::timestamptz", "_on": "::date"}.get(column[-3:], "")
    if not kind or session.get_bind().dialect.name == "sqlite":
        session.execute(sa.text(f"UPDATE {table} SET {column} = :value"), {"value": value})
    else:
        session.execute(sa.text(f"UPDATE {table} SET {column} = '{value}'{kind}"))


@pytest.fixture
def college(session: Session) -> Session:
    run = make.make_run(session, sessions=1)
    person = make_person(session)
    make.make_assignment(session, make.make_session(session).id, person.id)
    session.add(CatalogueVersion(id=1, version=1))
    session.flush()
    assert run.id
    return session


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("course", "state", "unheard_of"),
        ("course", "slug", ""),
        ("course", "title", ""),
        ("course", "planned_sessions", 0),
        ("course", "planned_minutes", -1),
        ("course", "planned_mode", "by_post"),
        ("course", "version", 0),
        ("course", "topic_id", 999_999),
        ("term", "ends_on", "1999-01-01"),
        ("term", "name", ""),
        ("venue", "capacity", 0),
        ("venue", "name", ""),
        ("run", "state", "full"),
        ("run", "mode", "by_post"),
        ("run", "learning_cap", 0),
        ("run", "online_cap", -1),
        ("run", "seats_taken", -1),
        ("run", "version", 0),
        ("run", "last_ends_at", "1999-01-01 00:00:00+00:00"),
        ("run", "state", "cancelled"),
        ("run", "course_id", 999_999),
        ("run", "term_id", 999_999),
        ("course_session", "state", "unheard_of"),
        ("course_session", "state", "cancelled"),
        ("course_session", "number", 0),
        ("course_session", "minutes", 0),
        ("course_session", "version", -1),
        ("course_session", "ends_at", "1999-01-01 00:00:00+00:00"),
        ("course_session", "run_id", 999_999),
        ("course_session", "uid", "same-for-all"),
        ("assignment", "perspective", "unheard_of"),
        ("assignment", "person_id", 999_999),
        ("catalogue_version", "id", 17),
    ],
)
def test_database_refuses_a_value_outside_its_limits(
    college: Session, table: str, column: str, value: Any
) -> None:
    with pytest.raises(IntegrityError):
        _set(college, table, column, value)


def test_database_refuses_two_sessions_of_one_number(college: Session) -> None:
    run = make.make_run(college, sessions=1)
    with pytest.raises(IntegrityError):
        make.make_session(college, run_id=run.id, number=1)


def test_database_refuses_one_person_leading_a_session_twice(college: Session) -> None:
    one, person = make.make_session(college), make_person(college)
    make.make_assignment(college, one.id, person.id, Perspective.LIVED)
    with pytest.raises(IntegrityError):
        make.make_assignment(college, one.id, person.id, Perspective.SUBJECT)


def test_database_refuses_to_delete_a_course_that_has_runs(college: Session) -> None:
    with pytest.raises(IntegrityError):
        college.execute(sa.text("DELETE FROM course"))


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("make_course", CourseState),
        ("make_run", RunState),
        ("make_session", SessionState),
    ],
)
def test_every_state_can_be_stored(session: Session, model: str, kind: Any) -> None:
    for state in kind:
        reasons = {"make_run": "cancelled_reason", "make_session": "reason"}
        values = {reasons[model]: "Why"} if model in reasons else {}
        row = getattr(make, model)(session, state=state, **values)
        session.flush()
        session.refresh(row)
        assert row.state is state


def test_modes_and_history_come_back_as_they_were(session: Session) -> None:
    run = make.make_run(session, mode=Mode.BOTH)
    change = CourseChange(
        subject_kind=ChangeKind.RUN,
        subject_id=run.id,
        course_id=run.course_id,
        action="edited",
        at=run.created_at,
        why="Because",
        changes={"learning_cap": [12, 10]},
    )
    session.add(change)
    session.flush()
    session.refresh(change)
    session.refresh(run)
    assert (run.mode, change.subject_kind) == (Mode.BOTH, ChangeKind.RUN)
    assert change.changes == {"learning_cap": [12, 10]}
