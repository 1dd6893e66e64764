"""Offers as their people see them, and as those who make them do: who takes part, never what is taken."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import (
    UNPAID,
    WANTED,
    Activity,
    ActivityKind,
    Offer,
    Paying,
    RecognitionChoice,
    Stage,
)
from plugins.claims.money.readiness import Wait
from plugins.claims.money.recognition import Basis, Taken, worth
from plugins.claims.promises import ZONE
from plugins.claims.queries.choice_clock import Promise, paid_by, promises
from plugins.claims.queries.pages import one_page
from portal.courses.api import CourseRef, courses_by_ids
from portal.plugin_api import local_date, now


@dataclass(frozen=True, slots=True)
class Done:
    """An activity. `pays_in` is working days."""

    id: int
    ref: str
    kind: ActivityKind
    basis: Basis
    title: str
    covered: str
    day: date
    pays_in: int


@dataclass(frozen=True, slots=True)
class Brief:
    """An offer in a list. `answered`: they said that they take part. `over`: its day is past."""

    id: int
    ref: str
    person_id: int | None
    done: Done
    minutes: int
    stage: Stage
    answered: bool
    over: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody takes. `pence` is what is paid of it, to them or to the charity."""

    id: int
    taken: Taken
    pence: int
    charity: str
    wanted: frozenset[str]
    paying: Paying | None
    paid_at: datetime | None
    handed_at: datetime | None
    version: int

    @property
    def open(self) -> bool:
        """Whether the answer can still be changed."""
        return self.paying in UNPAID


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer whole, for its person. `offered` is pence for the time, `extras` what is not money."""

    brief: Brief
    course: CourseRef | None
    pence_an_hour: int
    offered: int
    voucher: int
    credit: int
    extras: tuple[str, ...]
    paid_by: date
    chosen: Chosen | None

    @property
    def can_answer(self) -> bool:
        """Whether there is something to answer now."""
        stage = self.brief.stage
        if stage is Stage.AWAY or (stage is Stage.CANCELLED and self.chosen is None):
            return False
        return self.chosen is None or self.chosen.open


@dataclass(frozen=True, slots=True)
class ToGive:
    """What somebody is to get for what took place, for whoever pays: money, and what is given by hand.

    `due` is the day that they were promised, moved on by those on which we waited for them; `wait`: what we
    wait for now.
    """

    brief: Brief
    chosen: Chosen
    voucher: int
    by_hand: tuple[str, ...]
    due: date
    wait: Wait | None = None

    @property
    def money_by_hand(self) -> bool:
        """Whether money is still to be paid, to a charity or through the payroll: not from the batches."""
        other = self.chosen.taken is Taken.CHARITY or self.brief.done.basis is Basis.PAYROLL
        return other and bool(self.chosen.pence) and self.chosen.paying in UNPAID

    @property
    def needs_a_hand(self) -> bool:
        """Whether something of it is given by hand; the rest goes with the other payments."""
        return bool(self.voucher or self.by_hand or self.money_by_hand)


# What was taken that is not money, and is not given yet. Hours are given by themselves.
TO_HAND_OVER = sa.and_(
    RecognitionChoice.handed_at.is_(None),
    sa.or_(
        sa.and_(RecognitionChoice.voucher, Offer.voucher > 0),
        RecognitionChoice.certificate,
        RecognitionChoice.reference,
        RecognitionChoice.training,
    ),
)
_BRIEF = (
    sa.select(Offer, Activity, RecognitionChoice.id)
    .join(Activity, Activity.id == Offer.activity_id)
    .outerjoin(RecognitionChoice, RecognitionChoice.offer_id == Offer.id)
)


def mine(session: Session, person_id: int, after: str = "") -> tuple[list[Brief], str]:
    """A page of somebody's offers, the newest first, and after which place there are more. One query."""
    wanted = _BRIEF.where(Offer.person_id == person_id)
    rows, more = one_page(session, wanted, (Offer.made_at, Offer.id), after, newest_first=True)
    return _briefs(rows), more


def open_offers(session: Session, person_id: int, *, limit: int = 3) -> list[Brief]:
    """Somebody's offers that are open, the nearest day first. One query."""
    wanted = (
        _BRIEF.where(Offer.person_id == person_id, Offer.stage == Stage.OPEN)
        .order_by(Activity.day, Offer.id)
        .limit(limit)
    )
    return _briefs(session.execute(wanted))


def to_close(session: Session, today: date, after: str = "") -> tuple[list[Brief], str]:
    """A page of offers whose day is over and of which nobody said what became, the oldest first, and after
    which place there are more. One query.
    """
    wanted = _BRIEF.where(Offer.stage == Stage.OPEN, Activity.day < today)
    rows, more = one_page(session, wanted, (Activity.day, Offer.id), after)
    return _briefs(rows), more


def offers_of(session: Session, activity_id: int) -> list[Brief]:
    """The offers of an activity. One query."""
    wanted = _BRIEF.where(Offer.activity_id == activity_id).order_by(Offer.id)
    return _briefs(session.execute(wanted))


