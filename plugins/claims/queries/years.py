"""The journeys of people's tax years, in the order in which they were priced, with what the books owe."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import STANDS, Adjustment, AdjustmentKind, Claim, EntryRow, Line
from plugins.claims.money.postings import About
from plugins.claims.money.rates import tax_year
from plugins.claims.money.years import Journey
from plugins.claims.queries.owing import OWED
from plugins.claims.queries.prices import COUNTED, VEHICLES, counts

Year = Sequence[Journey]


def travellers(
    session: Session, *, claim_id: int | None = None, since: date | None = None
) -> list[int]:
    """Whose years are meant: of one claim that has journeys, or of all who made one on or after a day. One
    query.
    """
    found = (
        sa.select(Claim.person_id)
        .join(Line, Line.claim_id == Claim.id)
        .where(Claim.person_id.is_not(None), Line.category.in_(VEHICLES))
        .distinct()
    )
    if claim_id is not None:
        found = found.where(Claim.id == claim_id)
    if since is not None:
        found = found.where(Line.day >= since)
    return [person_id for person_id in session.scalars(found) if person_id is not None]


def years(session: Session, people: Collection[int]) -> list[Year]:
    """All years of these people, one for each way to come: what is declined or withdrawn is not in them. One
    query, none for nobody.
    """
    return _read(session, Claim.person_id.in_(people)) if people else []


def year_of(session: Session, line: Line, claim: Claim) -> Year:
    """The year in which a journey is; of whoever is erased nobody knows their other journeys. One query."""
    theirs = Claim.person_id == claim.person_id
    found = _read(session, theirs if claim.person_id is not None else Line.id == line.id)
    return next((year for year in found if any(one.id == line.id for one in year)), [])


def _read(session: Session, whose: sa.ColumnElement[bool]) -> list[Year]:
    found: dict[object, list[Journey]] = {}
    for person_id, state, line, *sums in session.execute(_journeys(whose)):
        if line.day is None or line.known_on is None or line.tenths is None or not line.pence:
            continue
        stands, put_right, more, less, back = (int(pence or 0) for pence in sums)
        vehicle = VEHICLES[line.category]
        one = Journey(
            line.id,
            vehicle,
            line.day,
            line.tenths,
            line.known_on,
            line.pence,
            allowed=stands - put_right,
            stands=stands,
            more=more,
            less=less,
            back=bool(back),
            open=state not in STANDS,
        )
        found.setdefault((person_id, tax_year(line.day), vehicle), []).append(one)
    return list(found.values())


def _journeys(whose: sa.ColumnElement[bool]) -> sa.Select[Any]:
    theirs = (
        sa.select(Line.id)
        .join(Claim, Claim.id == Line.claim_id)
        .where(whose, Line.category.in_(VEHICLES))
    )
    books = (
        sa.select(EntryRow.about_id, sa.func.sum(OWED).label("stands"))
        .where(EntryRow.about == About.LINE, EntryRow.about_id.in_(theirs))
        .group_by(EntryRow.about_id)
        .subquery()
    )
    right = _put_right(theirs)
    return (
        sa.select(
            Claim.person_id,
            Claim.state,
            Line,
            books.c.stands,
            right.c.put_right,
            right.c.more,
            right.c.less,
            right.c.back,
        )
        .join(Claim, Claim.id == Line.claim_id)
        .outerjoin(books, books.c.about_id == Line.id)
        .outerjoin(right, right.c.line_id == Line.id)
        .where(whose, Line.category.in_(VEHICLES), Claim.state.in_(COUNTED), counts())
        .order_by(Line.turn, Line.id)
    )


def _put_right(lines: sa.Select[Any]) -> sa.Subquery:
    """By line: what was put right; what was proposed by nobody and not approved; whether it is taken back."""
    done = Adjustment.approved_at.is_not(None)

    def total(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.sum(sa.case((sa.and_(*conditions), Adjustment.pence), else_=0))

    return (
        sa.select(
            Adjustment.line_id,
            total(done).label("put_right"),
            total(sa.not_(done), Adjustment.kind == AdjustmentKind.TOP_UP).label("more"),
            total(sa.not_(done), Adjustment.kind == AdjustmentKind.ANEW).label("less"),
            sa.func.max(
                sa.case((sa.and_(done, Adjustment.kind == AdjustmentKind.BACK), 1), else_=0)
            ).label("back"),
        )
        .where(Adjustment.line_id.in_(lines))
        .group_by(Adjustment.line_id)
        .subquery()
    )
