"""What this room keeps about people, why, and how it is given back or let go.

A place that was held is part of a course's record: erasing takes the person out of it and leaves a place
of nobody. A place to come is given up first, so that somebody else can have it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.enrolment.models import (
    AttendanceMark,
    CalendarFeed,
    Enrolment,
    Interest,
    KeepApart,
    Offer,
    Party,
    PartyMember,
    Seat,
    ShareableNeed,
    WaitBody,
    WaitEntry,
)
from portal.enrolment.queries.needs import shared_words
from portal.enrolment.services import wishes
from portal.enrolment.services.letting_go import let_go
from portal.enrolment.services.merging import merge_room
from portal.plugin_api import EraseMode, Erasure, Keeping, PrivacySource

Rows = Sequence[Mapping[str, Any]]
NOBODY = "–"  # stands where a name was; the same in every language
PLACES = _l("Contract: you asked for a place")


def plain_rows(session: Session, statement: sa.Executable) -> Rows:
    """What a statement finds, as values that can be written into a file."""
    return [
        {name: _plain(value) for name, value in row.items()}
        for row in session.execute(statement).mappings()
    ]


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _mine(person_id: int) -> sa.Select[int]:
    return sa.select(Enrolment.id).where(Enrolment.person_id == person_id)


def export_enrolments(session: Session, person_id: int) -> Rows:
    """Every place the person has or had."""
    columns = (
        Enrolment.run_id,
        Enrolment.role,
        Enrolment.mode,
        Enrolment.state,
        Enrolment.from_at,
        Enrolment.how,
        Enrolment.created_at,
        Enrolment.ended_at,
    )
    return plain_rows(
        session,
        sa.select(*columns).where(Enrolment.person_id == person_id).order_by(Enrolment.id),
    )


def erase_enrolments(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - others' records count on the place either way
    """Gives up what is to come; of what was, the place stays, of nobody."""
    let_go(session, person_id, at=clock.now())
    rows = session.scalars(sa.select(Enrolment).where(Enrolment.person_id == person_id)).all()
    for row in rows:
        row.person_id, row.guest_name = None, NOBODY
    session.flush()
    session.execute(
        sa.update(Enrolment).where(Enrolment.made_by_id == person_id).values(made_by_id=None)
    )
    return Erasure("enrolment", erased=len(rows))


def export_waiting(session: Session, person_id: int) -> Rows:
    """Every list the person is or was in."""
    columns = (
        WaitEntry.run_id,
        WaitEntry.state,
        WaitEntry.first_place,
        WaitEntry.joined_at,
        WaitEntry.offered_at,
        WaitEntry.ended_at,
    )
    return plain_rows(
        session,
        sa.select(*columns).where(WaitEntry.person_id == person_id).order_by(WaitEntry.id),
    )


def erase_waiting(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Leaves every list; the counts that honest odds are made of stay, without the person."""
    let_go(session, person_id, at=clock.now())
    rows = session.scalars(sa.select(WaitEntry).where(WaitEntry.person_id == person_id)).all()
    for row in rows:
        row.person_id = None
    session.flush()
    session.execute(
        sa.update(WaitEntry).where(WaitEntry.made_by_id == person_id).values(made_by_id=None)
    )
    return Erasure("wait_entry", erased=len(rows))


def export_bodies(session: Session, person_id: int) -> Rows:
    """The parties in which the person waited with others."""
    return plain_rows(
        session,
        sa.select(WaitEntry.run_id, WaitBody.role, WaitBody.mode)
        .join(WaitEntry, WaitEntry.id == WaitBody.entry_id)
        .where(WaitBody.person_id == person_id)
        .order_by(WaitBody.id),
    )


