"""A person's own places as their pages show them: finished words' values and addresses, no rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for

from portal.courses.api import Meeting, Place
from portal.enrolment.models import EnrolmentState, Role, TakesPart
from portal.enrolment.queries.mine import MyPlace
from portal.enrolment.services.attendance import Attendance, Shown, attendance, shown

LINK_SHOWN = timedelta(
    hours=24
)  # before a session: early enough to try it, late enough to be the right one


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session of somebody's place. `part` is what the register says; addresses are empty when not due."""

    number: int
    is_first: bool
    starts_at: datetime
    ends_at: datetime
    minutes: int
    where: Place | None
    online: bool
    state: str
    moved_from: datetime | None
    reason: str
    note: str
    part: Shown
    over: bool
    link: str
    link_from: datetime
    apologise: str

    @property
    def cancelled(self) -> bool:
        """True when it will not take place."""
        return self.part is Shown.SESSION_CANCELLED


@dataclass(frozen=True, slots=True)
class PlaceShown:
    """One place with its sessions. `following` is the next that takes place, or is on right now."""

    enrolment_id: int
    title: str
    term: str
    role: Role
    online: bool
    cancelled: bool
    cancelled_reason: str
    active: bool
    ended: bool
    lines: tuple[SessionLine, ...]
    attendance: Attendance
    url: str
    course_url: str

    @property
    def following(self) -> SessionLine | None:
        """The next session, which may be one that they will not come to."""
        left_out = (Shown.SESSION_CANCELLED, Shown.NOT_YET_ENROLLED)
        ahead = (one for one in self.lines if not one.over and one.part not in left_out)
        return next(ahead, None) if self.active and not self.cancelled else None

    @property
    def count(self) -> int:
        """How many sessions the run has, cancelled ones too: it is what their numbers are out of."""
        return len(self.lines)


def place_shown(place: MyPlace, at: datetime, links: Mapping[int, str] | None = None) -> PlaceShown:
    """A place as its page shows it at an instant. `links` are to join sessions online, by their ids."""
    online = place.mode is TakesPart.ONLINE
    active = place.state is EnrolmentState.ENROLLED
    return PlaceShown(
        enrolment_id=place.enrolment_id,
        title=place.run.course_title,
        term=place.run.term.name,
        role=place.role,
        online=online,
        cancelled=place.run.cancelled,
        cancelled_reason=place.run.cancelled_reason,
        active=active,
        ended=place.state in (EnrolmentState.WITHDRAWN, EnrolmentState.RELEASED),
        lines=tuple(_line(place, one, at, online, links or {}) for one in place.run.meetings),
        attendance=attendance(place.run.meetings, place.from_at, place.marks),
        url=url_for("enrolment.place", enrolment_id=place.enrolment_id),
        course_url=place.run.url,
    )


def _line(
    place: MyPlace, one: Meeting, at: datetime, online: bool, links: Mapping[int, str]
) -> SessionLine:
    part = shown(one, place.from_at, place.marks.get(one.id))
    ahead = one.starts_at > at and not one.cancelled and place.state is EnrolmentState.ENROLLED
    near = one.starts_at - LINK_SHOWN <= at < one.ends_at
    can_say = ahead and not place.run.cancelled and part in (Shown.UNMARKED, Shown.APOLOGIES)
    return SessionLine(
        number=one.number,
        is_first=one is next((each for each in place.run.meetings if not each.cancelled), None),
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        minutes=one.minutes,
        where=one.place or place.run.place,
        online=online,
        state=one.state.value,
        moved_from=one.moved_from,
        reason=one.reason,
        note=one.note,
        part=part,
        over=one.ends_at <= at,
        link=links.get(one.id, "") if near and online and not one.cancelled else "",
        link_from=one.starts_at - LINK_SHOWN,
        apologise=url_for("enrolment.apologise", enrolment_id=place.enrolment_id, session_id=one.id)
        if can_say
        else "",
    )
