"""Planning runs: from a local date and time, from another run, and where and for how many."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.models import (
    ChangeKind,
    Course,
    CourseSession,
    Mode,
    Run,
    RunState,
    Term,
    Venue,
)
from portal.courses.queries.manage import COMING_SESSIONS
from portal.courses.queries.rooms import Booking, room_bookings
from portal.courses.services import history, runs, schedule
from portal.courses.services.errors import InvalidError, NotAllowedNowError
from portal.courses.services.schedule import Slot, Timetable
from portal.db import lock_rows
from portal.plugin_api import Actor, publish
from portal.plugin_api.events import SessionMoved
from portal.plugin_api.types import Words

LARGEST_CAP = 500
UID_HOST = "sessions.recovery-portal"  # a name of ours, so a college can change its address


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """Where, how and for how many: all of a run but its dates. `learning_cap` counts everybody."""

    term_id: int
    mode: Mode
    venue_id: int | None
    learning_cap: int
    online_cap: int | None = None
    first_required: bool = False
    online_link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """When: from a local date and time, every week. `minutes` are those of one session."""

    first_on: date
    starts: time
    minutes: int
    count: int
    skip_bank_holidays: bool = True
    skip: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A run before it is written: its dates, those left out, and who has the room then."""

    timetable: Timetable
    clashes: tuple[Booking, ...] = ()


def lock_room(session: Session, venue_id: int | None) -> None:
    """Until the commit nobody else looks whether this room is free in order to take it."""
    if venue_id is not None:
        lock_rows(session, Venue, [venue_id])


def draft_run(session: Session, course_id: int, plan: RunPlan, when: Weekly, *, zone: str) -> Draft:
    """The dates that `plan_run` would write, for the page on which the plan is checked.

    Raises:
        InvalidError: at the fields that cannot stand.
        NotAllowedNowError: the course cannot have dates yet, or any more.
    """
    _check_course(session.get_one(Course, course_id))
    errors = _plan_errors(session, plan)
    try:
        timetable = schedule.weekly(
            when.first_on,
            when.starts,
            count=when.count,
            minutes=when.minutes,
            zone=zone,
            skip_bank_holidays=when.skip_bank_holidays,
            skip=when.skip,
        )
    except InvalidError as error:
        raise InvalidError(**errors, **error.errors) from None
    if errors:
        raise InvalidError(**errors)
    return Draft(timetable, room_bookings(session, plan.venue_id, timetable.slots))


def plan_run(
    session: Session,
    actor: Actor,
    course_id: int,
    plan: RunPlan,
    when: Weekly,
    *,
    zone: str,
    room_shared: bool = False,
) -> Run:
    """A planned run with its sessions; nobody but staff sees it until it is published.

    `room_shared` says that the coordinator knows of another booking and both fit in.

    Raises:
        InvalidError: at the fields that cannot stand; at `venue_id` when the room is taken.
        NotAllowedNowError: the course cannot have dates yet, or any more.
    """
    lock_room(session, plan.venue_id)
    draft = draft_run(session, course_id, plan, when, zone=zone)
    if draft.clashes and not room_shared:
        raise InvalidError(venue_id=room_taken(draft.clashes))
    run = _write(session, course_id, plan, draft.timetable.slots, zone=zone)
    runs.noted(session, actor, run, "planned", changes={"sessions": [None, when.count]})
    return run


def copied_timetable(session: Session, run_id: int, first_on: date) -> tuple[Timetable, str]:
    """The dates that a copy of the run would have, from `first_on`, and their zone.

    Times and lengths are the old sessions' own; cancelled sessions are copied too, for what was
    cancelled once was still part of the plan.

    Raises:
        InvalidError: at `first_on`.
    """
    schedule.check_date(first_on, field="first_on")
    old = runs.sessions_of(session, run_id)
    days, left_out = schedule.copied([one.local_date for one in old], first_on)
    slots = tuple(
        schedule.slot(day, one.local_time, one.minutes, one.zone, field="first_on")
        for day, one in zip(days, sorted(old, key=lambda one: one.local_date), strict=True)
    )
    return Timetable(slots, tuple(left_out)), old[0].zone if old else ""


