"""Who may see which task, when something is to be done, and what ends it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from portal import clock
from portal.plugin_api import Actor, TaskKind

SEE = "desk:task:see"
OPEN = "desk:desk:open"  # the list itself: each sees in it what they may see

# Of a task that is about reaching somebody; and of any other.
CONTACT_OUTCOMES = ("reached", "left_message", "letter_posted", "no_answer", "not_needed")
OUTCOMES = ("done", "not_needed")
NOT_YET = "no_answer"  # the only one that leaves a task open


def outcomes_of(kind: TaskKind) -> tuple[str, ...]:
    """What can come of a task of this kind."""
    return CONTACT_OUTCOMES if kind.by_contact else OUTCOMES


def visible_kinds(actor: Actor, kinds: Mapping[str, TaskKind]) -> list[str]:
    """The kinds whose tasks this actor may see."""
    if not actor.can(SEE):
        return []
    return [name for name, kind in kinds.items() if actor.can(kind.permission)]


def working_day_after(day: date, days: int) -> date:
    """The working day that is so many working days after `day`; for 0, the day itself or the next one."""
    while not clock.is_working_day(day):
        day += timedelta(days=1)
    for _number in range(days):
        day += timedelta(days=1)
        while not clock.is_working_day(day):
            day += timedelta(days=1)
    return day
