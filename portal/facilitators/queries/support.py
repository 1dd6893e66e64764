"""Times for support, when the next is due, and whose supporter somebody is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.facilitators.models import (
    Adjustment,
    Facilitator,
    SlotState,
    Stage,
    SupportKind,
    SupportSlot,
)
from portal.facilitators.queries.pool import planned_between
from portal.vault import unseal

MOST_SHOWN = 100
REPEATED = (SupportKind.SUPERVISION, SupportKind.REFLECTION)
SUPPORTED = (Stage.SHADOWING, Stage.ACTIVE)  # whoever rests or is not there yet is not waited for


@dataclass(frozen=True, slots=True)
class Due:
    """By when somebody should have the next time of a kind. `planned_at` is when it is; None: not yet named.

    `last_on` is the day of the last one; None when there was none.
    """

    person_id: int
    kind: SupportKind
    due: date
    last_on: date | None
    planned_at: datetime | None


def slots_of(session: Session, person_id: int) -> Sequence[SupportSlot]:
    """Somebody's times, the latest first. One query."""
    return session.scalars(
        sa.select(SupportSlot)
        .where(SupportSlot.person_id == person_id)
        .order_by(SupportSlot.starts_at.desc(), SupportSlot.id.desc())
        .limit(MOST_SHOWN)
    ).all()


def slot_of(session: Session, person_id: int, slot_id: int) -> SupportSlot | None:
    """One time, when it is this person's."""
    return session.scalar(
        sa.select(SupportSlot).where(SupportSlot.id == slot_id, SupportSlot.person_id == person_id)
    )


def due_for(
    session: Session,
    weeks: Mapping[SupportKind, int],
    *,
    at: datetime,
    zone: str,
    person_id: int | None = None,
) -> list[Due]:
    """When the next supervision and reflection are due: of everybody who leads or shadows, or of one of them;
    the soonest first. Counted from the last one, else from when they began. Two queries.
    """
    people = sa.select(Facilitator.person_id, Facilitator.since).where(
        Facilitator.stage.in_(SUPPORTED)
    )
    if person_id is not None:
        people = people.where(Facilitator.person_id == person_id)
    begun = dict(session.execute(people).all())
    last, planned = _last_and_next(session, begun, at)
    found = []
    for one, since in begun.items():
        for kind in REPEATED:
            if not weeks[kind]:
                continue
            held = last.get((one, kind))
            day = clock.local_date(held or since, zone) + timedelta(weeks=weeks[kind])
            held_on = clock.local_date(held, zone) if held else None
            found.append(Due(one, kind, day, held_on, planned.get((one, kind))))
    return sorted(found, key=lambda due: (due.due, due.person_id))


def _last_and_next(
    session: Session, people: Collection[int], at: datetime
) -> tuple[dict[tuple[int, SupportKind], datetime], dict[tuple[int, SupportKind], datetime]]:
    rows = session.execute(
        sa.select(SupportSlot.person_id, SupportSlot.kind, SupportSlot.state, SupportSlot.starts_at)
        .where(
            SupportSlot.person_id.in_(people),
            SupportSlot.kind.in_(REPEATED),
            SupportSlot.state != SlotState.CANCELLED,
        )
        .order_by(SupportSlot.starts_at)
    )
    last: dict[tuple[int, SupportKind], datetime] = {}
    planned: dict[tuple[int, SupportKind], datetime] = {}
    for person_id, kind, state, starts_at in rows:
        if state is SlotState.HELD:
            last[person_id, kind] = starts_at
        elif starts_at >= at:
            planned.setdefault((person_id, kind), starts_at)
    return last, planned


def planned_slots(
    session: Session, person_id: int, start: datetime, end: datetime
) -> Sequence[SupportSlot]:
    """Times that are on in [start, end), somebody's own and those that they hold for others. One query."""
    found = session.scalars(
        sa.select(SupportSlot)
        .where(
            sa.or_(SupportSlot.person_id == person_id, SupportSlot.with_id == person_id),
            *planned_between(start, end),
        )
        .order_by(SupportSlot.starts_at, SupportSlot.id)
    )
    return [one for one in found if one.starts_at + timedelta(minutes=one.minutes) > start]


def held_slots(session: Session, person_id: int) -> Sequence[SupportSlot]:
    """The times of somebody that took place. One query."""
    return session.scalars(
        sa.select(SupportSlot)
        .where(SupportSlot.person_id == person_id, SupportSlot.state == SlotState.HELD)
        .order_by(SupportSlot.starts_at)
    ).all()


def supporter_of(session: Session, person_id: int) -> int | None:
    """Whom somebody named as their supporter; None when they named nobody."""
    return session.scalar(
        sa.select(Adjustment.supporter_id).where(Adjustment.person_id == person_id)
    )


def supported_by(session: Session, supporter_id: int) -> Sequence[int]:
    """Who named somebody as their supporter."""
    return session.scalars(
        sa.select(Adjustment.person_id)
        .where(Adjustment.supporter_id == supporter_id)
        .order_by(Adjustment.person_id)
    ).all()


def adjustment_words(session: Session, person_id: int) -> str:
    """What somebody wrote for their supporter; empty when nothing. Whoever shows it has asked who reads it.

    Raises:
        VaultError: it does not open.
    """
    row = session.get(Adjustment, person_id)
    return unseal(session, Adjustment.words, person_id, row.words) if row else ""