def erase_bodies(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Leaves the parties that still wait, and takes the name out of the others."""
    let_go(session, person_id, at=clock.now())
    changed = session.execute(
        sa.update(WaitBody)
        .where(WaitBody.person_id == person_id)
        .values(person_id=None, guest_name=NOBODY)
        .returning(WaitBody.id)
    )
    return Erasure("wait_body", erased=len(changed.all()))


def export_offers(session: Session, person_id: int) -> Rows:
    """The places that were offered to the person."""
    return plain_rows(
        session,
        sa.select(Offer.run_id, Offer.state, Offer.made_at, Offer.expires_at, Offer.settled_at)
        .join(WaitEntry, WaitEntry.id == Offer.entry_id)
        .where(WaitEntry.person_id == person_id)
        .order_by(Offer.id),
    )


def erase_offers(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001
    """An offer names nobody: it belongs to an entry of the list, which forgets the person."""
    return Erasure("offer")


def export_seats(session: Session, person_id: int) -> Rows:
    """The numbers that make sure that no place is given twice."""
    return plain_rows(
        session,
        sa.select(Seat.run_id, Seat.number, Seat.mode, Seat.place)
        .where(Seat.person_id == person_id)
        .order_by(Seat.id),
    )


def erase_seats(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001
    """Seats end with the places; whatever is left of a run that is over loses the person."""
    changed = session.execute(
        sa.update(Seat).where(Seat.person_id == person_id).values(person_id=None).returning(Seat.id)
    )
    return Erasure("seat", erased=len(changed.all()))


def export_parties(session: Session, person_id: int) -> Rows:
    """In which part the person came with others."""
    return plain_rows(
        session,
        sa.select(Party.run_id, PartyMember.role)
        .join(Party, Party.id == PartyMember.party_id)
        .where(PartyMember.enrolment_id.in_(_mine(person_id)))
        .order_by(PartyMember.party_id),
    )


def erase_parties(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001
    """A place that is nobody's came with another: that names no one."""
    return Erasure("party_member")


def export_interests(session: Session, person_id: int) -> Rows:
    """Courses whose next dates the person wants to hear of."""
    return plain_rows(
        session,
        sa.select(Interest.course_id, Interest.created_at)
        .where(Interest.person_id == person_id)
        .order_by(Interest.id),
    )


def erase_interests(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes them."""
    gone = session.execute(
        sa.delete(Interest).where(Interest.person_id == person_id).returning(Interest.id)
    )
    return Erasure("interest", erased=len(gone.all()))


def export_needs(session: Session, person_id: int) -> Rows:
    """What the person asked facilitators to know."""
    rows = session.execute(
        sa.select(
            Enrolment.run_id, ShareableNeed.uid, ShareableNeed.words, ShareableNeed.updated_at
        )
        .join(Enrolment, Enrolment.id == ShareableNeed.enrolment_id)
        .where(Enrolment.person_id == person_id)
        .order_by(ShareableNeed.id)
    )
    return [
        {
            "run_id": run_id,
            "words": shared_words(session, uid, words),
            "updated_at": updated_at.isoformat(),
        }
        for run_id, uid, words, updated_at in rows
    ]


def erase_needs(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes every word of it."""
    let_go(session, person_id, at=clock.now())
    gone = session.execute(
        sa.delete(ShareableNeed)
        .where(ShareableNeed.enrolment_id.in_(_mine(person_id)))
        .returning(ShareableNeed.id)
    )
    return Erasure("shareable_need", erased=len(gone.all()))


def export_marks(session: Session, person_id: int) -> Rows:
    """What the register says about the person."""
    return plain_rows(
        session,
        sa.select(AttendanceMark.session_id, AttendanceMark.mark, AttendanceMark.at)
        .where(AttendanceMark.enrolment_id.in_(_mine(person_id)))
        .order_by(AttendanceMark.id),
    )


def erase_marks(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """How many came stays true; who it was goes with the place. Who marked it is forgotten."""
    changed = session.execute(
        sa.update(AttendanceMark)
        .where(AttendanceMark.by_id == person_id)
        .values(by_id=None)
        .returning(AttendanceMark.id)
    )
    return Erasure("attendance_mark", erased=len(changed.all()))


def export_apart(session: Session, person_id: int) -> Rows:  # noqa: ARG001 - the contract's signature
    """Nothing: the other person is in it. It is looked at before it is given out: see `record_apart`."""
    return []


def record_apart(session: Session, person_id: int) -> Rows:
    """That there is somebody they do not share a group with, and since when; never who."""
    return plain_rows(
        session,
        sa.select(KeepApart.at)
        .where(sa.or_(KeepApart.one_id == person_id, KeepApart.other_id == person_id))
        .order_by(KeepApart.id),
    )


def erase_apart(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes the pairs, and forgets who wrote one down."""
    gone = session.execute(
        sa.delete(KeepApart)
        .where(sa.or_(KeepApart.one_id == person_id, KeepApart.other_id == person_id))
        .returning(KeepApart.id)
    ).all()
    session.execute(sa.update(KeepApart).where(KeepApart.by_id == person_id).values(by_id=None))
    return Erasure("keep_apart", erased=len(gone))


def export_feeds(session: Session, person_id: int) -> Rows:
    """When private calendar addresses were made and ended; never their keys."""
    return plain_rows(
        session,
        sa.select(CalendarFeed.created_at, CalendarFeed.revoked_at)
        .where(CalendarFeed.person_id == person_id)
        .order_by(CalendarFeed.id),
    )


def erase_feeds(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes them; the addresses lead nowhere."""
    gone = session.execute(
        sa.delete(CalendarFeed)
        .where(CalendarFeed.person_id == person_id)
        .returning(CalendarFeed.id)
    )
    return Erasure("calendar_feed", erased=len(gone.all()))


def _source(table: str, subject: str, **values: Any) -> PrivacySource:
    defaults = {"sensitivity": "confidential", "lawful_basis": PLACES}
    return PrivacySource(table=table, subject=subject, **{**defaults, **values})


RECORD = _l("As long as the college keeps the record of the course, without your name once erased")
SOURCES = (
    _source(
        "shareable_need",
        "enrolment_id",
        what=_l("What you asked those who lead to know"),
        purpose=_l("So that those who lead can make it work for you"),
        lawful_basis=_l("Consent: you write it, and can take it back"),
        sensitivity="special",
        retention=_l("Until 14 days after the course ends"),
        keeping=(
            Keeping(wishes.needs_of_what_is_over, wishes.forget_needs, days=wishes.NEEDS_KEPT.days),
        ),
        export=export_needs,
        erase=erase_needs,
    ),
    _source(
        "attendance_mark",
        "enrolment_id, by_id",
        what=_l("Whether you came to a session"),
        on_erasure="pseudonymise",
        purpose=_l("To know who came, and to ask kindly when somebody did not"),
        retention=RECORD,
        export=export_marks,
        erase=erase_marks,
        merge=merge_room,
    ),
    _source(
        "wait_body",
        "person_id",
        what=_l("Who you wait for a place with"),
        on_erasure="pseudonymise",
        purpose=_l("To know who comes together"),
        retention=RECORD,
        export=export_bodies,
        erase=erase_bodies,
        merge=merge_room,
    ),
    _source(
        "offer",
        "entry_id",
        what=_l("Places we kept for you, and your answers"),
        on_erasure="pseudonymise",
        purpose=_l("To keep a place for you until you answer"),
        retention=RECORD,
        export=export_offers,
        erase=erase_offers,
    ),
    _source(
        "wait_entry",
        "person_id, made_by_id",
        what=_l("The waiting lists you are in"),
        on_erasure="pseudonymise",
        purpose=_l("To offer places in the order in which people asked"),
        retention=RECORD,
        export=export_waiting,
        erase=erase_waiting,
        merge=merge_room,
    ),
    _source(
        "keep_apart",
        "one_id, other_id, by_id",
        what=_l("That two people must not be in one group"),
        purpose=_l("So that people who must not meet are not in one group"),
        lawful_basis=_l("Legitimate interests: keeping people safe"),
        sensitivity="special",
        retention=_l("Until it is no longer needed"),
        export=export_apart,
        record=record_apart,
        discreet=True,
        seen_by=_l("Very few people; we note who looked"),
        erase=erase_apart,
        merge=merge_room,
    ),
    _source(
        "interest",
        "person_id",
        what=_l("Courses you want to hear about"),
        purpose=_l("To tell you when a course has dates"),
        lawful_basis=_l("Consent: you asked to be told"),
        retention=_l("Until you are told, or take it back"),
        export=export_interests,
        erase=erase_interests,
        merge=merge_room,
    ),
    _source(
        "calendar_feed",
        "person_id",
        what=_l("Private addresses for your own calendar"),
        purpose=_l("To show your sessions in your own calendar"),
        retention=_l("Until you end it"),
        export=export_feeds,
        erase=erase_feeds,
        merge=merge_room,
    ),
    _source(
        "enrolment",
        "person_id, made_by_id",
        what=_l("Your places on courses"),
        on_erasure="pseudonymise",
        purpose=_l("To keep your place, and the record of what you took part in"),
        retention=RECORD,
        export=export_enrolments,
        erase=erase_enrolments,
        merge=merge_room,
    ),
    _source(
        "party_member",
        "enrolment_id",
        what=_l("Who you come to a course with"),
        on_erasure="pseudonymise",
        purpose=_l("So that people who come together stay together"),
        retention=RECORD,
        export=export_parties,
        erase=erase_parties,
    ),
    _source(
        "seat",
        "person_id",
        what=_l("The number of your place"),
        on_erasure="pseudonymise",
        purpose=_l("So that no place is given twice"),
        retention=_l("Until the course ends"),
        export=export_seats,
        erase=erase_seats,
        merge=merge_room,
    ),
)
