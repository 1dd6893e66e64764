"""Nobody leads two sessions at once: asked here in words, and held by the database (`clash_ddl`).

Of two who give somebody to clashing sessions at the same moment, the second waits for the first, and is then
told what the person leads. Were the lock forgotten, the database would refuse, and the unit be run again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel.speaklater import LazyString
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts.api import people_by_ids
from portal.courses.clash_ddl import REFUSED
from portal.courses.models import Assignment, CourseSession, SessionState
from portal.courses.queries.leading import Lead, overlapping
from portal.courses.services.errors import NotAllowedNowError
from portal.db import CollisionError, dialect_name
from portal.ui.filters import moment

_LOCK = 7_241  # any number that only this file uses
_EXCLUSION_VIOLATION = "23P01"


class ClashError(NotAllowedNowError):
    """Somebody leads another session then: `lead` is that one, the reason says who and when."""

    def __init__(self, name: str, lead: Lead) -> None:
        Exception.__init__(self, lead.session_id)  # the reason's words need the reader's language
        self.lead = lead
        self.reason = LazyString(_say, name, lead)


def _say(name: str, lead: Lead) -> str:
    words: str = _(
        "%(name)s leads “%(course)s” then: %(when)s. Choose somebody else, or another time.",
        name=name,
        course=lead.course_title,
        when=moment(lead.starts_at),
    )
    return words


def lock_leaders(session: Session, people: Collection[int]) -> None:
    """Until the commit nobody else gives these people sessions to lead, or moves those that they lead.

    SQLite writes one at a time anyway.
    """
    session.flush()
    if dialect_name(session) == "postgresql":
        for person_id in sorted(set(people)):
            session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK, person_id)))


def leaders_of(session: Session, session_id: int, *, were_there: bool = False) -> Sequence[int]:
    """Ids of those who lead a session, in the order they were asked.

    With `were_there` without those who led another session at that time.
    """
    chosen = sa.select(Assignment.person_id).where(Assignment.session_id == session_id)
    if were_there:
        chosen = chosen.where(Assignment.holds)
    return session.scalars(chosen.order_by(Assignment.id)).all()


def check(session: Session, session_id: int, person_id: int) -> None:
    """Do nothing when the person leads nothing else during a session.

    Raises:
        ClashError: they do.
    """
    one = session.get_one(CourseSession, session_id, populate_existing=True)
    if one.state is SessionState.CANCELLED:
        return
    lead = overlapping(session, person_id, one.starts_at, one.ends_at, but_session=session_id)
    if lead is not None:
        person = people_by_ids(session, [person_id]).get(person_id)
        raise ClashError(person.name if person else "–", lead)


@contextmanager
def colliding() -> Iterator[None]:
    """Make the database's refusal of two at once something that is worth another try.

    Raises:
        CollisionError: it refused; run again, the unit is told of the clash in words.
    """
    try:
        yield
    except IntegrityError as error:
        if not _is_clash(error):
            raise
        raise CollisionError(
            error.statement, error.params, error.orig or error, hide_parameters=True
        ) from error


def _is_clash(error: IntegrityError) -> bool:
    return getattr(error.orig, "sqlstate", None) == _EXCLUSION_VIOLATION or REFUSED in str(
        error.orig
    )
