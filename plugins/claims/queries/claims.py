"""Lists of claims, of few queries each: one's own, the desk's, and those that were picked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import STANDS, Claim, Line, Question, State
from plugins.claims.money.batches import What
from plugins.claims.queries.briefs import OPEN, Brief, briefs, listed
from plugins.claims.queries.places import Place
from plugins.claims.queries.support import claims_written
from plugins.claims.queries.written_out import Written, written_out
from portal.accounts.api import name_of
from portal.plugin_api import rows_of

ON_THEIR_WAY = (State.BATCHED, State.SENT, State.FAILED)
A_PAGE = 50
MOST_ID = 2**31 - 1
# What a list reads of each claim, with what it comes to, and whether its clock ever stood still.
_ROW = (
    Claim.id,
    Claim.ref,
    Claim.person_id,
    Claim.what,
    Claim.state,
    Claim.sent_at,
    Claim.closed_at,
    Claim.version,
    sa.select(sa.func.sum(sa.func.coalesce(Line.allowed, Line.pence, 0)))
    .where(Line.claim_id == Claim.id)
    .scalar_subquery()
    .label("pence"),
    sa.exists().where(Question.claim_id == Claim.id).label("asked"),
)


def _first_of(state: State, limit: int, *order: Any, after: Any = None) -> sa.Select[Any]:
    """The first claims in one state, by their ids: each is read off the index, which one question about
    several states at once would not be.
    """
    first = sa.select(Claim.id, Claim.sent_at).where(Claim.state == state)
    first = first.order_by(*order).limit(limit)
    if after is not None:
        first = first.where(after)
    return sa.select(first.subquery())


def _listing(*firsts: sa.Select[Any], newest: int | None = None) -> sa.Select[Any]:
    """The rows of these, or of so many of them that were sent last, the longest waiting first."""
    found = sa.union_all(*firsts).subquery()
    ids = sa.select(found.c.id)
    if newest is not None:
        ids = ids.order_by(found.c.sent_at.desc(), found.c.id.desc()).limit(newest)
    named = sa.select(*_ROW, name_of(Claim.person_id).label("name"))
    return named.where(Claim.id.in_(ids)).order_by(Claim.sent_at, Claim.id)


def _named(rows: Sequence[Any]) -> dict[int, str]:
    return {one.person_id: one.name for one in rows if one.name is not None}


DESK, ASKED, DECIDED = 25, 25, 25  # what is seen at once
_AFTER = sa.tuple_(
    sa.bindparam("at", type_=Claim.sent_at.type), sa.bindparam("id", type_=sa.Integer)
)
_WAITING = (State.SUBMITTED, DESK + 1, Claim.sent_at, Claim.id)


@cache  # put together once, as the others: making such a question costs as much as asking it
def _mine(size: int) -> Written:
    """One page and the first of the next."""
    mine = sa.select(*_ROW).where(
        Claim.person_id == sa.bindparam("person"),
        Claim.id < sa.bindparam("before", type_=sa.Integer),
    )
    return written_out(mine.order_by(Claim.id.desc()).limit(size + 1))


_DESK = written_out(
    _listing(
        _first_of(*_WAITING),
        _first_of(State.QUERIED, ASKED, Claim.sent_at, Claim.id),
    )
)
_DECIDED = written_out(
    _listing(
        *(
            _first_of(state, DECIDED, Claim.sent_at.desc(), Claim.id.desc())
            for state in sorted(STANDS)
        ),
        newest=DECIDED,
    )
)
_NEXT = written_out(
    _listing(_first_of(*_WAITING, after=sa.tuple_(Claim.sent_at, Claim.id) > _AFTER))
)


def mine(
    session: Session, person_id: int, *, before: int = MOST_ID, limit: int = A_PAGE
) -> tuple[Sequence[Brief], int]:
    """Somebody's claims, the newest first, and the claim before which there are more; 0 where there are none.
    Three queries at most.
    """
    asked = {"person": person_id, "before": before}
    rows = rows_of(session, _mine(limit), asked)
    return listed(session, rows[:limit]), rows[limit - 1].id if len(rows) > limit else 0


def under_way(session: Session, person_id: int, *, limit: int = 3) -> list[Brief]:
    """Somebody's claims that wait for them or for the college, the newest first."""
    rows = session.scalars(
        sa.select(Claim)
        .where(Claim.person_id == person_id, Claim.state.in_((State.DRAFT, *OPEN, *ON_THEIR_WAY)))
        .order_by(Claim.id.desc())
        .limit(limit)
    ).all()
    return briefs(session, rows)


def to_decide(session: Session, *, limit: int = A_PAGE) -> list[Brief]:
    """Claims that wait for a decision, the longest waiting first."""
    rows = session.scalars(
        sa.select(Claim)
        .where(Claim.state == State.SUBMITTED)
        .order_by(Claim.sent_at, Claim.id)
        .limit(limit)
    ).all()
    return briefs(session, rows)


@dataclass(frozen=True, slots=True)
class Desk:
    """What waits for a decision, or for an answer, the longest waiting first, with people's names by their
    ids. More wait after the place `last`; none where it is None.
    """

    waiting: Sequence[Brief]
    asked: Sequence[Brief]
    names: Mapping[int, str]
    last: Place | None


def desk(session: Session, *, after: Place | None = None) -> Desk:
    """The desk of those who decide; `after` a place, what waits behind it alone. Three queries at most."""
    rows = (
        rows_of(session, _DESK)
        if after is None
        else rows_of(session, _NEXT, {"at": after.at, "id": after.id})
    )
    waiting, asked = ([one for one in rows if one.state is state] for state in OPEN)
    more, waiting = len(waiting) > DESK, waiting[:DESK]
    found = listed(session, [*waiting, *asked])
    at = len(waiting)
    last = Place(waiting[-1].sent_at, What.CLAIM, waiting[-1].id) if more else None
    return Desk(found[:at], found[at:], _named(rows), last)


def decided(session: Session) -> tuple[Sequence[Brief], Mapping[int, str]]:
    """What was decided, what was sent last first, with people's names by their ids. Three queries at most."""
    rows = rows_of(session, _DECIDED)[::-1]
    return listed(session, rows), _named(rows)


def picked(session: Session, refs: Collection[str]) -> tuple[Sequence[Claim], list[Brief]]:
    """The claims of these addresses that were sent, the longest waiting first, as rows and as in a list."""
    rows = session.scalars(
        sa.select(Claim)
        .where(Claim.ref.in_(refs), Claim.sent_at.is_not(None))
        .order_by(Claim.sent_at, Claim.id)
        .limit(A_PAGE)
    ).all()
    return rows, briefs(session, rows)


def written_for_others(
    session: Session, person_id: int, after: str = ""
) -> tuple[list[Brief], str]:
    """A page of what somebody wrote for those who let them, the newest first, and after which place there is
    more.
    """
    found, more = claims_written(session, person_id, after)
    return briefs(session, found), more
