"""Sessions that nobody goes to, for the page that shows the site as a role sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _


@dataclass(frozen=True, slots=True)
class Next:
    """As the card of what comes next reads one."""

    course_title: str
    starts_at: datetime
    where: str


@dataclass(frozen=True, slots=True)
class Led:
    """As the card of what somebody leads reads one."""

    title: str
    starts_at: datetime
    place: str
    url: str = ""


def _on_the_hour(at: datetime, days: int) -> datetime:
    return (at + timedelta(days=days)).replace(hour=10, minute=0, second=0, microsecond=0)


def next_sessions(at: datetime) -> Sequence[Next]:
    """One to go to."""
    return [Next(_("Sleeping better"), _on_the_hour(at, 5), _("Garden Room"))]


def sessions_led(at: datetime) -> Sequence[Led]:
    """One to lead."""
    return [Led(_("Finding calm"), _on_the_hour(at, 8), _("Garden Room"))]
