"""The list of ideas: by shelf, by words, a page at a time; and how many stand where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from plugins.proposals.models import Contributor, Proposal, Section, Step
from plugins.proposals.queries.scope import visible, visible_to
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
    """One page of what the actor may see. One query, however many there are."""
    parts = _parts(words)
    way = "after" if after else "before" if before else ""
    rows = session.execute(
        _asking(actor.is_signed_in, tuple(stages), len(parts), way),
        {"key": after or before, **_sought(parts)},
    ).all()
    more = len(rows) > ON_A_PAGE
    lines = [_line(row) for row in rows[:ON_A_PAGE]]
    if after:
        lines.reverse()
    if not lines:
        return Page(())
    return Page(
        tuple(lines),
        older=lines[-1].id if more or after else 0,
        newer=lines[0].id if (more and after) or before else 0,
    )


@lru_cache(maxsize=256)
def _asking(signed_in: bool, stages: tuple[Stage, ...], words: int, way: str) -> sa.Select[Any]:
    """The query of a page. To put one together costs more than to ask it, so each is kept."""
    first = sa.func.substr(Section.words, 1, EXCERPT + 1)
    idea = sa.select(first).where(Section.proposal_id == Proposal.id, Section.key == "idea")
    people = sa.select(sa.func.count()).where(Contributor.proposal_id == Proposal.id)
    found = sa.select(
        Proposal.id,
        Proposal.ref,
        Proposal.title,
        Proposal.stage,
        Proposal.stage_since,
        idea.scalar_subquery(),
        people.scalar_subquery(),
    ).where(visible_to(signed_in), *_matching(words))
    if stages:
        found = found.where(Proposal.stage.in_(stages))
    key = sa.bindparam("key", type_=sa.Integer)
    if way == "after":
        found = found.where(Proposal.id > key).order_by(Proposal.id)
    else:
        found = found.order_by(Proposal.id.desc())
        if way == "before":
            found = found.where(Proposal.id < key)
    return found.limit(ON_A_PAGE + 1)


def _parts(words: str) -> list[str]:
    return folded(words[:200].replace("\0", " ")).split()[:MOST_WORDS]


def _sought(parts: Sequence[str]) -> dict[str, str]:
    """Each word as something that stands anywhere, with whatever LIKE reads as a sign taken for itself."""
    signs = str.maketrans({"/": "//", "%": "/%", "_": "/_"})
    return {f"word{n}": f"%{part.translate(signs)}%" for n, part in enumerate(parts)}


def _matching(words: int) -> list[sa.ColumnElement[bool]]:
    return [
        Proposal.words.like(sa.bindparam(f"word{n}", type_=sa.Text), escape="/")
        for n in range(words)
    ]


def _line(row: Sequence[Any]) -> Line:
    key, ref, title, stage, since, idea, people = row
    return Line(key, ref, title, stage, since, _excerpt(idea or "", title), people)


def _excerpt(words: str, title: str) -> str:
    plain = " ".join(words.split())
    if plain == title:
        return ""
    return plain if len(plain) <= EXCERPT else plain[:EXCERPT].rsplit(" ", 1)[0] + " …"


def found_by_search(session: Session, query: str, actor: Actor) -> list[SearchResult]:
    """Ideas that hold every word, the newest first."""
    parts = _parts(query)
    lines = session.execute(
        sa.select(Proposal.title, Proposal.ref)
        .where(visible(actor), *_matching(len(parts)))
        .order_by(Proposal.id.desc())
        .limit(MOST_FOUND),
        _sought(parts),
    )
    return [
        SearchResult(title, f"/proposals/{ref}", _l("Idea for a course")) for title, ref in lines
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
