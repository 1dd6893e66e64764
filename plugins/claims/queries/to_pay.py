"""What is owed and not on its way, in pages, for one who would pay it: ready, waiting, or for somebody else.

Claims, recognition and money ahead stand in one question, which ends where a page does, however many wait.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import cache, lru_cache
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import Payment, Signature, Way
from plugins.claims.money.batches import What
from plugins.claims.money.deadlines import ARRIVES_IN, before_working_days
from plugins.claims.money.readiness import Wait
from plugins.claims.money.separation import Bar
from plugins.claims.queries import choice_clock
from plugins.claims.queries.clock import NOTHING, Promised, Waits, due_of, on_record, promised
from plugins.claims.queries.first_look import MAY_BE_BARRED, MAY_WAIT
from plugins.claims.queries.owed import KINDS, Kind, in_turn
from plugins.claims.queries.places import Place
from plugins.claims.queries.standing import ME
from plugins.claims.queries.written_out import Written, written_out
from portal.accounts.api import name_of
from portal.plugin_api import now, one_of, rows_of

A_PAGE = 25
_SIGNED = sa.bindparam("after", type_=sa.Integer)


class Part(StrEnum):
    """A list: what one may put into a batch, what waits for its person, what somebody else is to pay."""

    READY = "ready"
    WAITS = "waits"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Owed:
    """Pence that are owed to somebody. `wait`: what their side lacks; `bar`: why whoever asked may not pay
    it; `due`: by when it is promised, in a list. `doubt`: it may be that it is approved once more first, and
    has not been looked at; `again`: so it is.
    """

    what: What
    id: int
    person_id: int
    version: int
    pence: int
    title: str
    wait: Wait | None
    bar: Bar | None
    due: date | None = None
    doubt: bool = False
    again: bool = False

    def __hash__(self) -> int:
        """Quick: it stands in the name of every piece of a page that is kept."""
        return hash((self.id, self.version))

    @property
    def key(self) -> str:
        """How an address and a form name it."""
        return f"{self.what.value}-{self.id}"

    @property
    def ready(self) -> bool:
        """Whether whoever asked may put it into a batch now."""
        return self.wait is None and self.bar is None and not (self.doubt or self.again)


# Where a page of a list ends: at the last claim, answer and advance on it or before it.
Places = Mapping[What, Place]
_FIRST: Places = {}


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, with the names of whom it is owed to, by their ids; more stands behind `last`, where
    that is not None.
    """

    owed: Sequence[Owed]
    names: Mapping[int, str]
    last: Places | None


def _in(kind: Kind, part: Part) -> Sequence[sa.ColumnElement[bool]]:
    theirs = kind.theirs
    if part is Part.READY:
        return (theirs.ready(),)
    if part is Part.WAITS:
        return (theirs.wait().is_not(None),)
    return theirs.wait().is_(None), theirs.bar().is_not(None)


def _why(kind: Kind, *, ready: bool = False) -> tuple[Any, Any, Any]:
    """What it waits for, why one may not pay it, and whether it is in doubt: of what is ready, neither of the
    first two need be asked a second time.
    """
    theirs = kind.theirs
    wait, bar = (sa.null(), sa.null()) if ready else (theirs.wait(), theirs.bar())
    return wait.label("wait"), bar.label("bar"), theirs.doubt().label("doubt")


def _page(kind: Kind, part: Part, most: int) -> sa.Select[Any]:
    rows = kind.asked(*_why(kind, ready=part is Part.READY))
    rows = rows.where(*_in(kind, part)).order_by(*kind.order)
    found = rows.limit(most).subquery()
    return sa.select(found, name_of(found.c.person_id).label("name"))


def _all(kind: Kind) -> sa.Select[Any]:
    rows = kind.asked().where(*_in(kind, Part.READY), sa.not_(kind.theirs.doubt())).subquery()
    return sa.select(rows.c.what, sa.func.count(), sa.func.sum(rows.c.pence)).group_by(rows.c.what)


