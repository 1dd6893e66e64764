"""Everything that somebody gave, as every room and plugin says of it: by year, with the hours that count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.plugin_api import Actor, Contribution
from portal.plugin_api.dispatch import gather_contributions, part_titles


@dataclass(frozen=True, slots=True)
class ContributionYear:
    """What somebody gave in one calendar year, newest first; `minutes` of those that count time."""

    year: int
    gifts: Sequence[Contribution]
    minutes: int


@dataclass(frozen=True, slots=True)
class ContributionRecord:
    """All that somebody gave, and the titles of the parts that could not answer."""

    years: Sequence[ContributionYear]
    count: int
    minutes: int
    first: date | None
    missing: Sequence[str]


def contribution_record(
    session: Session, actor: Actor, person_id: int | None
) -> ContributionRecord:
    """What somebody gave, by year, for this actor to see. Empty for nobody."""
    if person_id is None:
        return ContributionRecord((), 0, 0, None, ())
    answers = gather_contributions(session, person_id, actor)
    by_year: dict[int, list[Contribution]] = {}
    for item in answers.items:
        by_year.setdefault(item.on.year, []).append(item)
    years = [ContributionYear(year, items, _minutes(items)) for year, items in by_year.items()]
    return ContributionRecord(
        years=years,
        count=len(answers.items),
        minutes=_minutes(answers.items),
        first=answers.items[-1].on if answers.items else None,
        missing=part_titles(session, answers.missing),
    )


def _minutes(items: Sequence[Contribution]) -> int:
    return sum(item.minutes or 0 for item in items)
