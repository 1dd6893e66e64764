"""The waiting list as somebody in it may see it: their place, and honest odds from runs that are over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.enrolment.models import (
    Offer,
    OfferState,
    Role,
    TakesPart,
    WaitBody,
    WaitEntry,
    WaitState,
)

HANDFUL = 5  # fewer people than this say nothing about anybody's chances
LIVE = (WaitState.WAITING, WaitState.OFFERED)
BEGUN = "begun"  # why a wait ended: nobody new can begin any more


@dataclass(frozen=True, slots=True)
class Odds:
    """Of `asked` who began at the same place in a list, as many together, and stayed, `offered` were offered.

    `party` is how many they were together: two are offered places more seldom than one. `known` is False
    under a handful: then the honest word is "we can't tell yet".
    """

    offered: int
    asked: int
    party: int = 1

    @property
    def known(self) -> bool:
        """True when there is enough to go by."""
        return self.asked >= HANDFUL


@dataclass(frozen=True, slots=True)
class PlaceInList:
    """Somebody's wait. `position` 1 is the head; `answer_by` (UTC) is the end of an offer."""

    entry_id: int
    run_id: int
    person_id: int
    position: int
    joined_at: datetime
    party: int
    odds: Odds
    offer_id: int | None
    answer_by: datetime | None
    contacted: bool


@dataclass(frozen=True, slots=True)
class WaitingBody:
    """One body of a waiting party. `person_id` None: a guest by name."""

    person_id: int | None
    guest_name: str
    role: Role
    mode: TakesPart


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A line of the list as a coordinator sees it, in its order."""

    entry_id: int
    person_id: int | None
    state: WaitState
    bodies: tuple[WaitingBody, ...]
    joined_at: datetime
    skips: int
    hold_until: datetime | None
    offer_id: int | None
    answer_by: datetime | None
    contacted: bool
    tries: int


def place_in_list(session: Session, entry_id: int, at: datetime) -> PlaceInList | None:
    """Where somebody stands, and how it went for others; None when the wait is over. Three queries.

    An offer that is over at `at` is not shown, whether or not a job has noticed.
    """
    row = session.execute(_LIVE_ENTRY.where(WaitEntry.id == entry_id), {"at": at}).one_or_none()
    if row is None or row.WaitEntry.person_id is None:
        return None
    return _place(session, row)


def places_in_lists(session: Session, person_id: int, at: datetime) -> Sequence[PlaceInList]:
    """Every wait of a person, the longest first."""
    rows = session.execute(
        _LIVE_ENTRY.where(WaitEntry.person_id == person_id).order_by(WaitEntry.id), {"at": at}
    ).all()
    return [_place(session, row) for row in rows]


def begun_without(session: Session, entry_id: int) -> int | None:
    """The run that began without somebody who waited for it; None while a wait goes on."""
    return session.scalar(
        sa.select(WaitEntry.run_id).where(WaitEntry.id == entry_id, WaitEntry.ended_why == BEGUN)
    )


def live_offer(session: Session, entry_id: int) -> int | None:
    """The offer of a wait that nobody has answered or ended; None when there is none. One query."""
    return session.scalar(
        sa.select(Offer.id).where(Offer.entry_id == entry_id, Offer.state == OfferState.LIVE)
    )


def odds(session: Session, first_place: int, *, but_run_id: int, party: int = 1) -> Odds:
    """How it went for those who began at this place in other runs, as many together as `party`.

    Those are left out who left by themselves.
    """
    together = (
        sa.select(sa.func.count())
        .where(WaitBody.entry_id == WaitEntry.id)
        .correlate(WaitEntry)
        .scalar_subquery()
    )
    offered, asked = session.execute(
        sa.select(sa.func.count(WaitEntry.offered_at), sa.func.count()).where(
            WaitEntry.first_place == first_place,
            WaitEntry.run_id != but_run_id,
            WaitEntry.state.not_in(LIVE),
            together == party,
            sa.or_(WaitEntry.offered_at.is_not(None), WaitEntry.state == WaitState.EXPIRED),
        )
    ).one()
    return Odds(offered, asked, party)


def waiting_for_run(session: Session, run_id: int, at: datetime) -> Sequence[WaitingLine]:
    """Everybody who waits for a run, in order, those with an offer included. Two queries."""
    rows = session.execute(
        _LIVE_ENTRY.where(WaitEntry.run_id == run_id).order_by(WaitEntry.id), {"at": at}
    ).all()
    bodies: dict[int, list[WaitingBody]] = {row.WaitEntry.id: [] for row in rows}
    found = session.execute(
        sa.select(
            WaitBody.entry_id,
            WaitBody.person_id,
            WaitBody.guest_name,
            WaitBody.role,
            WaitBody.mode,
        )
        .where(WaitBody.entry_id.in_(bodies))
        .order_by(WaitBody.id)
    )
    for entry_id, person_id, guest_name, role, mode in found:
        bodies[entry_id].append(WaitingBody(person_id, guest_name, role, mode))
    return [
        WaitingLine(
            entry_id=entry.id,
            person_id=entry.person_id,
            state=entry.state,
            bodies=tuple(bodies[entry.id]),
            joined_at=entry.joined_at,
            skips=entry.skips,
            hold_until=entry.hold_until,
            offer_id=offer.id if offer else None,
            answer_by=offer.expires_at if offer else None,
            contacted=offer is not None and offer.clock_starts_at is not None,
            tries=offer.tries if offer else 0,
        )
        for entry, offer in rows
    ]


def runs_to_look_at(session: Session) -> Sequence[int]:
    """Ids of the runs for which somebody waits or has an offer, by id."""
    return session.scalars(
        sa.select(WaitEntry.run_id)
        .where(WaitEntry.state.in_(LIVE))
        .distinct()
        .order_by(WaitEntry.run_id)
    ).all()


_LIVE_ENTRY = (
    sa.select(WaitEntry, Offer)
    .outerjoin(
        Offer,
        sa.and_(
            Offer.entry_id == WaitEntry.id,
            Offer.state == OfferState.LIVE,
            Offer.expires_at > sa.bindparam("at", type_=Offer.__table__.c.expires_at.type),
        ),
    )
    .where(WaitEntry.state.in_(LIVE))
)


def _place(session: Session, row: sa.Row[WaitEntry, Offer | None]) -> PlaceInList:
    entry, offer = row
    ahead = session.scalar(
        sa.select(sa.func.count()).where(
            WaitEntry.run_id == entry.run_id,
            WaitEntry.state == WaitState.WAITING,
            WaitEntry.id < entry.id,
        )
    )
    bodies = sa.select(sa.func.count()).where(WaitBody.entry_id == entry.id)
    party = session.scalar(bodies) or 0
    position = 1 + (ahead or 0)
    return PlaceInList(
        entry_id=entry.id,
        run_id=entry.run_id,
        person_id=entry.person_id or 0,
        position=position,
        joined_at=entry.joined_at,
        party=party,
        odds=odds(session, position, but_run_id=entry.run_id, party=party),
        offer_id=offer.id if offer else None,
        answer_by=offer.expires_at if offer else None,
        contacted=offer is not None and offer.clock_starts_at is not None,
    )