def _doubted(kind: Kind) -> sa.Select[Any]:
    return kind.asked(*_why(kind, ready=True)).where(*_in(kind, Part.READY), kind.theirs.doubt())


def _chosen(kind: Kind) -> sa.Select[Any]:
    return kind.asked(*_why(kind)).where(one_of(kind.thing, f"{kind.what.value}s"))


def _signed(kind: Kind) -> sa.Select[Any]:
    mine = sa.exists().where(Signature.payment_id == Payment.id, Signature.person_id == ME)
    columns: list[Any] = [
        Payment.id,
        Payment.person_id,
        Payment.pence,
        mine,
        kind.theirs.bar(),
        Payment.what,
        Payment.what_id,
        Payment.version,
        kind.theirs.doubt(),
    ]
    return (
        sa.select(*columns)
        .select_from(kind.tables)
        .join(Payment, sa.and_(Payment.what == kind.what, Payment.what_id == kind.thing))
        .where(Payment.way == Way.CASH, Payment.outcome.is_(None), Payment.id > _SIGNED)
    )


_AT_MOST = {Part.READY: (), Part.WAITS: (MAY_WAIT,), Part.OTHERS: (MAY_BE_BARRED,)}


@cache  # put together once: making such a question costs more than asking it
def _pages(part: Part, size: int, *, later: bool) -> Written:
    """One page and the first of the next; `later`: of those behind another page."""
    return written_out(
        sa.union_all(
            *(_page(kind, part, size + 1) for kind in in_turn(*_AT_MOST[part], later=later))
        )
    )


@cache
def _cash(size: int) -> Written:
    signed = sa.union_all(*map(_signed, KINDS)).order_by(sa.literal_column("1"))
    return written_out(signed.limit(size + 1))


_SUMS = written_out(sa.union_all(*map(_all, KINDS)))
_DOUBTED = written_out(sa.union_all(*map(_doubted, KINDS)))
_THESE = sa.union_all(*map(_chosen, KINDS))


def page(session: Session, me: int, part: Part, after: Places = _FIRST) -> Page:
    """What is due first in front; each kind by how long it waits. Three queries at most."""
    rows = rows_of(session, _pages(part, A_PAGE, later=bool(after)), {"me": me, **_ended(after)})
    if not rows:
        return Page((), {}, None)
    claims = [one for one in rows if one.what == What.CLAIM]
    choices = [one.id for one in rows if one.what == What.CHOICE]
    asked = [one.id for one in claims if one.asked]
    # Where nothing ever changed, no payment has waited.
    moved = [one.id for one in claims if one.moved or part is Part.WAITS]
    on = on_record(session, asked, moved) if asked or moved else {}
    found = _in_order(
        tuple(rows),
        promised(session, now()),
        frozenset(moved),
        tuple(on.items()),
        tuple(choice_clock.on_record(session, choices).items()),
    )
    return found if found.last is None else replace(found, last={**after, **found.last})


_OnRecord = tuple[tuple[int, Waits], ...]


@lru_cache(maxsize=64)  # it is asked for again and again before anything in it changes
def _in_order(
    rows: tuple[Any, ...],
    within: Promised,
    moved: frozenset[int],
    of_claims: _OnRecord,
    of_choices: _OnRecord,
) -> Page:
    """The page that these rows are, by what is promised and what is on record of the claims and answers among
    them.
    """
    on = {What.CLAIM: dict(of_claims), What.CHOICE: dict(of_choices)}

    def due(row: Any) -> date:
        if row.what == What.ADVANCE:
            return before_working_days(row.day, 1 + ARRIVES_IN)
        waits = on[row.what].get(row.id, NOTHING)
        if row.what == What.CHOICE:
            return choice_clock.due_of(row, waits, within.today)
        return due_of(row, waits, within, paying=row.id in moved).paid

    lists: dict[str, list[Owed]] = {what: [] for what in What}
    for one in sorted(rows, key=lambda one: (_moment(one), one.id)):
        lists[one.what].append(_owed(one, due(one)))
    # Each keeps its own order, so that a page ends at one place of each.
    by_due = heapq.merge(*lists.values(), key=lambda one: one.due or date.max)
    shown = tuple(islice(by_due, A_PAGE))
    known = {one.person_id: one.name for one in rows if one.name is not None}
    called = {one.person_id: known[one.person_id] for one in shown if one.person_id in known}
    if len(rows) == len(shown):
        return Page(shown, called, None)
    moments = {(one.what, one.id): _moment(one) for one in rows}
    last = {one.what: Place(moments[one.what, one.id], one.what, one.id) for one in shown}
    return Page(shown, called, last)


