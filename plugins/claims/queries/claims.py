"""Claims as pages show them: lists of few queries, and one claim whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import STANDS, Category, Claim, Decision, Line, Proof, Question, State
from plugins.claims.money.deadlines import Due, Pause, after_working_days, due
from plugins.claims.money.rates import NoRateError
from plugins.claims.money.receipts import Like
from plugins.claims.promises import DECIDED_IN, NO_RECEIPT, PAID_IN, POUND, ZONE
from plugins.claims.queries.adjusting import Adjusted, added_since_paid, adjusted
from plugins.claims.queries.alike import Twin, Whole, twins, wholes
from plugins.claims.queries.prices import VEHICLES, Price, prices
from plugins.claims.queries.support import claims_written, written_by
from plugins.claims.queries.unproved import unproved, unproved_elsewhere
from portal.plugin_api import local_date, now, setting, settings_of

Turn = Literal["", "theirs", "ours"]
TURNS: Mapping[State, Turn] = {
    State.DRAFT: "theirs",
    State.QUERIED: "theirs",
    State.SUBMITTED: "ours",
    State.DECIDED: "ours",
    State.BATCHED: "ours",
    State.SENT: "ours",
    State.SETTLED: "",
    State.FAILED: "theirs",
    State.WITHDRAWN: "",
}
OPEN = (State.SUBMITTED, State.QUERIED)
TO_PAY = (State.DECIDED, State.BATCHED, State.FAILED)
CLOCKED = frozenset({*OPEN, *TO_PAY})  # their dates stand in lists
ON_THEIR_WAY = (State.BATCHED, State.SENT, State.FAILED)
A_PAGE = 50
MOST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Brief:
    """A claim in a list. `pence` is what was allowed where that is decided, else what is claimed.

    `due` is None before it was sent and after it was withdrawn. `turn` says who does the next thing, `late`
    that it is the college, and its day is past.
    """

    id: int
    ref: str
    person_id: int | None
    what: str
    state: State
    turn: Turn
    pence: int
    sent_at: datetime | None
    due: Due | None
    late: bool
    version: int


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line of a claim. `pence` is None until its answers are there.

    `twins`: lines that are alike, of whomever. `whole`: what its receipt comes to, where there is a picture.
    `unproved`: no receipt, on a day on which more was spent, in all claims, than is believed without one.
    """

    id: int
    category: Category
    day: date | None
    tenths: int | None
    pence: int | None
    proof: Proof | None
    file_id: int | None
    decision: Decision | None
    allowed: int | None
    reason: str
    twins: tuple[Twin, ...]
    whole: Whole | None
    unproved: bool

    @property
    def journey(self) -> bool:
        """Whether it is counted in miles."""
        return self.category in VEHICLES

    @property
    def shown_to_payee(self) -> Like | None:
        """How it is like another line, as far as whoever claims is told: of others only by the picture."""
        told = (one.like for one in self.twins if one.own or one.like is not Like.EQUAL)
        return next(told, None)

    @property
    def shared(self) -> bool:
        """Whether the same receipt stands in another line, so that somebody has to say what it comes to."""
        return any(one.like is Like.SAME for one in self.twins)

    @property
    def needs_whole(self) -> bool:
        """Whether nobody has said yet what a receipt comes to that is shared."""
        return self.shared and self.whole is not None and self.whole.pence is None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a claim and its answer."""

    words: str
    at: datetime
    answer: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A claim whole. `no_rate`: a journey is on a day for which the college knows no rate."""

    brief: Brief
    version: int
    round: int
    appeal: str
    lines: tuple[LineShown, ...]
    asked: tuple[Asked, ...]
    total: int
    no_rate: bool
    adjusted: Mapping[int, tuple[Adjusted, ...]]

    @property
    def put_right(self) -> int:
        """Pence that were added after the decision; less than nothing, where something was taken back."""
        return sum(one.pence for found in self.adjusted.values() for one in found)

    @property
    def question(self) -> Asked | None:
        """What waits for an answer."""
        return next((one for one in self.asked if one.answered_at is None), None)


def briefs_of(session: Session, ids: Collection[int]) -> list[Brief]:
    """These claims, as in a list, in no order. Five queries at most, and none for none."""
    if not ids:
        return []
    return _briefs(session, session.scalars(sa.select(Claim).where(Claim.id.in_(ids))).all())


