"""Budgets: what of each is offered, agreed, paid and left, now and over its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Activity, BudgetRow, Offer, Paying, RecognitionChoice, Stage
from plugins.claims.money.recognition import week_of, worth
from plugins.claims.promises import ZONE
from plugins.claims.queries.budget_claims import Moved, Taken, moves, taken
from portal.courses.api import CourseRef, courses_by_ids
from portal.plugin_api import local_date

WEEKS = 27  # a longer budget is drawn by months
_PAID = (Paying.SENT, Paying.SETTLED)
_AGREED = frozenset({Stage.OPEN, Stage.DONE, Stage.CANCELLED})


@dataclass(frozen=True, slots=True)
class Tally:
    """Pence: the whole, what is offered and not answered, agreed and not paid, and paid."""

    whole: int
    offered: int = 0
    committed: int = 0
    paid: int = 0

    @property
    def left(self) -> int:
        """What can still be offered; less than nothing where the sum was made smaller since."""
        return self.whole - self.offered - self.committed - self.paid


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget as a page shows it."""

    id: int
    ref: str
    title: str
    course: CourseRef | None
    starts_on: date
    ends_on: date
    tally: Tally


@dataclass(frozen=True, slots=True)
class Step:
    """Where a budget stood at the end of a week or month that begins on `day`: agreed in all, paid of it."""

    day: date
    agreed: int
    paid: int


@dataclass(frozen=True, slots=True)
class _Row:
    budget_id: int | None
    stage: Stage
    offered: int
    taken: int | None
    answered_on: date | None
    money: int
    paid_on: date | None
    handed_on: date | None
    voucher: int


def _rows(session: Session, budgets: Sequence[int] | None = None) -> list[_Row]:
    """Every offer of these budgets, or of all of them and, at None, of none. One query."""
    found = session.execute(
        sa.select(Activity.budget_id, Offer, RecognitionChoice)
        .join(Offer, Offer.activity_id == Activity.id)
        .outerjoin(RecognitionChoice, RecognitionChoice.offer_id == Offer.id)
        .where(sa.true() if budgets is None else Activity.budget_id.in_(budgets))
        .order_by(Offer.id)
        .execution_options(populate_existing=True)
    )
    return [_row(budget_id, offer, choice) for budget_id, offer, choice in found]


def _row(budget_id: int | None, offer: Offer, choice: RecognitionChoice | None) -> _Row:
    offered = worth(offer.minutes, offer.pence_an_hour) + offer.voucher
    if choice is None:
        return _Row(budget_id, offer.stage, offered, None, None, 0, None, None, 0)
    voucher = offer.voucher if choice.voucher else 0
    paid = choice.paid_at if choice.paying in _PAID else None
    return _Row(
        budget_id,
        offer.stage,
        offered,
        choice.pence + voucher,
        local_date(choice.at, ZONE),
        choice.pence,
        local_date(paid, ZONE) if paid else None,
        local_date(choice.handed_at, ZONE) if choice.handed_at else None,
        voucher,
    )


def _tally(whole: int, rows: Sequence[_Row], claims: Taken | None) -> Tally:
    claims = claims or Taken()
    offered = sum(
        one.offered for one in rows if one.taken is None and one.stage in (Stage.OPEN, Stage.DONE)
    )
    agreed = [one for one in rows if one.taken is not None and one.stage in _AGREED]
    paid = sum(_paid(one) for one in agreed)
    committed = sum(one.taken or 0 for one in agreed) - paid
    return Tally(whole, offered, committed + claims.committed, paid + claims.paid)


def _paid(one: _Row, by: date | None = None) -> int:
    """Pence that left the college for it; until a day, where there is one."""
    money = one.paid_on is not None and (by is None or one.paid_on <= by)
    voucher = one.handed_on is not None and (by is None or one.handed_on <= by)
    return (one.money if money else 0) + (one.voucher if voucher else 0)


def tally(session: Session, budget_id: int) -> Tally:
    """How a budget stands. Three queries.

    Raises:
        NoResultFound: there is none.
    """
    whole = session.get_one(BudgetRow, budget_id).pence
    return _tally(whole, _rows(session, [budget_id]), taken(session, [budget_id]).get(budget_id))


def budgets(session: Session) -> tuple[list[Budget], Tally]:
    """All of them, the one that ends last first; and what is in none. Four queries."""
    found = session.scalars(
        sa.select(BudgetRow).order_by(BudgetRow.ends_on.desc(), BudgetRow.id.desc())
    ).all()
    rows, claims = _rows(session), taken(session)
    outside = _tally(0, [one for one in rows if one.budget_id is None], claims.get(None))
    return _shown(session, found, rows, claims), outside


def budget_of(session: Session, ref: str) -> tuple[Budget, list[Step]] | None:
    """One by its address, with how it went. Four queries."""
    found = session.scalars(sa.select(BudgetRow).where(BudgetRow.ref == ref)).one_or_none()
    if found is None:
        return None
    rows, claims = _rows(session, [found.id]), moves(session, found.id)
    paid = sum(one.paid for one in claims)
    took = Taken(sum(one.agreed for one in claims) - paid, paid)
    return _shown(session, [found], rows, {found.id: took})[0], _burn(found, rows, claims)


def choices(session: Session) -> list[tuple[int, str]]:
    """(id, title) of each budget, for whoever sets up an activity: without its sums."""
    rows = session.execute(
        sa.select(BudgetRow.id, BudgetRow.title).order_by(BudgetRow.ends_on.desc(), BudgetRow.id)
    )
    return [(row.id, row.title) for row in rows]


def _shown(
    session: Session,
    found: Sequence[BudgetRow],
    rows: Sequence[_Row],
    claims: Mapping[int | None, Taken],
) -> list[Budget]:
    wanted = {one.course_id for one in found if one.course_id}
    courses = courses_by_ids(session, wanted) if wanted else {}
    of: dict[int | None, list[_Row]] = {one.id: [] for one in found}
    for row in rows:
        of.setdefault(row.budget_id, []).append(row)
    return [
        Budget(
            one.id,
            one.ref,
            one.title,
            courses.get(one.course_id or 0),
            one.starts_on,
            one.ends_on,
            _tally(one.pence, of[one.id], claims.get(one.id)),
        )
        for one in found
    ]


def _burn(budget: BudgetRow, rows: Sequence[_Row], claims: Sequence[Moved]) -> list[Step]:
    """Each week of its time, or month where it is longer; what came before it stands in the first."""
    agreed = [one for one in rows if one.answered_on is not None and one.stage in _AGREED]
    steps = []
    for first, last in _spans(budget.starts_on, budget.ends_on):
        said = sum(one.taken or 0 for one in agreed if one.answered_on and one.answered_on <= last)
        paid = sum(_paid(one, last) for one in agreed)
        moved = [one for one in claims if one.day <= last]
        said += sum(one.agreed for one in moved)
        steps.append(Step(first, said, paid + sum(one.paid for one in moved)))
    return steps


def _spans(first: date, last: date) -> list[tuple[date, date]]:
    """The weeks from Monday in which [first, last] lies, or its months, as (first day, last day)."""
    weeks = (last - week_of(first)).days // 7 + 1
    if weeks <= WEEKS:
        mondays = [week_of(first) + timedelta(weeks=number) for number in range(weeks)]
        return [(monday, monday + timedelta(days=6)) for monday in mondays]
    found, begin = [], first.replace(day=1)
    while begin <= last:
        following = (begin + timedelta(days=32)).replace(day=1)
        found.append((begin, following - timedelta(days=1)))
        begin = following
    return found