def _moment(row: Any) -> datetime:
    """By which a list of its kind is in order; a day begins at midnight."""
    if row.what == What.ADVANCE:
        return datetime.combine(row.day, time(), UTC)
    moment: datetime = row.sent_at if row.what == What.CLAIM else row.closed_at
    return moment


def _ended(after: Places) -> dict[str, Any]:
    """What is given for the end of the page before, where there is one: 0 for none of a kind."""
    given: dict[str, Any] = {}
    for what in What if after else ():
        place = after.get(what)
        at = place.at if place is not None else datetime.min.replace(tzinfo=UTC)
        given[f"{what.value}_at"] = at.date() if what is What.ADVANCE else at
        given[f"{what.value}_id"] = place.id if place is not None else 0
    return given


def _owed(one: Any, due: date | None = None) -> Owed:
    return Owed(
        What(one.what),
        one.id,
        one.person_id,
        one.version,
        int(one.pence),
        one.title,
        Wait(one.wait) if one.wait else None,
        Bar(one.bar) if one.bar else None,
        due,
        bool(one.doubt),
    )


@dataclass(frozen=True, slots=True)
class Sum:
    """How many of a kind, and pence in all."""

    what: What
    count: int
    pence: int


def ready_sums(session: Session, me: int) -> list[Sum]:
    """All that somebody may put into a batch now, by kind, without what is in doubt. One query."""
    found: dict[What, Sum] = {}
    for what, count, pence in session.execute(_SUMS, {"me": me}):
        before = found.get(What(what), Sum(What(what), 0, 0))
        found[before.what] = Sum(before.what, before.count + count, before.pence + int(pence))
    return list(found.values())


def in_doubt(session: Session, me: int) -> list[Owed]:
    """What they could put into a batch, if it need not be approved once more, without days. One query."""
    return [_owed(one) for one in session.execute(_DOUBTED, {"me": me})]


def chosen(session: Session, me: int, keys: Collection[tuple[What, int]]) -> list[Owed]:
    """These, as far as they are owed, without days. One query."""
    ids = {f"{what.value}s": [one for of, one in keys if of is what] for what in What}
    return [_owed(one) for one in session.execute(_THESE, {"me": me, **ids})]


@dataclass(frozen=True, slots=True)
class Cash:
    """Cash that one person has signed for. `mine`: that was whoever asked; `bar`: why they may not sign;
    `doubt` and `again` as in `Owed`.
    """

    id: int
    person_id: int | None
    pence: int
    mine: bool
    bar: Bar | None
    what: What
    what_id: int
    version: int
    doubt: bool = False
    again: bool = False

    @property
    def ready(self) -> bool:
        """Whether whoever asked may sign for it now, if they have not."""
        return self.bar is None and not (self.doubt or self.again)


def cash(session: Session, me: int, after: int = 0) -> tuple[list[Cash], int]:
    """Cash that waits for a second signature, the oldest first, and the payment after which there is more; 0
    where there is none. One query.
    """
    rows = session.execute(_cash(A_PAGE), {"me": me, "after": after}).all()
    shown = [
        Cash(key, who, pence, bool(mine), Bar(bar) if bar else None, what, of, version, bool(doubt))
        for key, who, pence, mine, bar, what, of, version, doubt in rows[:A_PAGE]
    ]
    return shown, shown[-1].id if len(rows) > A_PAGE else 0
