"""What one person sees of their own places: rows are fetched for them alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from portal.courses.api import RunInfo, run_by_id, runs_by_ids
from portal.enrolment.models import (
    AttendanceMark,
    Enrolment,
    EnrolmentState,
    Interest,
    Mark,
    PartyMember,
    Role,
    ShareableNeed,
    TakesPart,
    WaitEntry,
)
from portal.enrolment.queries.needs import shared_words
from portal.enrolment.queries.waiting import LIVE

SHOWN = (EnrolmentState.ENROLLED, EnrolmentState.COMPLETED)


@dataclass(frozen=True, slots=True)
class MyPlace:
    """A place of the person's. `marks` maps a session's id to what the register says of it. What they
    shared stays sealed until somebody asks for it.
    """

    enrolment_id: int
    run: RunInfo
    role: Role
    mode: TakesPart
    state: EnrolmentState
    from_at: datetime
    marks: dict[int, Mark]
    sealed: tuple[str, bytes] | None  # what they shared, with the name of its row

    @property
    def shares(self) -> bool:
        """Whether those who lead were told something."""
        return self.sealed is not None

    def needs(self, session: Session) -> str:
        """What they shared with those who lead, in words; empty when nothing.

        Raises:
            VaultError: it does not open.
        """
        return shared_words(session, *(self.sealed or (None, None)))


@dataclass(frozen=True, slots=True)
class MyCourses:
    """The person's places, the soonest next session first; those of runs that are over, latest first."""

    coming: tuple[MyPlace, ...]
    past: tuple[MyPlace, ...]


@dataclass(frozen=True, slots=True)
class Companion:
    """Somebody in the person's party. `person_id` None: a guest by name."""

    enrolment_id: int
    person_id: int | None
    guest_name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Expectations:
    """What somebody should know before they ask for a place.

    `next_session` is the number of the first session that they would come to; None when it is over.
    """

    run: RunInfo
    takes_people: bool
    next_session: int | None
    waiting: int
    enrolment_id: int | None
    entry_id: int | None


def my_courses(session: Session, person_id: int, at: datetime) -> MyCourses:
    """Everything the person takes or took part in. Four queries and those of the runs."""
    rows = session.execute(
        sa.select(Enrolment, ShareableNeed.uid, ShareableNeed.words)
        .outerjoin(ShareableNeed, ShareableNeed.enrolment_id == Enrolment.id)
        .where(Enrolment.person_id == person_id, Enrolment.state.in_(SHOWN))
        .order_by(Enrolment.id)
    ).all()
    runs = runs_by_ids(session, {enrolment.run_id for enrolment, *_ in rows})
    marks: dict[int, dict[int, Mark]] = {enrolment.id: {} for enrolment, *_ in rows}
    for enrolment_id, session_id, mark in session.execute(
        sa.select(
            AttendanceMark.enrolment_id, AttendanceMark.session_id, AttendanceMark.mark
        ).where(AttendanceMark.enrolment_id.in_(marks))
    ):
        marks[enrolment_id][session_id] = mark
    places = [
        _my_place(enrolment, runs[enrolment.run_id], marks[enrolment.id], uid, words)
        for enrolment, uid, words in rows
        if enrolment.run_id in runs
    ]
    nexts = {place.enrolment_id: _next_start(place, at) for place in places}
    coming = [place for place in places if nexts[place.enrolment_id] is not None]
    past = [place for place in places if nexts[place.enrolment_id] is None]
    return MyCourses(
        coming=tuple(sorted(coming, key=lambda place: nexts[place.enrolment_id] or at)),
        past=tuple(sorted(past, key=_last_end, reverse=True)),
    )


def my_place(session: Session, person_id: int, enrolment_id: int) -> MyPlace | None:
    """One place, if it is this person's, or was made by them for somebody."""
    row = session.execute(
        sa.select(Enrolment, ShareableNeed.uid, ShareableNeed.words)
        .outerjoin(ShareableNeed, ShareableNeed.enrolment_id == Enrolment.id)
        .where(
            Enrolment.id == enrolment_id,
            sa.or_(Enrolment.person_id == person_id, Enrolment.made_by_id == person_id),
        )
    ).one_or_none()
    run = run_by_id(session, row.Enrolment.run_id) if row else None
    if row is None or run is None:
        return None
    marks = session.execute(
        sa.select(AttendanceMark.session_id, AttendanceMark.mark).where(
            AttendanceMark.enrolment_id == enrolment_id
        )
    )
    return _my_place(row.Enrolment, run, dict(marks.all()), row.uid, row.words)


def companions(session: Session, enrolment_id: int) -> Sequence[Companion]:
    """Who comes together with a place, itself left out. One query."""
    own = aliased(PartyMember)
    rows = session.execute(
        sa.select(Enrolment.id, Enrolment.person_id, Enrolment.guest_name, PartyMember.role)
        .join(PartyMember, PartyMember.enrolment_id == Enrolment.id)
        .join(own, own.party_id == PartyMember.party_id)
        .where(
            own.enrolment_id == enrolment_id,
            Enrolment.id != enrolment_id,
            Enrolment.state.in_(SHOWN),
        )
        .order_by(Enrolment.id)
    )
    return [Companion(*row) for row in rows]


def expectations(
    session: Session, run_id: int, person_id: int | None, at: datetime
) -> Expectations | None:
    """A public run as somebody who thinks of coming needs it; None when it is not public."""
    run = run_by_id(session, run_id)
    if run is None:
        return None
    own_place = sa.select(Enrolment.id).where(
        Enrolment.run_id == run_id,
        Enrolment.person_id == person_id,
        Enrolment.state == EnrolmentState.ENROLLED,
    )
    live = sa.and_(WaitEntry.run_id == run_id, WaitEntry.state.in_(LIVE))
    own_entry = sa.select(WaitEntry.id).where(live, WaitEntry.person_id == person_id)
    waiting = sa.select(sa.func.count()).where(live)
    row = session.execute(
        sa.select(
            waiting.scalar_subquery(), own_place.scalar_subquery(), own_entry.scalar_subquery()
        )
    ).one()
    opening = run.opening_after(at)
    return Expectations(
        run=run,
        takes_people=opening is not None and run.state.value in ("open", "running"),
        next_session=opening.number if opening is not None else None,
        waiting=row[0],
        enrolment_id=row[1],
        entry_id=row[2],
    )


def interests(session: Session, person_id: int) -> Sequence[int]:
    """Ids of the courses whose next dates the person wants to hear of."""
    return session.scalars(
        sa.select(Interest.course_id).where(Interest.person_id == person_id).order_by(Interest.id)
    ).all()


def _my_place(
    enrolment: Enrolment,
    run: RunInfo,
    marks: dict[int, Mark],
    uid: str | None,
    words: bytes | None,
) -> MyPlace:
    return MyPlace(
        enrolment_id=enrolment.id,
        run=run,
        role=enrolment.role,
        mode=enrolment.mode,
        state=enrolment.state,
        from_at=enrolment.from_at,
        marks=marks,
        sealed=(uid, words) if uid and words else None,
    )


def _next_start(place: MyPlace, at: datetime) -> datetime | None:
    if place.state is not EnrolmentState.ENROLLED:
        return None
    return min(
        (one.starts_at for one in place.run.meetings if not one.cancelled and one.ends_at > at),
        default=None,
    )


def _last_end(place: MyPlace) -> tuple[float, int]:
    ends = [one.ends_at.timestamp() for one in place.run.meetings]
    return max(ends, default=0.0), place.enrolment_id
