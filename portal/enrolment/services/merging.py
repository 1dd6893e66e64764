"""Two records of one person become one: one body, one seat, one place in each list."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.enrolment.models import (
    AttendanceMark,
    CalendarFeed,
    Enrolment,
    EnrolmentState,
    Interest,
    KeepApart,
    MarkChange,
    PartyMember,
    Role,
    Seat,
    ShareableNeed,
    Visitor,
    WaitBody,
    WaitEntry,
    WaitState,
)
from portal.enrolment.services import agreements, blocks, handing, pauses, seating
from portal.enrolment.services.ledger import Ledger
from portal.enrolment.services.seats import leaving
from portal.plugin_api import SYSTEM


def merge_room(session: Session, kept_id: int, gone_id: int) -> None:
    """Give everything of `gone_id` in this room to `kept_id`, and what came while that was being done."""
    merge_people(session, kept_id, gone_id, at=clock.now())
    # By now nobody else gives either of them anything before the commit. What came while the tables were gone
    # through is half given, or not at all.
    merge_people(session, kept_id, gone_id, at=clock.now())


def merge_people(session: Session, kept_id: int, gone_id: int, *, at: datetime) -> None:
    """Give everything of `gone_id` in this room to `kept_id`. Safe to run twice.

    Where both have a place on one run, the kept record's stays (and is a student's, if either was) and
    the other's seat is handed on. Where both wait, the longer wait counts.
    """
    for run_id in _runs_of_both(session, kept_id, gone_id):
        ledger = handing.opened(session, run_id, at)
        _merge_places(ledger, kept_id, gone_id)
        _merge_waits(ledger, kept_id, gone_id)
        handing.freed(ledger)
        handing.close(ledger)
    for column in (
        Enrolment.person_id,
        Enrolment.made_by_id,
        WaitEntry.person_id,
        WaitEntry.made_by_id,
        WaitBody.person_id,
        Seat.person_id,
        AttendanceMark.by_id,
        MarkChange.by_id,
        Visitor.by_id,
        CalendarFeed.person_id,
        KeepApart.by_id,
    ):
        session.execute(
            sa.update(column.class_).where(column == gone_id).values({column.key: kept_id})
        )
    agreements.merge(session, kept_id, gone_id)
    blocks.merge(session, kept_id, gone_id, at=at)
    pauses.merge(session, kept_id, gone_id, at=at)
    _merge_visits(session, kept_id, gone_id)
    _merge_interests(session, kept_id, gone_id)
    _merge_pairs(session, kept_id, gone_id)
    session.flush()
    session.expire_all()


def _runs_of_both(session: Session, kept_id: int, gone_id: int) -> list[int]:
    """Runs in which either has something live, by id: the order in which they are locked."""
    people = (kept_id, gone_id)
    waits = (
        sa.select(WaitEntry.run_id)
        .join(WaitBody, WaitBody.entry_id == WaitEntry.id)
        .where(
            WaitEntry.state.in_((WaitState.WAITING, WaitState.OFFERED)),
            WaitBody.person_id.in_(people),
        )
    )
    places = sa.select(Seat.run_id).where(Seat.person_id.in_(people))
    return sorted(session.scalars(sa.union(places, waits)))


def _merge_places(ledger: Ledger, kept_id: int, gone_id: int) -> None:
    session = ledger.session
    kept, gone = (_enrolment(ledger, person_id) for person_id in (kept_id, gone_id))
    if kept is None or gone is None:
        return
    if Role.STUDENT in (kept.role, gone.role):
        kept.role = Role.STUDENT
    kept.from_at = min(kept.from_at, gone.from_at)
    own = sa.select(PartyMember.party_id).where(PartyMember.enrolment_id == kept.id)
    theirs = sa.select(PartyMember.party_id).where(
        PartyMember.enrolment_id == gone.id, PartyMember.role == Role.STUDENT
    )
    # They brought themselves: whoever else came only with them still does.
    session.execute(
        sa.update(PartyMember)
        .where(PartyMember.enrolment_id == kept.id, PartyMember.party_id.in_(theirs))
        .values(role=Role.STUDENT)
    )
    session.execute(
        sa.update(PartyMember)
        .where(PartyMember.enrolment_id == gone.id, PartyMember.party_id.not_in(own))
        .values(enrolment_id=kept.id)
    )
    marked = sa.select(AttendanceMark.session_id).where(AttendanceMark.enrolment_id == kept.id)
    session.execute(
        sa.update(AttendanceMark)
        .where(AttendanceMark.enrolment_id == gone.id, AttendanceMark.session_id.not_in(marked))
        .values(enrolment_id=kept.id)
    )
    if not session.scalar(sa.select(ShareableNeed.id).where(ShareableNeed.enrolment_id == kept.id)):
        session.execute(
            sa.update(ShareableNeed)
            .where(ShareableNeed.enrolment_id == gone.id)
            .values(enrolment_id=kept.id)
        )
    seating.release(ledger, SYSTEM, gone, EnrolmentState.RELEASED, "merged")


def _merge_waits(ledger: Ledger, kept_id: int, gone_id: int) -> None:
    """One wait: none where there is a place, else the longer one. Nobody stands twice in one party."""
    if _enrolment(ledger, kept_id) or _enrolment(ledger, gone_id):
        for person_id in (kept_id, gone_id):
            for line in ledger.lines_of(person_id):
                if len(line.bodies) == 1:
                    leaving.leave(ledger, line, "merged")
    both = sorted(
        [*ledger.lines_of(kept_id), *ledger.lines_of(gone_id)], key=lambda line: line.entry.id
    )
    for later in both[1:]:
        leaving.leave(ledger, later, "merged")
    for line in list(ledger.lines):
        if {kept_id, gone_id} <= line.people:
            twin = kept_id if line.entry.person_id == gone_id else gone_id
            leaving.drop_body(ledger, line, twin)
    kept_seat, gone_seat = ledger.seat_of(kept_id), ledger.seat_of(gone_id)
    if kept_seat is not None and gone_seat is not None:
        # What is left of two is one offered in somebody else's party: one body needs one seat.
        ledger.unseat(gone_seat if gone_seat.wait_body_id is not None else kept_seat)


def _enrolment(ledger: Ledger, person_id: int) -> Enrolment | None:
    seat = ledger.seat_of(person_id)
    if seat is None or seat.enrolment_id is None:
        return None
    return ledger.session.get_one(Enrolment, seat.enrolment_id)


def _merge_visits(session: Session, kept_id: int, gone_id: int) -> None:
    own = sa.select(Visitor.session_id).where(Visitor.person_id == kept_id)
    session.execute(
        sa.update(Visitor)
        .where(Visitor.person_id == gone_id, Visitor.session_id.not_in(own))
        .values(person_id=kept_id)
    )
    session.execute(sa.delete(Visitor).where(Visitor.person_id == gone_id))


def _merge_interests(session: Session, kept_id: int, gone_id: int) -> None:
    own = sa.select(Interest.course_id).where(Interest.person_id == kept_id)
    session.execute(
        sa.update(Interest)
        .where(Interest.person_id == gone_id, Interest.course_id.not_in(own))
        .values(person_id=kept_id)
    )
    session.execute(sa.delete(Interest).where(Interest.person_id == gone_id))


def _merge_pairs(session: Session, kept_id: int, gone_id: int) -> None:
    """Whoever was kept apart from the one record is kept apart from the other."""
    pairs = session.scalars(
        sa.select(KeepApart).where(
            sa.or_(KeepApart.one_id == gone_id, KeepApart.other_id == gone_id)
        )
    ).all()
    for pair in pairs:
        other = pair.other_id if pair.one_id == gone_id else pair.one_id
        first, second = sorted((kept_id, other))
        known = sa.select(KeepApart.id).where(
            KeepApart.one_id == first, KeepApart.other_id == second
        )
        if other == kept_id or session.scalar(known) is not None:
            session.delete(pair)
        else:
            pair.one_id, pair.other_id = first, second
        session.flush()
