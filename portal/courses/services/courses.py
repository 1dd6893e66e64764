"""Courses: writing them, changing them, moving them through their life, copying them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlsplit

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
    Topic,
)
from portal.courses.services import history
from portal.courses.services.errors import InvalidError, MissingError, NotAllowedNowError
from portal.courses.services.schedule import LONGEST_MINUTES, MOST_SESSIONS, say
from portal.courses.services.slugs import free_slug
from portal.courses.services.states import COURSE_STEPS, check_step
from portal.db import lock_rows
from portal.plugin_api import Actor, publish
from portal.plugin_api.dispatch import ask_veto
from portal.plugin_api.events import CourseChanged
from portal.plugin_api.types import Words

LONGEST_TITLE = 200
LONGEST_URL = 500
STILL_COMING = (RunState.PLANNED, RunState.OPEN, RunState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseText:
    """All that people write about a course. `planned_minutes` are those of one session."""

    title: str
    topic_id: int
    summary: str = ""
    description: str = ""
    planned_sessions: int | None = None
    planned_minutes: int | None = None
    planned_mode: Mode | None = None
    self_paced: bool = False
    drop_in: bool = False
    for_supporters: bool = False
    adjacent: bool = False
    first_required: bool = False
    what_to_expect: str = ""
    what_to_bring: str = ""
    source_name: str = ""
    source_url: str = ""
    source_note: str = ""

    @classmethod
    def of(cls, course: Course) -> CourseText:
        """What is written about a course now."""
        return cls(**{field: getattr(course, field) for field in cls.__dataclass_fields__})


def create_course(session: Session, actor: Actor, text: CourseText, *, why: str = "") -> Course:
    """A new course, as an idea; its address is made from the title.

    Raises:
        InvalidError: at the fields that cannot stand.
    """
    values = _checked(session, text)
    at = clock.now()
    course = Course(
        slug=free_slug(session, Course.slug, text.title, otherwise="course"),
        state=CourseState.IDEA,
        version=1,
        created_at=at,
        updated_at=at,
        filled={},
        **values,
    )
    session.add(course)
    session.flush()
    _noted(session, actor, course, "created", why=why, changes={"title": [None, course.title]})
    return course


def edit_course(
    session: Session, actor: Actor, course_id: int, text: CourseText, *, version: int, why: str
) -> Course:
    """Change what is written about a course; `version` is the one the person saw.

    Saving what is already there changes nothing and leaves no history.

    Raises:
        InvalidError: at the fields that cannot stand.
        StaleEditError: somebody else saved first; carries both texts.
    """
    course = locked(session, course_id)
    values = _checked(session, text)
    history.check_version(session, ChangeKind.COURSE, course, version, values)
    if all(getattr(course, field) == value for field, value in values.items()):
        return course
    if not why.strip():
        raise InvalidError(why=_l("Say in a few words why you change it"))
    changes = history.apply(course, values)
    _moved_on(course, changes)
    _noted(session, actor, course, "edited", why=why, changes=changes)
    return course


def change_state(
    session: Session, actor: Actor, course_id: int, new: CourseState, *, why: str
) -> Course:
    """Take a course one step through its life.

    Raises:
        InvalidError: no reason is given.
        NotAllowedNowError: the step is not possible from where the course stands, or runs are still
            to come of a course that is to retire.
        Veto: a plugin stops it (asked about resting and retiring).
    """
    course = locked(session, course_id)
    if not why.strip():
        raise InvalidError(why=_l("Say in a few words why, for the people who read the history"))
    check_step(COURSE_STEPS, course.state, new)
    if new is CourseState.RETIRED:
        _check_no_runs_coming(session, course)
        ask_veto(session, "courses:course:retire", actor, course.id)
    elif new is CourseState.RESTING:
        ask_veto(session, "courses:course:rest", actor, course.id)
    changes = history.apply(course, {"state": new})
    _moved_on(course, changes)
    _noted(session, actor, course, "state", why=why, changes=changes)
    return course


def copy_course(session: Session, actor: Actor, course_id: int, *, title: str) -> Course:
    """A new idea with the words of another course; runs and history stay behind.

    Raises:
        InvalidError: the title cannot stand.
    """
    original = session.get_one(Course, course_id)
    text = replace(CourseText.of(original), title=title)
    values = _checked(session, text)
    at = clock.now()
    course = Course(
        slug=free_slug(session, Course.slug, title, otherwise="course"),
        state=CourseState.IDEA,
        version=1,
        created_at=at,
        updated_at=at,
        filled=dict(original.filled),
        **values,
    )
    session.add(course)
    session.flush()
    _noted(session, actor, course, "copied", changes={"copied_from": [None, original.title]})
    return course


def locked(session: Session, course_id: int) -> Course:
    """The course, locked for this transaction and read fresh.

    Raises:
        MissingError: there is none.
    """
    rows = lock_rows(session, Course, [course_id])
    if not rows:
        raise MissingError(course_id)
    return rows[0]


def _checked(session: Session, text: CourseText) -> dict[str, Any]:
    """The values to store, with outer blanks gone and one kind of line end."""
    values = {
        field: _tidy(value) if isinstance(value, str) and not isinstance(value, Mode) else value
        for field, value in asdict(text).items()
    }
    errors = _errors(values)
    if session.get(Topic, text.topic_id) is None:
        errors["topic_id"] = _l("Choose a topic from the list")
    if errors:
        raise InvalidError(**errors)
    return values


def _errors(values: Mapping[str, Any]) -> dict[str, Words]:
    errors: dict[str, Words] = {}
    if not values["title"]:
        errors["title"] = _l("Give the course a title")
    elif len(values["title"]) > LONGEST_TITLE:
        errors["title"] = _l("Make the title shorter than %(most)d letters", most=LONGEST_TITLE)
    for field, most in (("planned_sessions", MOST_SESSIONS), ("planned_minutes", LONGEST_MINUTES)):
        value = values[field]
        if value is not None and not 0 < value <= most:
            errors[field] = _l("Give a number from 1 to %(most)d, or leave it empty", most=most)
    if len(values["source_name"]) > LONGEST_TITLE:
        errors["source_name"] = _l("Make it shorter than %(most)d letters", most=LONGEST_TITLE)
    if values["source_url"] and not _is_web_address(values["source_url"]):
        errors["source_url"] = _l("Give a web address that starts with https://")
    return errors


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and len(text) <= LONGEST_URL


def _tidy(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\x00", "").strip()


def _check_no_runs_coming(session: Session, course: Course) -> None:
    begins = sa.func.min(CourseSession.local_date)
    coming = session.execute(
        sa.select(Run.id, begins)
        .outerjoin(CourseSession, CourseSession.run_id == Run.id)
        .where(Run.course_id == course.id, Run.state.in_(STILL_COMING))
        .group_by(Run.id)
        .order_by(begins, Run.id)
        .limit(1)
    ).first()
    if coming is None:
        return
    day = coming[1]
    if day is None:
        raise NotAllowedNowError(
            _l(
                "A run without dates is still planned. Cancel it first, so that nobody is left "
                "without word."
            )
        )
    raise NotAllowedNowError(
        _l(
            "The run from %(day)s is still to come. Cancel it or let it finish first, so that nobody "
            "is left without word.",
            day=say(day),
        )
    )


def _moved_on(course: Course, changes: history.Changes) -> None:
    changes["version"] = [course.version, course.version + 1]
    course.version += 1
    course.updated_at = clock.now()


def _noted(
    session: Session,
    actor: Actor,
    course: Course,
    action: str,
    *,
    why: str = "",
    changes: history.Changes,
) -> None:
    session.flush()
    history.note(
        session,
        actor,
        ChangeKind.COURSE,
        course.id,
        action,
        course_id=course.id,
        why=why,
        changes=changes,
    )
    publish(session, CourseChanged(course_id=course.id, state=course.state.value))
