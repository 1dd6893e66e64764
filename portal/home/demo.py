"""The demo college: each room and plugin adds its part, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.db import unit_of_work
from portal.plugin_api import dispatch

if TYPE_CHECKING:
    from portal.app import Portal


class DemoRefusedError(Exception):
    """The demo college does not belong in this database. The message says why."""


class PeopleHereError(DemoRefusedError):
    """There are people in the database already."""


def seed_demo(app: Portal) -> str:
    """Fill an empty database with the demo college; needs an app context.

    Returns what it holds now, in words. Everything is committed at once, or nothing.

    Raises:
        DemoRefusedError: this is a production portal; its sign-ins are known to everybody.
        PeopleHereError: somebody is here already.
        DemoDataError: a room or plugin failed, named in the message; nothing was kept.
    """
    from portal.accounts import api as accounts
    from portal.courses import api as courses
    from portal.messages import api as messages

    if app.settings.environment == "production":
        raise DemoRefusedError(
            "The demo college's passwords are public, so it is refused in production. "
            "Set PORTAL_ENVIRONMENT=development to look around."
        )
    with unit_of_work() as session:
        if accounts.count_people(session):
            raise PeopleHereError("There are people in this database already; nothing was changed.")
        dispatch.seed_demo(session)
        messages.count_as_told(session)
        people = accounts.count_people(session)
        offered = courses.count_offer(session)
    return (
        f"{people} people, {offered.courses} courses, {offered.runs} runs, "
        f"{offered.sessions} sessions"
    )
