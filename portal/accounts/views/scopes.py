"""Where grants hold, in words, and until when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial

from flask import current_app
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.course_book import course_book
from portal.accounts.models import RoleGrant
from portal.accounts.words import course_of, scope_name


def scope_names(session: Session, grants: Sequence[RoleGrant]) -> Callable[[str], str]:
    """Says where a grant holds, for all of these at once: one query when one of them is for a course."""
    ids = {number for grant in grants if (number := course_of(grant.scope)) is not None}
    titles = course_book().named(session, ids) if ids else {}
    return partial(scope_name, courses=titles)


def end_of(day: date) -> datetime:
    """The first moment after a local day."""
    zone: str = current_app.settings.timezone  # type: ignore[attr-defined]  # a portal.app.Portal
    return clock.wall_to_utc(datetime.combine(day + timedelta(days=1), time()), zone)
