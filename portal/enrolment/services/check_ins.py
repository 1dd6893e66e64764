"""A kind question when somebody did not come: one task for the desk while they stay away, never a penalty.

Apologies are no absence, and do not end one. Who takes a break is not asked. When they come
again, or the mark was a slip, the task closes by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.api import run_by_id, session_starts
from portal.desk.api import TaskBrief, TaskInfo, TaskKind, close_task, open_task, working_day_after
from portal.enrolment.models import Enrolment, EnrolmentState, Mark, Role
from portal.enrolment.queries.pauses import breaks_of, pause_at
from portal.enrolment.queries.register import marks_of
from portal.ui.filters import moment

CHECK_IN = "enrolment:check_in"
CAME = (Mark.PRESENT, Mark.PART)


def absence(order: Sequence[int], marks: Mapping[int, Mark]) -> list[int]:
    """The sessions that somebody has missed since they last came, in order; ids.

    `order` are the run's sessions that count for them, first to last. Empty: they are not staying away.
    """
    missed: list[int] = []
    for session_id in order:
        mark = marks.get(session_id)
        if mark in CAME:
            missed = []
        elif mark is Mark.ABSENT:
            missed.append(session_id)
    return missed


def follow(
    session: Session, run_id: int, changed: Mapping[int, int], *, at: datetime, zone: str
) -> None:
    """Open or close the task of each place whose mark changed; `changed` maps a place to the session.

    One task for one absence, however many sessions it lasts: it opens with the first of them.
    """
    order = session_starts(session, run_id)
    for enrolment_id, session_id in changed.items():
        enrolment = session.get_one(Enrolment, enrolment_id)
        if enrolment.person_id is None or enrolment.role is not Role.STUDENT:
            continue
        missed = _missed(session, enrolment, order)
        if not missed or pause_at(session, enrolment.person_id, at) is not None:
            close_task(session, task_key(enrolment_id))
        elif session_id == missed[0]:
            open_task(
                session,
                kind=CHECK_IN,
                key=task_key(enrolment_id),
                due=working_day_after(clock.local_date(at, zone), 1),
                about={"enrolment": enrolment_id, "run": run_id},
                person_id=enrolment.person_id,
            )


def brief(session: Session, task: TaskInfo) -> TaskBrief | None:
    """What to say; None once they came again, or have no place any more."""
    enrolment = session.get(Enrolment, int(task.about["enrolment"]))
    if enrolment is None or enrolment.state is not EnrolmentState.ENROLLED:
        return None
    run = run_by_id(session, enrolment.run_id)
    missed = _missed(session, enrolment, session_starts(session, enrolment.run_id))
    if run is None or not missed:
        return None
    starts = [one.starts_at for one in run.meetings if one.id == missed[-1]]
    following = run.next_after(clock.now())
    facts = [(_l("Course"), run.course_title)]
    facts += [(_l("Missed last"), _moment(one)) for one in starts]
    if following is not None:
        facts.append((_l("Next session"), _moment(following.starts_at)))
    return TaskBrief(
        _(
            "We missed you, and wanted to ask how you are. Nothing is wrong, and your place is still "
            "yours. Is there anything that would make it easier to come? You do not have to tell us why."
        ),
        facts,
    )


KIND = TaskKind(
    kind=CHECK_IN,
    title=_l("Ask kindly how somebody is who did not come"),
    next_step=_l("Ring or write, and listen"),
    group=_l("Check-ins"),
    brief=brief,
    by_contact=True,
)


def _missed(session: Session, enrolment: Enrolment, order: Mapping[int, datetime]) -> list[int]:
    """What they stay away from: no session in a break, whatever was marked over their apologies."""
    breaks = breaks_of(session, enrolment.person_id) if enrolment.person_id is not None else ()
    counted = [
        one
        for one, starts_at in order.items()
        if starts_at >= enrolment.from_at
        and not any(begun <= starts_at < over for begun, over in breaks)
    ]
    return absence(counted, marks_of(session, enrolment.id))


def task_key(enrolment_id: int) -> str:
    """The key of the task about somebody's absence."""
    return f"check-in:{enrolment_id}"


def _moment(instant: datetime) -> str:
    return moment(instant)
