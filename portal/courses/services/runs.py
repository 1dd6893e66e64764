"""Runs: publishing and cancelling them, and their passing of time."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.models import (
    ChangeKind,
    Course,
    CourseSession,
    CourseState,
    Mode,
    Run,
    RunState,
    SessionState,
)
from portal.courses.services import history
from portal.courses.services.errors import InvalidError, MissingError, NotAllowedNowError
from portal.courses.services.states import RUN_STEPS, SESSION_STEPS, check_step
from portal.db import lock_rows
from portal.plugin_api import Actor, publish
from portal.plugin_api.dispatch import ask_veto
from portal.plugin_api.events import RunChanged, SessionCancelled
from portal.plugin_api.types import Words

CAN_HAVE_DATES = (CourseState.PILOT, CourseState.APPROVED, CourseState.LIVE)


def publish_run(session: Session, actor: Actor, run_id: int) -> Run:
    """Show a planned run to everybody and open it for places.

    Raises:
        NotAllowedNowError: the reason why it cannot be shown yet.
    """
    run = locked(session, run_id)
    check_step(RUN_STEPS, run.state, RunState.OPEN)
    if missing := missing_to_publish(session, run):
        raise NotAllowedNowError(missing[0])
    changes = history.apply(run, {"state": RunState.OPEN, "published_at": clock.now()})
    moved_on(run, changes)
    noted(session, actor, run, "published", changes=changes)
    return run


def missing_to_publish(session: Session, run: Run) -> list[Words]:
    """What a run still needs before anybody sees it; empty when it is ready."""
    missing: list[Words] = []
    if session.get_one(Course, run.course_id).state not in CAN_HAVE_DATES:
        missing.append(_l("The course itself is not ready: move it on first."))
    coming = [
        one for one in sessions_of(session, run.id) if one.state is not SessionState.CANCELLED
    ]
    if not coming:
        missing.append(_l("It has no sessions."))
    elif coming[-1].ends_at <= clock.now():
        missing.append(_l("All its sessions are in the past."))
    if run.mode is not Mode.ONLINE and run.venue_id is None:
        missing.append(_l("It has no venue."))
    return missing


def unpublish_run(session: Session, actor: Actor, run_id: int, *, why: str) -> Run:
    """Take a run off the public pages again, while nobody has a place on it.

    Raises:
        InvalidError: no reason is given.
        NotAllowedNowError: somebody has a place, so it can only be cancelled; or it is not open.
    """
    run = locked(session, run_id)
    if not why.strip():
        raise InvalidError(why=_l("Say in a few words why"))
    if run.state is not RunState.OPEN:
        raise NotAllowedNowError(_l("Only a run that is open can be taken off the public pages."))
    if run.seats_taken:
        raise NotAllowedNowError(
            _l("People have places on it. Cancel it instead: then everybody is told.")
        )
    changes = history.apply(run, {"state": RunState.PLANNED, "published_at": None})
    moved_on(run, changes)
    noted(session, actor, run, "unpublished", why=why, changes=changes)
    return run


def cancel_run(session: Session, actor: Actor, run_id: int, *, reason: str) -> Run:
    """Cancel a run and every session of it that has not taken place.

    Each session's version rises, so that calendars take the news.

    Raises:
        InvalidError: no reason is given.
        NotAllowedNowError: it is over or cancelled already.
        Veto: a plugin stops it.
    """
    run = locked(session, run_id)
    if not reason.strip():
        raise InvalidError(reason=_l("Say why: everybody who has a place will read it"))
    check_step(RUN_STEPS, run.state, RunState.CANCELLED)
    ask_veto(session, "courses:run:cancel", actor, run.id)
    for one in sessions_of(session, run.id):
        if SessionState.CANCELLED in SESSION_STEPS[one.state]:
            one.state = SessionState.CANCELLED
            one.reason = reason.strip()
            one.version += 1
            publish(
                session, SessionCancelled(run_id=run.id, session_id=one.id, version=one.version)
            )
    changes = history.apply(run, {"state": RunState.CANCELLED, "cancelled_reason": reason.strip()})
    moved_on(run, changes)
    noted(session, actor, run, "cancelled", why=reason, changes=changes)
    return run


def keep_time(session: Session, actor: Actor) -> int:
    """Begin the runs whose first session has come and finish those whose last has gone.

    Returns how many runs moved on. Safe to run at any time and twice.
    """
    at = clock.now()
    moved = 0
    for state, new, due, action in (
        (RunState.OPEN, RunState.RUNNING, Run.first_starts_at <= at, "started"),
        (RunState.RUNNING, RunState.FINISHED, Run.last_ends_at <= at, "finished"),
    ):
        ids = session.scalars(sa.select(Run.id).where(Run.state == state, due)).all()
        for run in lock_rows(session, Run, ids):
            if run.state is state:
                changes = history.apply(run, {"state": new})
                moved_on(run, changes)
                noted(session, actor, run, action, changes=changes)
                moved += 1
    return moved


def keep_span(session: Session, run: Run) -> None:
    """Set the run's first start and last end from the sessions that are on.

    When none is left, the dates stay as they were, so that lists still know where it stood.
    """
    session.flush()
    first, last = session.execute(
        sa.select(sa.func.min(CourseSession.starts_at), sa.func.max(CourseSession.ends_at)).where(
            CourseSession.run_id == run.id, CourseSession.state != SessionState.CANCELLED
        )
    ).one()
    if first is not None:
        run.first_starts_at, run.last_ends_at = first, last


def locked(session: Session, run_id: int) -> Run:
    """The run, locked for this transaction and read fresh.

    Raises:
        MissingError: there is none.
    """
    rows = lock_rows(session, Run, [run_id])
    if not rows:
        raise MissingError(run_id)
    return rows[0]


def sessions_of(session: Session, run_id: int) -> Sequence[CourseSession]:
    """A run's sessions by number, cancelled ones too."""
    return session.scalars(
        sa.select(CourseSession)
        .where(CourseSession.run_id == run_id)
        .order_by(CourseSession.number)
    ).all()


def moved_on(run: Run, changes: history.Changes) -> None:
    """Count the run's version up."""
    changes["version"] = [run.version, run.version + 1]
    run.version += 1


def noted(
    session: Session,
    actor: Actor,
    run: Run,
    action: str,
    *,
    why: str = "",
    changes: history.Changes,
) -> None:
    """Write a change of a run into the history, and tell whoever listens."""
    session.flush()
    history.note(
        session,
        actor,
        ChangeKind.RUN,
        run.id,
        action,
        course_id=run.course_id,
        why=why,
        changes=changes,
    )
    publish(session, RunChanged(course_id=run.course_id, run_id=run.id, state=run.state.value))
