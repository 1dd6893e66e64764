"""What a page about asking for a place must know of whoever asks: where they stand, and for whom they act."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.api import mode_of_public_run
from portal.db import table_of
from portal.enrolment.models import (
    Agreement,
    Company,
    Enrolment,
    EnrolmentState,
    How,
    Interest,
    Offer,
    OfferState,
    PlaceDraft,
    Role,
    TakesPart,
    WaitEntry,
)
from portal.enrolment.queries.needs import drafted_words
from portal.enrolment.queries.waiting import LIVE


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody has written to ask for a place. `run_mode` is how people take part in the run at all;
    None when no public run is there. What was not answered yet is None.
    """

    run_id: int
    person_id: int | None
    mode: TakesPart | None
    needs: str | None
    company: Company | None
    role: Role | None
    companion_id: int | None
    guest_name: str
    run_mode: StrEnum | None


# Asked for every booking, so put together once.
_DRAFT = table_of(PlaceDraft)
_WRITTEN = sa.select(
    _DRAFT.c.uid,
    _DRAFT.c.run_id,
    _DRAFT.c.person_id,
    _DRAFT.c.mode,
    _DRAFT.c.needs,
    _DRAFT.c.company,
    _DRAFT.c.role,
    _DRAFT.c.companion_id,
    _DRAFT.c.guest_name,
    mode_of_public_run(_DRAFT.c.run_id),
).where(_DRAFT.c.by_id == sa.bindparam("writer"), _DRAFT.c.run_id == sa.bindparam("run"))


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody has on a run: a place, an offer, or a wait."""

    enrolment_id: int | None = None
    entry_id: int | None = None
    offer_id: int | None = None


@dataclass(frozen=True, slots=True)
class OfferFound:
    """An offer, live or over, and whose it is. `expires_at` is UTC."""

    id: int
    run_id: int
    entry_id: int
    person_id: int
    state: OfferState
    expires_at: datetime
    contacted: bool
    tries: int

    def is_live(self, at: datetime) -> bool:
        """True while it can be answered."""
        return self.state is OfferState.LIVE and self.expires_at > at


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """Somebody agreed that somebody else acts for them."""

    id: int
    person_id: int
    acting_id: int
    how: How
    agreed_on: date


def standings(
    session: Session, person_id: int, run_ids: Collection[int], at: datetime
) -> dict[int, Standing]:
    """What a person has on these runs; runs with nothing are left out. One query."""
    nothing = sa.literal(None, sa.Integer)
    live_offer = (
        sa.select(Offer.id)
        .where(
            Offer.entry_id == WaitEntry.id,
            Offer.state == OfferState.LIVE,
            Offer.expires_at > at,
        )
        .scalar_subquery()
    )
    rows = session.execute(
        sa.union_all(
            sa.select(Enrolment.run_id, Enrolment.id, nothing, nothing).where(
                Enrolment.person_id == person_id,
                Enrolment.run_id.in_(run_ids),
                Enrolment.state == EnrolmentState.ENROLLED,
            ),
            sa.select(WaitEntry.run_id, nothing, WaitEntry.id, live_offer).where(
                WaitEntry.person_id == person_id,
                WaitEntry.run_id.in_(run_ids),
                WaitEntry.state.in_(LIVE),
            ),
        )
    )
    found: dict[int, Standing] = {}
    for run_id, enrolment_id, entry_id, offer_id in rows:
        before = found.get(run_id, Standing())
        found[run_id] = Standing(
            before.enrolment_id or enrolment_id,
            before.entry_id or entry_id,
            before.offer_id or offer_id,
        )
    return found


def is_interested(session: Session, person_id: int, course_id: int) -> bool:
    """Whether they asked to be told when the course has dates."""
    found = session.scalar(
        sa.select(Interest.id).where(
            Interest.person_id == person_id, Interest.course_id == course_id
        )
    )
    return found is not None


def draft_of(session: Session, by_id: int, run_id: int) -> PlaceDraft | None:
    """What they have written so far to ask for a place on a run."""
    return session.scalar(
        sa.select(PlaceDraft).where(PlaceDraft.by_id == by_id, PlaceDraft.run_id == run_id)
    )


def written(session: Session, by_id: int, run_id: int) -> Written | None:
    """The same as plain values, with how people take part in the run. One small query."""
    row = session.execute(_WRITTEN, {"writer": by_id, "run": run_id}).one_or_none()
    if row is None:
        return None
    uid, *answers = row
    found = Written(*answers)
    return replace(found, needs=drafted_words(session, uid, row.needs))


def acts_for(session: Session, person_id: int) -> Sequence[int]:
    """Ids of the people who agreed that this person acts for them."""
    return session.scalars(
        sa.select(Agreement.person_id)
        .where(Agreement.acting_id == person_id, Agreement.ended_at.is_(None))
        .order_by(Agreement.id)
    ).all()


def agreements_with(session: Session, person_id: int) -> Sequence[AgreementLine]:
    """Every agreement that stands in which the person has a part."""
    rows = session.execute(
        sa.select(
            Agreement.id,
            Agreement.person_id,
            Agreement.acting_id,
            Agreement.how,
            Agreement.agreed_on,
        )
        .where(
            sa.or_(Agreement.person_id == person_id, Agreement.acting_id == person_id),
            Agreement.acting_id.is_not(None),
            Agreement.ended_at.is_(None),
        )
        .order_by(Agreement.id)
    )
    return [
        AgreementLine(row.id, row.person_id, row.acting_id or 0, row.how, row.agreed_on)
        for row in rows
    ]


def owner_of_place(session: Session, enrolment_id: int) -> int | None:
    """Whose place it is; None for a guest's, or none at all."""
    return session.scalar(sa.select(Enrolment.person_id).where(Enrolment.id == enrolment_id))


def owner_of_wait(session: Session, entry_id: int) -> int | None:
    """Whose wait it is."""
    return session.scalar(sa.select(WaitEntry.person_id).where(WaitEntry.id == entry_id))


def offer_found(session: Session, offer_id: int) -> OfferFound | None:
    """An offer in whatever state, unless its person is gone."""
    row = session.execute(
        sa.select(Offer, WaitEntry.person_id)
        .join(WaitEntry, WaitEntry.id == Offer.entry_id)
        .where(Offer.id == offer_id, WaitEntry.person_id.is_not(None))
    ).one_or_none()
    if row is None:
        return None
    offer, person_id = row
    return OfferFound(
        id=offer.id,
        run_id=offer.run_id,
        entry_id=offer.entry_id,
        person_id=person_id or 0,
        state=offer.state,
        expires_at=offer.expires_at,
        contacted=offer.clock_starts_at is not None,
        tries=offer.tries,
    )