def activities(session: Session, after: str = "") -> tuple[list[tuple[Done, int]], str]:
    """A page of activities, the latest day first, with how many have an offer; and after which place there
    are more. One query.
    """
    wanted = (
        sa.select(Activity, sa.func.count(Offer.id))
        .outerjoin(Offer, Offer.activity_id == Activity.id)
        .group_by(Activity.id)
    )
    key = (Activity.day, Activity.id)
    rows, more = one_page(session, wanted, key, after, newest_first=True)
    return [(_done(one), count) for one, count, *_key in rows], more


def activity_of(session: Session, ref: str) -> Activity | None:
    """The activity of an address."""
    return session.scalars(sa.select(Activity).where(Activity.ref == ref)).one_or_none()


def offer_of(session: Session, ref: str) -> Offer | None:
    """The offer of an address."""
    return session.scalars(sa.select(Offer).where(Offer.ref == ref)).one_or_none()


def show(session: Session, offer: Offer) -> Shown:
    """An offer whole. At most four queries."""
    activity = session.get_one(Activity, offer.activity_id)
    chosen = session.scalars(
        sa.select(RecognitionChoice)
        .where(RecognitionChoice.offer_id == offer.id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    course_ids = [activity.course_id] if activity.course_id else []
    courses = courses_by_ids(session, course_ids) if course_ids else {}
    return Shown(
        _brief(offer, activity, chosen is not None),
        courses.get(activity.course_id or 0),
        offer.pence_an_hour,
        worth(offer.minutes, offer.pence_an_hour),
        offer.voucher,
        offer.credit,
        tuple(name for name in WANTED if getattr(offer, name)),
        _paid_by(session, offer, activity, chosen),
        _chosen(chosen) if chosen is not None else None,
    )


def _paid_by(
    session: Session, offer: Offer, activity: Activity, choice: RecognitionChoice | None
) -> date:
    if choice is None:
        return paid_by(activity, None)
    return promises(session, [(offer, activity, choice)])[choice.id].due


def to_give(session: Session, after: str = "") -> tuple[list[ToGive], str]:
    """A page of what people are to get for what took place and have not got yet, the oldest first, and after
    which place there is more. Two queries.
    """
    unpaid = sa.or_(RecognitionChoice.paying.is_(None), RecognitionChoice.paying != Paying.SETTLED)
    wanted = (
        sa.select(Offer, Activity, RecognitionChoice)
        .join(Activity, Activity.id == Offer.activity_id)
        .join(RecognitionChoice, RecognitionChoice.offer_id == Offer.id)
        .where(
            Offer.stage.in_((Stage.DONE, Stage.CANCELLED)),
            Offer.person_id.is_not(None),
            sa.or_(
                sa.and_(RecognitionChoice.pence > 0, unpaid),
                TO_HAND_OVER,
            ),
        )
    )
    rows, more = one_page(session, wanted, (Offer.closed_at, Offer.id), after)
    found = [(offer, activity, choice) for offer, activity, choice, *_key in rows]
    promised = promises(session, found)
    return [_to_give(*one, promised[one[2].id]) for one in found], more


def for_their_person(
    session: Session, ids: Collection[int]
) -> dict[int, tuple[Brief, ToGive | None]]:
    """These offers, each with what its person is still to get of it, where they have answered. At most two
    queries.
    """
    rows = session.execute(
        sa.select(Offer, Activity, RecognitionChoice)
        .join(Activity, Activity.id == Offer.activity_id)
        .outerjoin(RecognitionChoice, RecognitionChoice.offer_id == Offer.id)
        .where(Offer.id.in_(ids))
    ).all()
    promised = promises(session, [(one, of, said) for one, of, said in rows if said is not None])
    return {
        offer.id: (
            _brief(offer, activity, choice is not None),
            _to_give(offer, activity, choice, promised[choice.id]) if choice is not None else None,
        )
        for offer, activity, choice in rows
    }


def _to_give(
    offer: Offer, activity: Activity, choice: RecognitionChoice, promised: Promise
) -> ToGive:
    chosen = _chosen(choice)
    waits = choice.handed_at is None
    return ToGive(
        _brief(offer, activity, answered=True),
        chosen,
        offer.voucher if waits and "voucher" in chosen.wanted else 0,
        tuple(
            name
            for name in ("certificate", "reference", "training")
            if waits and name in chosen.wanted
        ),
        promised.due,
        promised.wait,
    )


def _briefs(rows: Iterable[Any]) -> list[Brief]:
    return [_brief(offer, activity, choice is not None) for offer, activity, choice, *_key in rows]


def _done(one: Activity) -> Done:
    return Done(one.id, one.ref, one.kind, one.basis, one.title, one.covered, one.day, one.pays_in)


def _brief(offer: Offer, activity: Activity, answered: bool) -> Brief:
    return Brief(
        offer.id,
        offer.ref,
        offer.person_id,
        _done(activity),
        offer.minutes,
        offer.stage,
        answered,
        over=activity.day < local_date(now(), ZONE),
    )


def _chosen(one: RecognitionChoice) -> Chosen:
    return Chosen(
        one.id,
        one.taken,
        one.pence,
        one.charity,
        frozenset(name for name in WANTED if getattr(one, name)),
        one.paying,
        one.paid_at,
        one.handed_at,
        one.version,
    )


def people_of(found: Sequence[Brief]) -> Collection[int]:
    """The people of these offers, for their names."""
    return {one.person_id for one in found if one.person_id is not None}
