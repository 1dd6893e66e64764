"""What a claim was for: the activities that somebody takes part in, and the one that a claim names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Activity, Offer, Stage

MOST = 20  # choices on a page


@dataclass(frozen=True, slots=True)
class Purpose:
    """An activity that a claim can be for."""

    id: int
    title: str
    day: date


_PURPOSE = sa.select(Activity.id, Activity.title, Activity.day).order_by(
    Activity.day.desc(), Activity.id.desc()
)


def own_purposes(session: Session, person_id: int | None) -> list[Purpose]:
    """What somebody was asked to take part in and did not say no to, the latest day first. One query."""
    theirs = sa.select(Offer.activity_id).where(
        Offer.person_id == person_id, Offer.stage != Stage.NO
    )
    rows = session.execute(_PURPOSE.where(Activity.id.in_(theirs)).limit(MOST))
    return [Purpose(*row) for row in rows]


def all_purposes(session: Session) -> list[Purpose]:
    """The latest activities of whomever. One query."""
    return [Purpose(*row) for row in session.execute(_PURPOSE.limit(MOST))]


def purpose(session: Session, activity_id: int | None) -> Purpose | None:
    """One of them. One query, and none for none."""
    if activity_id is None:
        return None
    found = session.execute(_PURPOSE.where(Activity.id == activity_id)).one_or_none()
    return Purpose(*found) if found else None


def purpose_on(session: Session, person_id: int | None, day: date, title: str) -> int | None:
    """The activity of somebody that a claim of a day is for: of that title, or the only one then. One
    query.
    """
    found = [one for one in own_purposes(session, person_id) if one.day == day]
    named = [one for one in found if one.title == title] or found
    return named[0].id if len(named) == 1 else None