# What a list reads of each claim, with what it comes to, and whether its clock ever stood still.
_ROW = (
    Claim.id,
    Claim.ref,
    Claim.person_id,
    Claim.what,
    Claim.state,
    Claim.sent_at,
    Claim.version,
    sa.select(sa.func.sum(sa.func.coalesce(Line.allowed, Line.pence, 0)))
    .where(Line.claim_id == Claim.id)
    .scalar_subquery()
    .label("pence"),
    sa.exists().where(Question.claim_id == Claim.id).label("asked"),
)


def _first_of(state: State, limit: int, *order: Any, after: Any = None) -> sa.Select[int]:
    """The ids of the first claims in one state: each is read off the index, which one question about several
    states at once would not be.
    """
    first = sa.select(Claim.id).where(Claim.state == state).order_by(*order).limit(limit)
    if after is not None:
        first = first.where(after)
    return sa.select(first.subquery().c.id)


def _listing(*firsts: sa.Select[int]) -> sa.Select[Any]:
    ids = sa.union_all(*firsts) if len(firsts) > 1 else firsts[0]
    return sa.select(*_ROW).where(Claim.id.in_(ids)).order_by(Claim.sent_at, Claim.id)


DESK, ASKED, DECIDED = 25, 25, 50  # what is seen at once
_LAST = sa.bindparam("last", type_=sa.Integer)
_SENT = sa.select(Claim.sent_at).where(Claim.id == _LAST).scalar_subquery()
_WAITING = (State.SUBMITTED, DESK + 1, Claim.sent_at, Claim.id)
# Put together once: a list is asked for often, and making its question costs as much as asking it.
_MINE = (
    sa.select(*_ROW)
    .where(
        Claim.person_id == sa.bindparam("person"),
        Claim.id < sa.bindparam("before", type_=sa.Integer),
    )
    .order_by(Claim.id.desc())
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_DESK = _listing(
    _first_of(*_WAITING),
    _first_of(State.QUERIED, ASKED, Claim.sent_at, Claim.id),
)
_DECIDED = _listing(
    *(_first_of(state, DECIDED, Claim.sent_at.desc(), Claim.id.desc()) for state in sorted(STANDS))
)
_NEXT = _listing(
    _first_of(*_WAITING, after=sa.tuple_(Claim.sent_at, Claim.id) > sa.tuple_(_SENT, _LAST))
)
_PAUSES = (
    sa.select(Question.claim_id, Question.asked_at, Question.answered_at)
    .join(Claim, Claim.id == Question.claim_id)
    .where(
        Question.claim_id.in_(sa.bindparam("ids", expanding=True)),
        Question.asked_at >= Claim.sent_at,
    )
)


def mine(
    session: Session, person_id: int, *, before: int = MOST_ID, limit: int = A_PAGE
) -> tuple[list[Brief], int]:
    """Somebody's claims, the newest first, and the claim before which there are more; 0 where there are none.
    Three queries at most.
    """
    asked = {"person": person_id, "before": before, "most": limit + 1}
    rows = session.execute(_MINE, asked).all()
    return _listed(session, rows[:limit]), rows[limit - 1].id if len(rows) > limit else 0


def under_way(session: Session, person_id: int, *, limit: int = 3) -> list[Brief]:
    """Somebody's claims that wait for them or for the college, the newest first."""
    rows = session.scalars(
        sa.select(Claim)
        .where(Claim.person_id == person_id, Claim.state.in_((State.DRAFT, *OPEN, *ON_THEIR_WAY)))
        .order_by(Claim.id.desc())
        .limit(limit)
    ).all()
    return _briefs(session, rows)


def to_decide(session: Session, *, limit: int = A_PAGE) -> list[Brief]:
    """Claims that wait for a decision, the longest waiting first."""
    rows = session.scalars(
        sa.select(Claim)
        .where(Claim.state == State.SUBMITTED)
        .order_by(Claim.sent_at, Claim.id)
        .limit(limit)
    ).all()
    return _briefs(session, rows)


@dataclass(frozen=True, slots=True)
class Desk:
    """What waits for a decision, or for an answer, the longest waiting first. More wait after the claim
    `last`; none where it is 0.
    """

    waiting: list[Brief]
    asked: list[Brief]
    last: int


def desk(session: Session, *, after: int = 0) -> Desk:
    """The desk of those who decide; `after` a claim, what waits behind it alone. Three queries at most."""
    rows = session.execute(_NEXT, {"last": after}).all() if after else session.execute(_DESK).all()
    waiting, asked = ([one for one in rows if one.state is state] for state in OPEN)
    more, waiting = len(waiting) > DESK, waiting[:DESK]
    briefs = _listed(session, [*waiting, *asked])
    at = len(waiting)
    return Desk(briefs[:at], briefs[at:], waiting[-1].id if more else 0)


def decided(session: Session) -> list[Brief]:
    """What was decided, what was sent last first. Four queries at most."""
    return _listed(session, session.execute(_DECIDED).all()[: -DECIDED - 1 : -1])


def _listed(session: Session, rows: Sequence[Any]) -> list[Brief]:
    """Without dates where a list shows none."""
    if not rows:
        return []
    ending = dues_in_list(session, [one for one in rows if one.state in CLOCKED])
    return _made(rows, {one.id: one.pence or 0 for one in rows}, ending)


def claim_of(session: Session, ref: str) -> Claim | None:
    """The claim of an address."""
    return session.scalars(sa.select(Claim).where(Claim.ref == ref)).one_or_none()


def picked(session: Session, refs: Collection[str]) -> tuple[Sequence[Claim], list[Brief]]:
    """The claims of these addresses that were sent, the longest waiting first, as rows and as in a list."""
    rows = session.scalars(
        sa.select(Claim)
        .where(Claim.ref.in_(refs), Claim.sent_at.is_not(None))
        .order_by(Claim.sent_at, Claim.id)
        .limit(A_PAGE)
    ).all()
    return rows, _briefs(session, rows)


def own_claim(session: Session, ref: str, person_id: int | None) -> Claim | None:
    """The claim of an address, for whom it is."""
    return session.scalars(
        sa.select(Claim).where(Claim.ref == ref, Claim.person_id == person_id)
    ).one_or_none()


def written_claim(session: Session, ref: str, person_id: int | None) -> Claim | None:
    """The claim of an address, for whom it is, or for whoever writes it for them."""
    theirs = sa.or_(Claim.person_id == person_id, Claim.id.in_(written_by(person_id)))
    return session.scalars(sa.select(Claim).where(Claim.ref == ref, theirs)).one_or_none()


def written_for_others(
    session: Session, person_id: int, after: str = ""
) -> tuple[list[Brief], str]:
    """A page of what somebody wrote for those who let them, the newest first, and after which place there is
    more.
    """
    found, more = claims_written(session, person_id, after)
    return _briefs(session, found), more


def show(session: Session, claim: Claim) -> Shown:
    """A claim with its lines and what was asked."""
    lines = session.scalars(
        sa.select(Line).where(Line.claim_id == claim.id).order_by(Line.id)
    ).all()
    asked = session.scalars(
        sa.select(Question).where(Question.claim_id == claim.id).order_by(Question.id)
    ).all()
    found, no_rate = _prices(session, claim, lines)
    alike = twins(session, lines, {claim.id: claim.person_id})
    receipts, limit = wholes(session, lines), int(setting(session, NO_RECEIPT)) * POUND
    elsewhere = unproved_elsewhere(session, [claim], lines)[claim.id]
    bare = unproved(lines, {key: price.pence for key, price in found.items()}, limit, elsewhere)
    shown = tuple(
        LineShown(
            line.id,
            line.category,
            line.day,
            line.tenths,
            found[line.id].pence if line.id in found else None,
            line.proof,
            line.file_id,
            line.decision,
            line.allowed,
            line.reason,
            alike[line.id],
            receipts.get(line.digest),
            line.id in bare,
        )
        for line in lines
    )
    return Shown(
        _briefs(session, [claim])[0],
        claim.version,
        claim.round,
        claim.appeal,
        shown,
        tuple(Asked(one.words, one.asked_at, one.answer, one.answered_at) for one in asked),
        sum(line.pence or 0 for line in shown),
        no_rate,
        adjusted(session, claim.id) if claim.state in STANDS else {},
    )


def _prices(session: Session, claim: Claim, lines: Sequence[Line]) -> tuple[dict[int, Price], bool]:
    if claim.state not in {State.DRAFT, State.QUERIED}:
        return {line.id: Price(line.pence or 0, line.before) for line in lines}, False
    try:
        return prices(session, claim, lines, local_date(now(), ZONE)), False
    except NoRateError:
        return {line.id: Price(line.pence) for line in lines if line.pence}, True


def _briefs(session: Session, claims: Sequence[Claim]) -> list[Brief]:
    """Three queries, and none for no claims."""
    if not claims:
        return []
    ids = [one.id for one in claims]
    return _made(claims, _sums(session, ids), _dues(session, claims, _pauses(session, ids)))


def _made(claims: Sequence[Any], sums: Mapping[int, int], ending: Mapping[int, Due]) -> list[Brief]:
    at = local_date(now(), ZONE)
    briefs = []
    for one in claims:
        ends = ending.get(one.id)
        late = ends is not None and _next(one.state, ends) < at
        briefs.append(
            Brief(
                one.id,
                one.ref,
                one.person_id,
                one.what,
                one.state,
                TURNS[one.state],
                sums.get(one.id, 0),
                one.sent_at,
                ends,
                late,
                one.version,
            )
        )
    return briefs


def _next(state: State, ends: Due) -> date:
    """The day by which the college does what is next; no day ends while it is not its turn."""
    if state is State.SUBMITTED:
        return ends.decided
    return ends.paid if state in {State.DECIDED, State.BATCHED} else date.max


def dues(session: Session, claims: Sequence[Claim]) -> dict[int, Due]:
    """When each of these is decided and paid at the latest, by claim; none that is not sent, or withdrawn.
    What was added to a claim that was paid has a clock of its own: it begins when that was approved. Three
    queries, and none for no claims.
    """
    return _dues(session, claims, _pauses(session, [one.id for one in claims])) if claims else {}


def dues_in_list(session: Session, rows: Sequence[Any]) -> dict[int, Due]:
    """The same of what a list reads of each claim, with whether it was ever asked about. Three queries
    at most.
    """
    asked = [one.id for one in rows if one.asked]
    return _dues(session, rows, _pauses(session, asked) if asked else {}) if rows else {}


def _dues(
    session: Session, claims: Sequence[Any], pauses: Mapping[int, Sequence[Pause]]
) -> dict[int, Due]:
    at, days = local_date(now(), ZONE), settings_of(session, (DECIDED_IN, PAID_IN))
    decided_in, paid_in = int(days[DECIDED_IN]), int(days[PAID_IN])
    found = {
        one.id: due(
            local_date(one.sent_at, ZONE),
            at,
            pauses.get(one.id, ()),
            decided_in=decided_in,
            paid_in=paid_in,
        )
        for one in claims
        if one.sent_at is not None and one.state is not State.WITHDRAWN
    }
    to_pay = [one.id for one in claims if one.state in TO_PAY]
    for claim_id, since in (added_since_paid(session, to_pay) if to_pay else {}).items():
        paid = after_working_days(local_date(since, ZONE), paid_in)
        found[claim_id] = replace(found[claim_id], paid=paid)
    return found


def _sums(session: Session, ids: Collection[int]) -> dict[int, int]:
    pence = sa.func.coalesce(Line.allowed, Line.pence, 0)
    rows = session.execute(
        sa.select(Line.claim_id, sa.func.sum(pence))
        .where(Line.claim_id.in_(ids))
        .group_by(Line.claim_id)
    )
    return {claim_id: int(total) for claim_id, total in rows}


def _pauses(session: Session, ids: Collection[int]) -> dict[int, list[Pause]]:
    """What was asked since the clock of each began: an appeal begins it anew, without what was before."""
    rows = session.execute(_PAUSES, {"ids": list(ids)})
    found: dict[int, list[Pause]] = {}
    for claim_id, asked, answered in rows:
        pause = Pause(local_date(asked, ZONE), local_date(answered, ZONE) if answered else None)
        found.setdefault(claim_id, []).append(pause)
    return found
