"""Handouts of a course: adding, changing, ordering, removing. Each change is in the course's history."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.models import ChangeKind, CourseMaterial
from portal.courses.services import history
from portal.courses.services.courses import locked
from portal.courses.services.errors import InvalidError, MissingError, NotAllowedNowError
from portal.files.api import Received, keep, let_go
from portal.plugin_api import Actor

LONGEST_TITLE = 120
MOST = 30  # of one course: a list that can be read on a phone


def add(
    session: Session, actor: Actor, course_id: int, *, title: str, received: Received
) -> CourseMaterial:
    """A new handout, the last of the course.

    Raises:
        InvalidError: the title cannot stand.
        MissingError: there is no such course.
        NotAllowedNowError: the course has as many as it may have.
    """
    title = _checked(title)
    there = _all(session, course_id)
    if len(there) >= MOST:
        raise NotAllowedNowError(
            _l("There are %(most)d handouts already. Remove one first.", most=MOST)
        )
    material = CourseMaterial(
        course_id=course_id,
        file_id=keep(session, received),
        title=title,
        place=there[-1].place + 1 if there else 1,
        added_at=clock.now(),
    )
    session.add(material)
    _note(session, actor, material, "added", {"title": [None, title]})
    return material


def change(
    session: Session,
    actor: Actor,
    course_id: int,
    material_id: int,
    *,
    title: str,
    received: Received | None = None,
) -> CourseMaterial:
    """Another title, another file in the place of the one before, or both.

    Raises:
        InvalidError: the title cannot stand.
        MissingError: there is no such handout.
    """
    material = _one(session, course_id, material_id)
    changes = history.apply(material, {"title": _checked(title)})
    if received is not None:
        before, material.file_id = material.file_id, keep(session, received)
        let_go(session, before)
        changes["file"] = [None, received.name]
    if changes:
        _note(session, actor, material, "changed", changes)
    return material


def move_up(session: Session, actor: Actor, course_id: int, material_id: int) -> None:
    """Change places with the one before; the first one stays where it is.

    Raises:
        MissingError: there is no such handout.
    """
    material = _one(session, course_id, material_id)
    there = _all(session, course_id)
    at = there.index(material)
    if at:
        other = there[at - 1]
        other.place, material.place = material.place, other.place
        _note(session, actor, material, "moved", {})


def remove(session: Session, actor: Actor, course_id: int, material_id: int) -> str:
    """Take a handout away, and let go of its file; its title.

    Raises:
        MissingError: there is no such handout.
    """
    material = _one(session, course_id, material_id)
    title, file_id = material.title, material.file_id
    _note(session, actor, material, "removed", {"title": [title, None]})
    session.delete(material)
    let_go(session, file_id)
    return title


def _checked(title: str) -> str:
    title = " ".join(title.split())
    if not title:
        raise InvalidError(title=_l("Say in a few words what it is"))
    if len(title) > LONGEST_TITLE:
        raise InvalidError(title=_l("Make it shorter than %(most)d letters", most=LONGEST_TITLE))
    return title


def _all(session: Session, course_id: int) -> Sequence[CourseMaterial]:
    """All of a course in their order, with the course locked."""
    locked(session, course_id)
    return session.scalars(
        sa.select(CourseMaterial)
        .where(CourseMaterial.course_id == course_id)
        .order_by(CourseMaterial.place, CourseMaterial.id)
    ).all()


def _one(session: Session, course_id: int, material_id: int) -> CourseMaterial:
    found = [one for one in _all(session, course_id) if one.id == material_id]
    if not found:
        raise MissingError(material_id)
    return found[0]


def _note(
    session: Session, actor: Actor, material: CourseMaterial, what: str, changes: history.Changes
) -> None:
    session.flush()
    history.note(
        session,
        actor,
        ChangeKind.COURSE,
        material.course_id,
        f"handout_{what}",
        course_id=material.course_id,
        changes=changes,
    )
