"""The arithmetic of attendance: one function for every page, text and record. Plain values, no database.

Two kinds of sessions are left out of every denominator: those that were cancelled, and those before
somebody joined. A session that is to come, or whose register nobody has filled in, stays in `out_of`;
`marked` is what is known so far. Sessions in a break are apologies like others: they stay in the denominator,
and count as accounted for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from portal.enrolment.models import Mark


class Shown(StrEnum):
    """What the register shows for one person and one session: a mark, or what follows from dates."""

    UNMARKED = "unmarked"
    PRESENT = "present"
    PART = "part"
    APOLOGIES = "apologies"
    ABSENT = "absent"
    NOT_YET_ENROLLED = "not-yet-enrolled"
    SESSION_CANCELLED = "session-cancelled"


class Meeting(Protocol):
    """A session as far as attendance goes."""

    @property
    def id(self) -> int:
        """The session's id: what marks are kept by."""

    @property
    def starts_at(self) -> datetime:
        """When it begins, as far as is known now: a session that was moved is judged by this alone."""

    @property
    def cancelled(self) -> bool:
        """True when it will not take place."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """How many of somebody's sessions have each mark. `unmarked` are to come, or have no register yet."""

    present: int = 0
    part: int = 0
    apologies: int = 0
    absent: int = 0
    unmarked: int = 0

    @property
    def attended(self) -> int:
        """Sessions they came to, in whole or in part."""
        return self.present + self.part

    @property
    def accounted_for(self) -> int:
        """Sessions they came to, or said that they could not."""
        return self.attended + self.apologies

    @property
    def marked(self) -> int:
        """Sessions that the register says something of: what is known so far."""
        return self.accounted_for + self.absent

    @property
    def out_of(self) -> int:
        """Sessions that count for them: the denominator of both shares."""
        return self.marked + self.unmarked


def shown(meeting: Meeting, from_at: datetime, mark: Mark | None) -> Shown:
    """What the register says of one session for somebody who has their place since `from_at`."""
    if meeting.cancelled:
        return Shown.SESSION_CANCELLED
    if meeting.starts_at < from_at:
        return Shown.NOT_YET_ENROLLED
    return Shown(mark.value) if mark is not None else Shown.UNMARKED


def attendance(
    meetings: Iterable[Meeting], from_at: datetime, marks: Mapping[int, Mark]
) -> Attendance:
    """Count a run's sessions for one place. `marks` maps a session's id to the register's mark.

    Joins at session 3 of 8; present 4, apologies 1, absent 1: 4 of 6 attended, 5 of 6 accounted for.
    """
    said = [shown(one, from_at, marks.get(one.id)) for one in meetings]
    return Attendance(
        present=said.count(Shown.PRESENT),
        part=said.count(Shown.PART),
        apologies=said.count(Shown.APOLOGIES),
        absent=said.count(Shown.ABSENT),
        unmarked=said.count(Shown.UNMARKED),
    )
