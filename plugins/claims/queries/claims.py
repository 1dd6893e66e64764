"""Claims as pages show them: lists of few queries, and one claim whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import STANDS, Category, Claim, Decision, Line, Proof, Question, State
from plugins.claims.money.deadlines import Due, Pause, due
from plugins.claims.money.rates import NoRateError
from plugins.claims.promises import DECIDED_IN, NO_RECEIPT, PAID_IN, POUND, ZONE
from plugins.claims.queries.prices import VEHICLES, Price, prices
from portal.plugin_api import local_date, now, setting

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
ON_THEIR_WAY = (State.BATCHED, State.SENT, State.FAILED)
A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Brief:
    """A claim in a list. `pence` is what was allowed where that is decided, else what is claimed.

    `due` is None before it was sent and after it was withdrawn. `turn` says who does the next thing.
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


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line of a claim. `pence` is None until its answers are there.

    `twin`: the same receipt stands in another line, of whomever. `unproved`: no receipt, on a day on which
    more was spent than is believed without one.
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
    twin: bool
    unproved: bool

    @property
    def journey(self) -> bool:
        """Whether it is counted in miles."""
        return self.category in VEHICLES


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

    @property
    def question(self) -> Asked | None:
        """What waits for an answer."""
        return next((one for one in self.asked if one.answered_at is None), None)


def mine(session: Session, person_id: int, *, limit: int = A_PAGE) -> list[Brief]:
    """Somebody's claims, the newest first."""
    rows = session.scalars(
        sa.select(Claim).where(Claim.person_id == person_id).order_by(Claim.id.desc()).limit(limit)
    ).all()
    return _briefs(session, rows)


def under_way(session: Session, person_id: int, *, limit: int = 3) -> list[Brief]:
    """Somebody's claims that wait for them or for the college, the newest first."""
    rows = session.scalars(
        sa.select(Claim)
        .where(Claim.person_id == person_id, Claim.state.in_((State.DRAFT, *OPEN, *ON_THEIR_WAY)))
        .order_by(Claim.id.desc())
        .limit(limit)
    ).all()
    return _briefs(session, rows) if rows else []


def to_decide(session: Session, *, limit: int = A_PAGE) -> list[Brief]:
    """Claims that wait for a decision, the longest waiting first."""
    return _briefs(session, _waiting(session, limit))


def desk(session: Session, *, decided: int = 20) -> tuple[list[Brief], list[Brief]]:
    """What waits for a decision, the longest waiting first, and what was decided, the last one first."""
    waiting = _waiting(session, A_PAGE)
    closed = session.scalars(
        sa.select(Claim)
        .where(Claim.state.in_(STANDS))
        .order_by(Claim.sent_at.desc(), Claim.id.desc())
        .limit(decided)
    ).all()
    briefs = _briefs(session, [*waiting, *closed])
    return briefs[: len(waiting)], briefs[len(waiting) :]


def _waiting(session: Session, limit: int) -> Sequence[Claim]:
    return session.scalars(
        sa.select(Claim)
        .where(Claim.state == State.SUBMITTED)
        .order_by(Claim.sent_at, Claim.id)
        .limit(limit)
    ).all()


def claim_of(session: Session, ref: str) -> Claim | None:
    """The claim of an address."""
    return session.scalars(sa.select(Claim).where(Claim.ref == ref)).one_or_none()


def own_claim(session: Session, ref: str, person_id: int | None) -> Claim | None:
    """The claim of an address, for whom it is."""
    return session.scalars(
        sa.select(Claim).where(Claim.ref == ref, Claim.person_id == person_id)
    ).one_or_none()


def show(session: Session, claim: Claim) -> Shown:
    """A claim with its lines and what was asked."""
    lines = session.scalars(
        sa.select(Line).where(Line.claim_id == claim.id).order_by(Line.id)
    ).all()
    asked = session.scalars(
        sa.select(Question).where(Question.claim_id == claim.id).order_by(Question.id)
    ).all()
    found, no_rate = _prices(session, claim, lines)
    twins, unproved = _twins(session, lines), _unproved(session, lines, found)
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
            line.digest in twins,
            line.id in unproved,
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
    )


def _prices(session: Session, claim: Claim, lines: Sequence[Line]) -> tuple[dict[int, Price], bool]:
    if claim.state not in {State.DRAFT, State.QUERIED}:
        return {line.id: Price(line.pence or 0, line.before) for line in lines}, False
    try:
        return prices(session, claim, lines, local_date(now(), ZONE)), False
    except NoRateError:
        return {line.id: Price(line.pence) for line in lines if line.pence}, True


def _twins(session: Session, lines: Sequence[Line]) -> set[str]:
    """Hashes of receipts that stand in more than one line."""
    digests = {line.digest for line in lines if line.digest}
    if not digests:
        return set()
    many = sa.select(Line.digest).where(Line.digest.in_(digests)).group_by(Line.digest)
    return set(session.scalars(many.having(sa.func.count(Line.id) > 1)))


def _unproved(session: Session, lines: Sequence[Line], found: Mapping[int, Price]) -> set[int]:
    """Lines without a receipt on days that come to more than is believed without one."""
    limit = int(setting(session, NO_RECEIPT)) * POUND
    bare = [
        line
        for line in lines
        if line.category not in VEHICLES and line.proof not in {None, Proof.FILE}
    ]
    days: dict[date | None, int] = {}
    for line in bare:
        days[line.day] = days.get(line.day, 0) + (found[line.id].pence if line.id in found else 0)
    return {line.id for line in bare if days[line.day] > limit}


def _briefs(session: Session, claims: Sequence[Claim]) -> list[Brief]:
    ids = [one.id for one in claims]
    sums, ending = _sums(session, ids), dues(session, claims)
    at = local_date(now(), ZONE)
    briefs = []
    for one in claims:
        ends = ending.get(one.id)
        late = ends is not None and one.state is State.SUBMITTED and ends.decided < at
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
            )
        )
    return briefs


def dues(session: Session, claims: Sequence[Claim]) -> dict[int, Due]:
    """When each of these is decided and paid at the latest, by claim; none that is not sent, or withdrawn."""
    pauses = _pauses(session, [one.id for one in claims])
    at = local_date(now(), ZONE)
    decided_in, paid_in = (int(setting(session, key)) for key in (DECIDED_IN, PAID_IN))
    return {
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


def _sums(session: Session, ids: Collection[int]) -> dict[int, int]:
    pence = sa.func.coalesce(Line.allowed, Line.pence, 0)
    rows = session.execute(
        sa.select(Line.claim_id, sa.func.sum(pence))
        .where(Line.claim_id.in_(ids))
        .group_by(Line.claim_id)
    )
    return {claim_id: int(total) for claim_id, total in rows}


def _pauses(session: Session, ids: Collection[int]) -> dict[int, list[Pause]]:
    rows = session.execute(
        sa.select(Question.claim_id, Question.asked_at, Question.answered_at).where(
            Question.claim_id.in_(ids)
        )
    )
    found: dict[int, list[Pause]] = {}
    for claim_id, asked, answered in rows:
        pause = Pause(local_date(asked, ZONE), local_date(answered, ZONE) if answered else None)
        found.setdefault(claim_id, []).append(pause)
    return found
