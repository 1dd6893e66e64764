"""Who may do what to which record: pure questions, without a database."""

from __future__ import annotations

from portal.courses.models import Run, RunState
from portal.plugin_api import Actor

EDIT_COURSE = "courses:course:edit"
PLAN_RUN = "courses:run:plan"
EDIT_VENUE = "courses:venue:edit"
SEE_HISTORY = "courses:history:see"


def may_edit_course(actor: Actor) -> bool:
    """Write and change courses."""
    return actor.can(EDIT_COURSE)


def may_plan_runs(actor: Actor) -> bool:
    """Plan, change, publish and cancel runs and sessions."""
    return actor.can(PLAN_RUN)


def may_edit_venues(actor: Actor) -> bool:
    """Keep the lists of venues and terms."""
    return actor.can(EDIT_VENUE)


def may_see_history(actor: Actor) -> bool:
    """See who changed a course, and why."""
    return actor.can(SEE_HISTORY)


def is_public(run: Run) -> bool:
    """True for a run that everybody sees; a cancelled one stays in sight of those who had a place."""
    return run.published_at is not None and run.state is not RunState.PLANNED
