"""Which step may follow which: the whole tables, and each step on real records."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy.orm import Session

from portal.courses.models import CourseState, RunState, SessionState
from portal.courses.services import courses
from portal.courses.services.errors import InvalidError, NotAllowedNowError
from portal.courses.services.states import COURSE_STEPS, RUN_STEPS, SESSION_STEPS, check_step
from portal.plugin_api import SYSTEM
from tests.factories import courses as make

C, R, S = CourseState, RunState, SessionState
COURSE_ALLOWED = {
    (C.IDEA, C.CO_PRODUCTION),
    (C.CO_PRODUCTION, C.PILOT),
    (C.PILOT, C.APPROVED),
    (C.APPROVED, C.LIVE),
    (C.LIVE, C.RESTING),
    (C.LIVE, C.RETIRED),
    (C.RESTING, C.LIVE),
    (C.RESTING, C.RETIRED),
}
RUN_ALLOWED = {
    (R.PLANNED, R.OPEN),
    (R.PLANNED, R.CANCELLED),
    (R.OPEN, R.RUNNING),
    (R.OPEN, R.CANCELLED),
    (R.RUNNING, R.FINISHED),
    (R.RUNNING, R.CANCELLED),
}
SESSION_ALLOWED = {
    (S.SCHEDULED, S.MOVED),
    (S.SCHEDULED, S.CANCELLED),
    (S.SCHEDULED, S.DELIVERED),
    (S.MOVED, S.MOVED),
    (S.MOVED, S.SCHEDULED),
    (S.MOVED, S.CANCELLED),
    (S.MOVED, S.DELIVERED),
}


@pytest.mark.parametrize(
    ("steps", "kind", "allowed"),
    [
        (COURSE_STEPS, C, COURSE_ALLOWED),
        (RUN_STEPS, R, RUN_ALLOWED),
        (SESSION_STEPS, S, SESSION_ALLOWED),
    ],
)
def test_tables_allow_these_steps_and_no_others(steps, kind, allowed) -> None:  # type: ignore[no-untyped-def]
    for old, new in itertools.product(kind, kind):
        if (old, new) in allowed:
            check_step(steps, old, new)
        else:
            with pytest.raises(NotAllowedNowError):
                check_step(steps, old, new)


def test_course_walks_its_whole_life(session: Session) -> None:
    course = make.make_course(session, state=C.IDEA)
    for state in (C.CO_PRODUCTION, C.PILOT, C.APPROVED, C.LIVE, C.RESTING, C.LIVE, C.RETIRED):
        courses.change_state(session, SYSTEM, course.id, state, why="It is time")
        assert course.state is state
    assert course.version == 8


def test_step_without_a_reason_is_refused(session: Session) -> None:
    course = make.make_course(session, state=C.IDEA)
    with pytest.raises(InvalidError) as caught:
        courses.change_state(session, SYSTEM, course.id, C.CO_PRODUCTION, why="  ")
    assert set(caught.value.errors) == {"why"}
    assert course.state is C.IDEA


@pytest.mark.parametrize("state", [R.PLANNED, R.OPEN, R.RUNNING])
def test_course_with_a_run_to_come_cannot_retire(session: Session, state: RunState) -> None:
    run = make.make_run(session, state=state, reference="spring-7")
    with pytest.raises(NotAllowedNowError) as caught:
        courses.change_state(session, SYSTEM, run.course_id, C.RETIRED, why="It has ended")
    assert caught.value.reason


def test_course_whose_runs_are_over_can_retire(session: Session) -> None:
    run = make.make_run(session, state=R.FINISHED)
    course = courses.change_state(session, SYSTEM, run.course_id, C.RETIRED, why="It has ended")
    assert course.state is C.RETIRED