def first_day_in(session: Session, run_id: int, term_id: int) -> date:
    """Where a copy would begin: as many weeks into the other term as the old run was into its own."""
    run = session.get_one(Run, run_id)
    old_term, new_term = session.get_one(Term, run.term_id), session.get_one(Term, term_id)
    days = [one.local_date for one in runs.sessions_of(session, run_id)]
    if not days:
        return new_term.starts_on
    weeks = round((new_term.starts_on - old_term.starts_on) / schedule.WEEK)
    return min(days) + weeks * schedule.WEEK


def copy_run(
    session: Session,
    actor: Actor,
    run_id: int,
    *,
    term_id: int,
    first_on: date,
    room_shared: bool = False,
) -> Run:
    """A planned run like another one, in another term, beginning on `first_on`.

    Raises:
        InvalidError: at the fields that cannot stand; at `venue_id` when the room is taken.
        NotAllowedNowError: the course cannot have dates any more.
    """
    old = session.get_one(Run, run_id)
    _check_course(session.get_one(Course, old.course_id))
    timetable, zone = copied_timetable(session, run_id, first_on)
    plan = RunPlan(
        term_id=term_id,
        mode=old.mode,
        venue_id=old.venue_id,
        learning_cap=old.learning_cap,
        online_cap=old.online_cap,
        first_required=old.first_required,
    )
    if errors := _plan_errors(session, plan):
        raise InvalidError(**errors)
    lock_room(session, plan.venue_id)
    clashes = room_bookings(session, plan.venue_id, timetable.slots)
    if clashes and not room_shared:
        raise InvalidError(venue_id=room_taken(clashes))
    run = _write(session, old.course_id, plan, timetable.slots, zone=zone)
    runs.noted(session, actor, run, "copied", changes={"copied_from": [None, old.reference]})
    return run


def edit_run(
    session: Session, actor: Actor, run_id: int, plan: RunPlan, *, version: int, why: str
) -> Run:
    """Change where, how and for how many. A cap below the places taken is allowed: everybody who has
    a place keeps it, and no more are offered.

    Raises:
        InvalidError: at the fields that cannot stand.
        StaleEditError: somebody else saved first.
        NotAllowedNowError: the run is over.
    """
    run = runs.locked(session, run_id)
    if errors := _plan_errors(session, plan):
        raise InvalidError(**errors)
    values = {
        "term_id": plan.term_id,
        "mode": plan.mode,
        "venue_id": plan.venue_id,
        "learning_cap": plan.learning_cap,
        "online_cap": plan.online_cap,
        "first_required": plan.first_required,
    }
    history.check_version(session, ChangeKind.RUN, run, version, values)
    _check_not_over(run)
    if all(getattr(run, field) == value for field, value in values.items()):
        return run
    if plan.first_required and not run.first_required and run.seats_taken:
        # What is asked of people is said before they decide, never afterwards.
        raise InvalidError(
            first_required=_l(
                "People have places on it, and nobody told them before they decided. Say it for the "
                "next run"
            )
        )
    if not why.strip():
        raise InvalidError(why=_l("Say in a few words why you change it"))
    changes = history.apply(run, values)
    runs.moved_on(run, changes)
    runs.noted(session, actor, run, "edited", why=why, changes=changes)
    if "venue_id" in changes or "mode" in changes:
        _move_with_run(session, run, every="mode" in changes)
    return run


def _move_with_run(session: Session, run: Run, *, every: bool) -> None:
    """The run is held elsewhere, or in another way: so are its sessions to come without a venue of their own.

    Calendars take the news by the version; whoever listens tells people.
    """
    for one in runs.sessions_of(session, run.id):
        coming = one.state in COMING_SESSIONS and one.starts_at > clock.now()
        if coming and (every or one.venue_id is None):
            one.version += 1
            moved = SessionMoved(
                run_id=run.id, session_id=one.id, version=one.version, starts_at=one.starts_at
            )
            publish(session, moved)
    session.flush()


