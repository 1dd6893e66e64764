"""The list of ideas: by shelf, by words, a page at a time; and how many stand where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from plugins.proposals.models import Contributor, Proposal, Section, Step
from plugins.proposals.queries.scope import visible
from plugins.proposals.states import Stage
from plugins.proposals.texts import folded
from portal.plugin_api import Actor, SearchResult

ON_A_PAGE = 20
MOST_FOUND = 10
MOST_WORDS = 8
EXCERPT = 220  # letters of an idea on a card


@dataclass(frozen=True, slots=True)
class Line:
    """A proposal on the list."""

    id: int
    ref: str
    title: str
    stage: Stage
    since: datetime
    idea: str
    people: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, the newest first; `older` and `newer` are where the next pages begin, 0 for none."""

    lines: Sequence[Line]
    older: int = 0
    newer: int = 0


def page(
    session: Session,
    actor: Actor,
    *,
    stages: Sequence[Stage] = (),
    words: str = "",
    before: int = 0,
    after: int = 0,
) -> Page:
    """One page of what the actor may see. Two queries, however many there are."""
    found = sa.select(Proposal).where(visible(actor), *_matching(words))
    if stages:
        found = found.where(Proposal.stage.in_(stages))
    if after:
        found = found.where(Proposal.id > after).order_by(Proposal.id)
    else:
        found = found.order_by(Proposal.id.desc())
        if before:
            found = found.where(Proposal.id < before)
    rows = list(session.scalars(found.limit(ON_A_PAGE + 1)))
    more = len(rows) > ON_A_PAGE
    rows = rows[:ON_A_PAGE]
    if after:
        rows.reverse()
    if not rows:
        return Page(())
    return Page(
        _lines(session, rows),
        older=rows[-1].id if more or after else 0,
        newer=rows[0].id if (more and after) or before else 0,
    )


def _matching(words: str) -> list[sa.ColumnElement[bool]]:
    parts = folded(words[:200].replace("\0", " ")).split()[:MOST_WORDS]
    return [Proposal.words.contains(part, autoescape=True) for part in parts]


def _lines(session: Session, rows: Sequence[Proposal]) -> list[Line]:
    ids = [row.id for row in rows]
    count = (
        sa.select(Contributor.proposal_id, sa.func.count().label("people"))
        .where(Contributor.proposal_id.in_(ids))
        .group_by(Contributor.proposal_id)
        .subquery()
    )
    start = sa.func.substr(Section.words, 1, EXCERPT + 1)
    more = {
        key: (idea, people)
        for key, idea, people in session.execute(
            sa.select(Proposal.id, start, count.c.people)
            .outerjoin(Section, sa.and_(Section.proposal_id == Proposal.id, Section.key == "idea"))
            .outerjoin(count, count.c.proposal_id == Proposal.id)
            .where(Proposal.id.in_(ids))
        )
    }
    return [
        Line(
            id=row.id,
            ref=row.ref,
            title=row.title,
            stage=row.stage,
            since=row.stage_since,
            idea=_excerpt(more[row.id][0] or "", row.title),
            people=more[row.id][1] or 0,
        )
        for row in rows
    ]


def _excerpt(words: str, title: str) -> str:
    plain = " ".join(words.split())
    if plain == title:
        return ""
    return plain if len(plain) <= EXCERPT else plain[:EXCERPT].rsplit(" ", 1)[0] + " …"


def found_by_search(session: Session, query: str, actor: Actor) -> list[SearchResult]:
    """Ideas that hold every word, the newest first."""
    lines = session.scalars(
        sa.select(Proposal)
        .where(visible(actor), *_matching(query))
        .order_by(Proposal.id.desc())
        .limit(MOST_FOUND)
    )
    return [
        SearchResult(row.title, f"/proposals/{row.ref}", _l("Idea for a course")) for row in lines
    ]


@dataclass(frozen=True, slots=True)
class Stand:
    """How many proposals stand at a stage now, and for how many days those that went on had stood there (the
    median; None where none went on yet).
    """

    stage: Stage
    now: int
    days: float | None


def stands(session: Session) -> list[Stand]:
    """Where all proposals are, in the order of their life. Two queries."""
    counted = sa.select(Proposal.stage, sa.func.count()).group_by(Proposal.stage)
    counts = dict(session.execute(counted).all())
    times: dict[Stage, list[int]] = {}
    for stage, seconds in session.execute(
        sa.select(Step.before, Step.seconds).where(Step.before.is_not(None))
    ):
        if stage is not None:
            times.setdefault(stage, []).append(seconds)
    return [Stand(stage, counts.get(stage, 0), _middle(times.get(stage, []))) for stage in Stage]


def _middle(seconds: list[int]) -> float | None:
    if not seconds:
        return None
    from statistics import median

    return round(median(seconds) / 86_400, 1)
