"""What a coordinator does: set up an activity, and offer it to people, as much as its budget has left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.errors import GoneError, RefusedError, Why
from plugins.claims.models import Activity, ActivityKind, BudgetRow, Offer
from plugins.claims.money.recognition import Basis, may_be_offered, worth
from plugins.claims.queries.budgets import tally
from plugins.claims.services.refs import new_ref
from plugins.claims.services.separating import part_in
from portal.accounts.api import person_here
from portal.audit import api as audit
from portal.messages.api import tell
from portal.plugin_api import Actor, lock_rows, now


@dataclass(frozen=True, slots=True)
class NewActivity:
    """What is done, on which day, and what is covered; `pays_in` is working days."""

    kind: ActivityKind
    basis: Basis
    title: str
    covered: str
    day: date
    pays_in: int
    course_id: int | None = None
    budget_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewOffer:
    """What one person is offered: minutes, pence an hour, and what is not money. See `Offer`."""

    person_id: int
    minutes: int
    pence_an_hour: int = 0
    voucher: int = 0
    credit: int = 0
    certificate: bool = False
    reference: bool = False
    training: bool = False

    @property
    def value(self) -> int:
        """What it is worth in pence, with money's worth."""
        return worth(self.minutes, self.pence_an_hour) + self.voucher


def add_activity(session: Session, actor: Actor, new: NewActivity) -> Activity:
    """Set it up, flushed.

    Raises:
        GoneError: there is no such budget.
    """
    if new.budget_id is not None and session.get(BudgetRow, new.budget_id) is None:
        raise GoneError
    activity = Activity(
        ref=new_ref(),
        kind=new.kind,
        basis=new.basis,
        title=new.title,
        covered=new.covered,
        day=new.day,
        pays_in=new.pays_in,
        course_id=new.course_id,
        budget_id=new.budget_id,
        made_by_id=actor.person_id,
        made_at=now(),
    )
    session.add(activity)
    session.flush()
    audit.record(session, actor, "claims:activity:add", ("claims_activity", activity.id))
    return activity


def offer(session: Session, actor: Actor, activity_id: int, new: NewOffer) -> Offer:
    """Offer it to somebody, who is told. Flushed.

    Raises:
        GoneError: there is no such activity.
        RefusedError: it is for the actor, or for somebody whom they support or share an account with; for
            nobody, offered already, money for a volunteer, or more than the budget has left.
    """
    activity = _activity(session, activity_id)
    if new.person_id == actor.person_id:
        raise RefusedError(Why.SELF)
    if actor.person_id is None or part_in(session, actor.person_id, new.person_id, now()):
        raise RefusedError(Why.PART)
    if person_here(session, new.person_id) is None:
        raise RefusedError(Why.NOBODY)
    if not may_be_offered(activity.basis, new.value):
        raise RefusedError(Why.NO_MONEY)
    had = sa.select(Offer.id).where(
        Offer.activity_id == activity.id, Offer.person_id == new.person_id
    )
    if session.scalar(had.limit(1)) is not None:
        raise RefusedError(Why.OFFERED)
    if activity.budget_id is not None and new.value > tally(session, activity.budget_id).left:
        raise RefusedError(Why.BUDGET)
    made = Offer(
        ref=new_ref(),
        activity_id=activity.id,
        person_id=new.person_id,
        basis=activity.basis,
        minutes=new.minutes,
        pence_an_hour=new.pence_an_hour,
        voucher=new.voucher,
        credit=new.credit,
        certificate=new.certificate,
        reference=new.reference,
        training=new.training,
        made_by_id=actor.person_id,
        made_at=now(),
    )
    session.add(made)
    session.flush()
    audit.record(session, actor, "claims:offer:make", ("claims_offer", made.id))
    tell(
        session,
        new.person_id,
        "claims:offered",
        {"offer": made.id},
        key=f"claims:offered:{made.id}",
    )
    return made


def _activity(session: Session, activity_id: int) -> Activity:
    """The activity, locked, and after it its budget: two offers at once count each other."""
    found = lock_rows(session, Activity, [activity_id])
    if not found:
        raise GoneError
    if found[0].budget_id is not None:
        lock_rows(session, BudgetRow, [found[0].budget_id])
    return found[0]