def new_session(
    run_id: int, number: int, slot: Slot, *, zone: str, link: str = ""
) -> CourseSession:
    """A session that is not yet added, with a calendar UID of its own."""
    return CourseSession(
        run_id=run_id,
        number=number,
        local_date=slot.day,
        local_time=slot.at,
        zone=zone,
        minutes=(slot.ends_at - slot.starts_at) // timedelta(minutes=1),
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        online_link=link,
        uid=f"{uuid.uuid4()}@{UID_HOST}",
    )


def room_taken(clashes: Sequence[Booking]) -> Words:
    """Which other run has the room, and when."""
    first = clashes[0]
    words: Words = _l(
        "“%(course)s” has this room on %(date)s. Choose another room or time, or say that both fit in",
        course=first.course_title,
        date=schedule.say(first.day),
    )
    return words


def _write(
    session: Session,
    course_id: int,
    plan: RunPlan,
    slots: Sequence[Slot],
    *,
    zone: str,
) -> Run:
    run = Run(
        reference=_reference(session, plan.term_id),
        course_id=course_id,
        term_id=plan.term_id,
        state=RunState.PLANNED,
        mode=plan.mode,
        venue_id=plan.venue_id,
        learning_cap=plan.learning_cap,
        online_cap=plan.online_cap,
        first_required=plan.first_required,
        seats_taken=0,
        version=1,
        created_at=clock.now(),
    )
    session.add(run)
    session.flush()
    ordered = sorted(slots, key=lambda slot: slot.starts_at)
    session.add_all(
        new_session(run.id, number, slot, zone=zone, link=plan.online_link)
        for number, slot in enumerate(ordered, start=1)
    )
    runs.keep_span(session, run)
    return run


def _reference(session: Session, term_id: int) -> str:
    """The term's name and a number. The term's row is locked, so no two runs get the same."""
    (term,) = lock_rows(session, Term, [term_id])
    prefix = f"{term.slug}-"
    taken = session.scalars(sa.select(Run.reference).where(Run.reference.startswith(prefix)))
    numbers = [int(tail) for one in taken if (tail := one.removeprefix(prefix)).isdecimal()]
    return f"{prefix}{max(numbers, default=0) + 1}"


def _check_course(course: Course) -> None:
    if course.state not in runs.CAN_HAVE_DATES:
        raise NotAllowedNowError(
            _l("Only a course that is a pilot, approved or live can have dates. Move it on first.")
        )


def _check_not_over(run: Run) -> None:
    if run.state in (RunState.FINISHED, RunState.CANCELLED):
        raise NotAllowedNowError(_l("This run is over, so it can no longer be changed."))


def _plan_errors(session: Session, plan: RunPlan) -> dict[str, Words]:
    errors: dict[str, Words] = {}
    if session.get(Term, plan.term_id) is None:
        errors["term_id"] = _l("Choose a term from the list")
    venue = session.get(Venue, plan.venue_id) if plan.venue_id is not None else None
    if plan.venue_id is not None and venue is None:
        errors["venue_id"] = _l("Choose a venue from the list")
    if not 0 < plan.learning_cap <= LARGEST_CAP:
        errors["learning_cap"] = _l("Give a number from 1 to %(most)d", most=LARGEST_CAP)
    elif (
        venue is not None
        and venue.capacity is not None
        and plan.mode is Mode.IN_PERSON
        and plan.learning_cap >= venue.capacity
    ):
        errors["learning_cap"] = _l(
            "The room holds %(capacity)d, and whoever leads needs a chair too. Give fewer places",
            capacity=venue.capacity,
        )
    if plan.online_cap is not None and not 0 <= plan.online_cap <= LARGEST_CAP:
        errors["online_cap"] = _l("Give a number from 0 to %(most)d", most=LARGEST_CAP)
    return errors
