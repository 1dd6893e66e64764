"""From a body to an enrolment: who gets a place, who joins whose party, who leaves with whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from portal.audit.api import record
from portal.enrolment.models import (
    Enrolment,
    EnrolmentState,
    How,
    Offer,
    OfferState,
    Party,
    PartyMember,
    Role,
    WaitBody,
    WaitState,
)
from portal.enrolment.services import telling
from portal.enrolment.services.ledger import Ledger, Line
from portal.enrolment.services.outcomes import Body
from portal.plugin_api import SYSTEM, Actor, publish
from portal.plugin_api.events import PlaceFreed, PlaceTaken


def enrol(
    ledger: Ledger,
    actor: Actor,
    bodies: Sequence[Body | WaitBody],
    *,
    how: How,
    reason: str = "",
    made_by_id: int | None,
) -> list[int]:
    """Make these bodies' places, those they have already included, in the order given; one party.

    Whoever is enrolled as a supporter and now comes as a student keeps the seat: one body.
    The caller has made sure that they fit. Returns the enrolments' ids.
    """
    places = [_place(ledger, actor, body, how, reason, made_by_id) for body in bodies]
    if len(places) > 1:
        _join(ledger, places, bodies)
    ledger.flush()
    return places


def take_line(
    ledger: Ledger, line: Line, actor: Actor = SYSTEM, offer: Offer | None = None
) -> list[int]:
    """A waiting line becomes enrolments, in the seats that its offer holds; their ids."""
    if offer is not None:
        offer.state, offer.settled_at = OfferState.ACCEPTED, ledger.at
    places = enrol(ledger, actor, line.bodies, how=line.entry.how, made_by_id=line.entry.made_by_id)
    line.offer = None
    ledger.end_line(line, WaitState.ACCEPTED)
    return places


def companions(ledger: Ledger, leaving: Enrolment) -> list[Enrolment]:
    """Who came only with this student: their supporters and buddies without another student here."""
    session = ledger.session
    parties = sa.select(PartyMember.party_id).where(
        PartyMember.enrolment_id == leaving.id, PartyMember.role == Role.STUDENT
    )
    others = session.scalars(
        sa.select(Enrolment)
        .join(PartyMember, PartyMember.enrolment_id == Enrolment.id)
        .where(
            PartyMember.party_id.in_(parties),
            PartyMember.role != Role.STUDENT,
            Enrolment.role != Role.STUDENT,
            Enrolment.state == EnrolmentState.ENROLLED,
            Enrolment.id != leaving.id,
        )
        .distinct()
        .order_by(Enrolment.id)
    ).all()
    return [one for one in others if not _supports_another(ledger, one, leaving)]


def release(
    ledger: Ledger, actor: Actor, enrolment: Enrolment, state: EnrolmentState, why: str
) -> None:
    """End one place, record it, and tell whoever listens."""
    ledger.end_enrolment(enrolment, state, why)
    record(
        ledger.session,
        actor,
        f"enrolment:place:{state.value}",
        ("enrolment", enrolment.id),
        details={"why": why},
    )
    publish(ledger.session, PlaceFreed(run_id=ledger.run.id, enrolment_id=enrolment.id))


def joins_from(ledger: Ledger, how: How) -> datetime:
    """From when sessions are theirs who get a place now: for a walk-in, from when the one that is on began.

    The instant, and not the session that is next: that one may still be moved, either way.
    """
    begun = [
        one.starts_at for one in ledger.run.sessions if one.starts_at <= ledger.at < one.ends_at
    ]
    later = any(one.starts_at > ledger.at for one in ledger.run.sessions)
    return min(begun, default=ledger.at) if how is How.WALK_IN or not later else ledger.at


def _place(
    ledger: Ledger,
    actor: Actor,
    body: Body | WaitBody,
    how: How,
    reason: str,
    made_by_id: int | None,
) -> int:
    session = ledger.session
    body_id = body.id if isinstance(body, WaitBody) else None
    seat = ledger.seat_of(body.person_id) or next(
        (one for one in ledger.seats if body_id is not None and one.wait_body_id == body_id), None
    )
    if seat is not None and seat.enrolment_id is not None:
        if body.role is Role.STUDENT:
            session.get_one(Enrolment, seat.enrolment_id).role = Role.STUDENT
        return seat.enrolment_id
    enrolment_id = ledger.insert(
        Enrolment,
        run_id=ledger.run.id,
        person_id=body.person_id,
        guest_name=body.guest_name,
        role=body.role,
        mode=body.mode,
        state=EnrolmentState.ENROLLED,
        from_at=joins_from(ledger, how),
        how=how,
        made_by_id=made_by_id,
        created_at=ledger.at,
    )
    if seat is None:
        ledger.seat(body.mode, body.person_id, enrolment_id=enrolment_id, body_id=None)
    else:
        ledger.enrol_seat(seat, enrolment_id)
    record(session, actor, "enrolment:place:taken", ("enrolment", enrolment_id), reason=reason)
    publish(session, PlaceTaken(run_id=ledger.run.id, enrolment_id=enrolment_id))
    if body.role is Role.STUDENT:  # who comes along is told so, by joining the party
        telling.place_taken(session, body.person_id, enrolment_id, ledger.run.id)
    return enrolment_id


def _join(ledger: Ledger, ids: Sequence[int], bodies: Iterable[Body | WaitBody]) -> None:
    """Put places into one party: the first student's own, where there is one."""
    session = ledger.session
    party_id = session.scalar(
        sa.select(PartyMember.party_id)
        .where(PartyMember.enrolment_id == ids[0], PartyMember.role == Role.STUDENT)
        .order_by(PartyMember.party_id)
        .limit(1)
    )
    if party_id is None:
        party = Party(run_id=ledger.run.id, created_at=ledger.at)
        session.add(party)
        session.flush()
        party_id = party.id
    there = set(
        session.scalars(sa.select(PartyMember.enrolment_id).where(PartyMember.party_id == party_id))
    )
    for enrolment_id, body in zip(ids, bodies, strict=True):
        if enrolment_id not in there:
            session.add(PartyMember(party_id=party_id, enrolment_id=enrolment_id, role=body.role))
            if body.role is not Role.STUDENT:
                telling.comes_along(session, body.person_id, enrolment_id, party_id, ledger.run.id)


def _supports_another(ledger: Ledger, supporter: Enrolment, leaving: Enrolment) -> bool:
    """True when another student with a place comes with this supporter."""
    mine = sa.select(PartyMember.party_id).where(PartyMember.enrolment_id == supporter.id)
    found = ledger.session.scalar(
        sa.select(Enrolment.id)
        .join(PartyMember, PartyMember.enrolment_id == Enrolment.id)
        .where(
            PartyMember.party_id.in_(mine),
            PartyMember.role == Role.STUDENT,
            Enrolment.state == EnrolmentState.ENROLLED,
            Enrolment.id != leaving.id,
            Enrolment.id != supporter.id,
        )
        .limit(1)
    )
    return found is not None
