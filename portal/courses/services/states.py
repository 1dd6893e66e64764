"""Which step may follow which: plain tables, without a database.

The chains are those of the college's own lifecycle. A run or session can be cancelled from every state
in which it has not happened yet. A resting course may come back or retire: that is what resting means.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from flask_babel import lazy_gettext as _l

from portal.courses.models import CourseState, RunState, SessionState
from portal.courses.services.errors import NotAllowedNowError

C = CourseState
R = RunState
S = SessionState
State = TypeVar("State", CourseState, RunState, SessionState)

COURSE_STEPS: Mapping[CourseState, tuple[CourseState, ...]] = {
    C.IDEA: (C.CO_PRODUCTION,),
    C.CO_PRODUCTION: (C.PILOT,),
    C.PILOT: (C.APPROVED,),
    C.APPROVED: (C.LIVE,),
    C.LIVE: (C.RESTING, C.RETIRED),
    C.RESTING: (C.LIVE, C.RETIRED),
    C.RETIRED: (),
}
RUN_STEPS: Mapping[RunState, tuple[RunState, ...]] = {
    R.PLANNED: (R.OPEN, R.CANCELLED),
    R.OPEN: (R.RUNNING, R.CANCELLED),
    R.RUNNING: (R.FINISHED, R.CANCELLED),
    R.FINISHED: (),
    R.CANCELLED: (),
}
SESSION_STEPS: Mapping[SessionState, tuple[SessionState, ...]] = {
    S.SCHEDULED: (S.MOVED, S.CANCELLED, S.DELIVERED),
    S.MOVED: (S.MOVED, S.SCHEDULED, S.CANCELLED, S.DELIVERED),  # a moved one can move again
    S.CANCELLED: (),
    S.DELIVERED: (),
}


def check_step(steps: Mapping[State, tuple[State, ...]], old: State, new: State) -> None:
    """Do nothing when the table allows the step.

    Raises:
        NotAllowedNowError: it does not.
    """
    if new not in steps[old]:
        raise NotAllowedNowError(
            _l("This has changed in the meantime, so that step is no longer possible.")
        )
