"""Who is on duty, what they may do, and when nobody has answered for too long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from portal.concerns.models import Outcome

SEE = "concerns:concern:see"
ANSWER = "concerns:concern:answer"
DUTY = "duty_contact"
FIRST, SECOND = "concerns:first_minutes", "concerns:second_minutes"
RECORD_DAYS = "concerns:record_days"
# Who else is asked to find whoever is on duty, by how far it was escalated. None of them can read it.
HELPERS: tuple[tuple[str, ...], ...] = ((), ("coordinator",), ("coordinator", "co_chair"))
# Somebody's safety was looked into: what led to it is kept for its time, whoever asks.
HELD = frozenset({Outcome.SAFEGUARDING})


def levels_due(
    waiting_since: datetime, level: int, minutes: Sequence[int], now: datetime
) -> list[int]:
    """The escalations whose time has come and that have not been: 1, 2, or both."""
    return [
        number
        for number, after in enumerate(minutes, 1)
        if number > level and waiting_since + timedelta(minutes=after) <= now
    ]
