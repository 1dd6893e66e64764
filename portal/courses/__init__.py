"""Courses, terms, runs, sessions, venues: the college's offer, in public and for those who plan it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.app import Portal


def init_app(app: Portal) -> None:
    """Tell accounts the names of courses, for roles that hold in one of them."""
    from portal.accounts.api import register_course_book
    from portal.courses.queries import manage

    register_course_book(app, manage.course_titles, manage.courses_titled)
