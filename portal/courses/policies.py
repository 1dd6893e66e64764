"""Who may do what to which record: pure questions, without a database."""

from __future__ import annotations

from portal.plugin_api import Actor

EDIT_COURSE = "courses:course:edit"
PLAN_RUN = "courses:run:plan"
EDIT_VENUE = "courses:venue:edit"
SEE_HISTORY = "courses:history:see"


def may_edit_course(actor: Actor) -> bool:
    """Write and change courses."""
    return actor.can(EDIT_COURSE)


def may_edit_venues(actor: Actor) -> bool:
    """Keep the lists of venues and terms."""
    return actor.can(EDIT_VENUE)
