"""Where grants hold, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy.orm import Session

from portal.accounts.course_book import course_book
from portal.accounts.models import RoleGrant
from portal.accounts.words import course_of, scope_name


def scope_names(session: Session, grants: Sequence[RoleGrant]) -> Callable[[str], str]:
    """Says where a grant holds, for all of these at once: one query when one of them is for a course."""
    ids = {number for grant in grants if (number := course_of(grant.scope)) is not None}
    titles = course_book().named(session, ids) if ids else {}
    return partial(scope_name, courses=titles)
