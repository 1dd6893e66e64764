"""Dates of a prospectus against the college's own calendar: its terms, venues and bank holidays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.courses.models import Mode, Term, Venue
from portal.courses.services import schedule
from portal.courses.services.errors import InvalidError
from portal.courses.services.prospectus.phrases import ASSUMED_MINUTES, ASSUMED_SESSIONS
from portal.courses.services.prospectus.report import Kind, Note


@dataclass(slots=True)
class Planned:
    """A run as one row asks for it; `venue_id` is None for a run without a place of its own."""

    count: int
    minutes: int
    term_id: int = 0
    venue_id: int | None = None
    remarks: list[tuple[str, str]] = field(default_factory=list)
    problems: list[Note] = field(default_factory=list)


class Calendar:
    """The college's terms and venues, read once for one import."""

    def __init__(
        self,
        zone: str,
        terms: Sequence[tuple[int, date, date]],
        venues: dict[str, tuple[int, int | None]],
    ) -> None:
        self._zone = zone
        self._terms = terms
        self._venues = venues

    @classmethod
    def of(cls, session: Session, zone: str) -> Calendar:
        """The calendar as it stands; `zone` is where the dates of the file are promised."""
        terms = session.execute(
            sa.select(Term.id, Term.starts_on, Term.ends_on).order_by(Term.starts_on, Term.id)
        )
        venues = session.execute(
            sa.select(Venue.id, Venue.name, Venue.slug, Venue.capacity).order_by(Venue.id)
        )
        known: dict[str, tuple[int, int | None]] = {}
        for identity, name, slug, capacity in venues:
            known.setdefault(_plain(name), (identity, capacity))
            known.setdefault(_plain(slug), (identity, capacity))
        return cls(zone, [(row.id, row.starts_on, row.ends_on) for row in terms], known)

    def plan(
        self,
        start: datetime,
        *,
        sessions: int | None,
        minutes: int | None,
        mode: Mode,
        venue: str,
        capacity: int,
    ) -> Planned:
        """A run of weekly sessions from a local date and time, bank holidays left out."""
        planned = Planned(count=sessions or ASSUMED_SESSIONS, minutes=minutes or ASSUMED_MINUTES)
        if sessions is None:
            message = _("no number of sessions: %(number)d planned", number=planned.count)
            planned.remarks.append(("start", message))
        day = start.date()
        try:
            timetable = schedule.weekly(
                day,
                start.time(),
                count=planned.count,
                minutes=planned.minutes,
                zone=self._zone,
            )
        except InvalidError as error:
            message = "; ".join(str(words) for words in error.errors.values())
            planned.problems.append(Note("start", Kind.PROBLEM, message))
            return planned
        if timetable.slots[0].day != day:
            # Nobody is told another date than the file's without a person deciding so.
            message = _("%(day)s is a bank holiday. Choose another day.", day=say(day))
            planned.problems.append(Note("start", Kind.PROBLEM, message))
        elif timetable.left_out:
            days = ", ".join(say(gap.day) for gap in timetable.left_out)
            planned.remarks.append(("start", _("leaves out bank holidays: %(days)s", days=days)))
        self._place(planned, day)
        if venue:
            self._seat(planned, mode, venue, capacity)
        return planned

    def _place(self, planned: Planned, day: date) -> None:
        term = next((term for term, first, last in self._terms if first <= day <= last), None)
        if term is None:
            message = _("no term includes %(day)s. Add the term first.", day=say(day))
            planned.problems.append(Note("start", Kind.PROBLEM, message))
        else:
            planned.term_id = term

    def _seat(self, planned: Planned, mode: Mode, venue: str, capacity: int) -> None:
        found = self._venues.get(_plain(venue))
        if found is None:
            message = _(
                "there is no venue called “%(venue)s”. Add it first, with what people need to know"
                " to get in.",
                venue=venue,
            )
            planned.problems.append(Note("venue", Kind.PROBLEM, message))
            return
        planned.venue_id, room = found
        if room is not None and capacity >= room and mode is Mode.IN_PERSON:
            message = _(
                "the venue holds %(room)d people, and whoever leads needs a chair too: %(places)d"
                " places are too many",
                room=room,
                places=capacity,
            )
            planned.problems.append(Note("capacity", Kind.PROBLEM, message))


def say(day: date) -> str:
    """A date in words, in the reader's language: `1 March 2027`."""
    return str(schedule.say(day))


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
