"""Permissions, settings, and times that are the same everywhere."""

from __future__ import annotations

from datetime import timedelta

REVIEW = "proposals:proposal:review"
DECIDE = "proposals:proposal:decide"
LOOK_AFTER = "proposals:proposal:look_after"

CRITERIA = "proposals:criteria"
REVIEWS = "proposals:reviews"
SILENCE_DAYS = "proposals:silence_days"
STEWARD_DAYS = "proposals:steward_days"
COMMENT_DAYS = "proposals:comment_days"

MORE_TIME = timedelta(days=14)  # each time somebody asks
INVITED_FOR = timedelta(days=28)
EXPECTATIONS = 2  # which words about taking part are shown; count up when they change
STANDARD = ("why", "who", "learning", "access", "needs")


def criteria_of(written: str) -> tuple[str, ...]:
    """The keys of the criteria from the setting: the portal's own when empty, else a college's words."""
    own = tuple(dict.fromkeys(" ".join(part.split())[:80] for part in written.split(";")))
    return tuple(part for part in own if part) or STANDARD
