"""From a body to an enrolment: who gets a place, who joins whose party, who leaves with whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
) -> list[Enrolment]:
    """Make these bodies' places, those they have already included, in the order given; one party.

    Whoever is enrolled as a supporter and now comes as a student keeps the seat: one body.
    The caller has made sure that they fit.
    """
    enrolments = [_place(ledger, actor, body, how, reason, made_by_id) for body in bodies]
    if len(enrolments) > 1:
        _join(ledger, enrolments, [body.role for body in bodies])
    ledger.flush()
    return enrolments


def take_line(
    ledger: Ledger, line: Line, actor: Actor = SYSTEM, offer: Offer | None = None
) -> list[Enrolment]:
    """A waiting line becomes enrolments, in the seats that its offer holds."""
    if offer is not None:
        offer.state, offer.settled_at = OfferState.ACCEPTED, ledger.at
    enrolments = enrol(
        ledger, actor, line.bodies, how=line.entry.how, made_by_id=line.entry.made_by_id
    )
    line.offer = None
    ledger.end_line(line, WaitState.ACCEPTED)
    return enrolments


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


def first_number(ledger: Ledger, how: How) -> int:
    """The number of the first session a new place counts from: a walk-in's is the one that is on."""
    coming = [one for one in ledger.run.sessions if one.ends_at > ledger.at]
    later = [one for one in coming if one.starts_at > ledger.at]
    chosen = coming if how is How.WALK_IN or not later else later
    return chosen[0].number


def _place(
    ledger: Ledger,
    actor: Actor,
    body: Body | WaitBody,
    how: How,
    reason: str,
    made_by_id: int | None,
) -> Enrolment:
    session = ledger.session
    body_id = body.id if isinstance(body, WaitBody) else None
    seat = ledger.seat_of(body.person_id) or next(
        (one for one in ledger.seats if body_id is not None and one.wait_body_id == body_id), None
    )
    if seat is not None and seat.enrolment_id is not None:
        enrolment = session.get_one(Enrolment, seat.enrolment_id)
        if body.role is Role.STUDENT:
            enrolment.role = Role.STUDENT
        return enrolment
    enrolment = Enrolment(
        run_id=ledger.run.id,
        person_id=body.person_id,
        guest_name=body.guest_name,
        role=body.role,
        mode=body.mode,
        state=EnrolmentState.ENROLLED,
        from_number=first_number(ledger, how),
        how=how,
        made_by_id=made_by_id,
        created_at=ledger.at,
    )
    session.add(enrolment)
    ledger.flush()
    if seat is None:
        ledger.seat(body.mode, body.person_id, enrolment_id=enrolment.id, body_id=None)
    else:
        seat.enrolment_id, seat.wait_body_id = enrolment.id, None
    record(session, actor, "enrolment:place:taken", ("enrolment", enrolment.id), reason=reason)
    publish(session, PlaceTaken(run_id=ledger.run.id, enrolment_id=enrolment.id))
    if body.role is Role.STUDENT:  # who comes along is told so, by joining the party
        telling.place_taken(session, enrolment)
    return enrolment


def _join(ledger: Ledger, enrolments: Sequence[Enrolment], roles: Iterable[Role]) -> None:
    """Put places into one party: the first student's own, where there is one."""
    session = ledger.session
    ids = [enrolment.id for enrolment in enrolments]
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
    for enrolment, role in zip(enrolments, roles, strict=True):
        if enrolment.id not in there:
            session.add(PartyMember(party_id=party_id, enrolment_id=enrolment.id, role=role))
            if role is not Role.STUDENT:
                telling.comes_along(session, enrolment, party_id)


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
