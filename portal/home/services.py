"""What the pages of this room show, put together from what other rooms and plugins answer.

Nothing here writes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.courses import api as courses
from portal.courses.api import CourseCard, Place
from portal.plugin_api import Actor
from portal.plugin_api.dispatch import gather_search, part_titles

LONGEST_QUERY = 200  # letters; the `search` hook promises it to plugins
MOST_PER_GROUP = 20
SOON = 6  # cards on the landing page: two rows of three


@dataclass(frozen=True, slots=True)
class Result:
    """One record that was found; plain text and an address on this site."""

    title: str
    url: str
    summary: str


@dataclass(frozen=True, slots=True)
class ResultGroup:
    """Results of one kind; `more` counts those that were left off."""

    kind: str
    results: Sequence[Result]
    more: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, and the titles of the parts that could not answer."""

    groups: Sequence[ResultGroup]
    count: int
    missing: Sequence[str]


def starting_soon(session: Session, zone: str) -> Sequence[CourseCard]:
    """The next courses that begin and still have places, soonest first; each has a run."""
    return courses.starting_soon(session, limit=SOON, zone=zone)


def main_place(session: Session, address: str) -> Place | None:
    """The venue in the college's own building, or None when no venue goes by its name.

    `address` is the college's; its first part names the building.
    """
    building = address.partition(",")[0].strip().casefold()
    at_home = (
        place
        for place in courses.venues(session)
        if building and not place.online and place.name.casefold().startswith(building)
    )
    return next(at_home, None)


def clean_query(text: str) -> str:
    """What somebody typed as a search: one line, without what no keyboard makes, of bounded length."""
    printable = "".join(
        " " if letter.isspace() else letter
        for letter in text[: LONGEST_QUERY * 4]
        if letter.isspace() or unicodedata.category(letter)[0] != "C"
    )
    return " ".join(printable.split())[:LONGEST_QUERY].strip()


def search(session: Session, query: str, actor: Actor) -> Found:
    """Everything that matches and that the actor may see, by kind, in the order of registration."""
    answers = gather_search(session, query, actor)
    kinds: dict[str, list[Result]] = {}
    for one in answers.items:
        # An address outside this site is no record of ours, whatever a plugin says.
        if one.url.startswith("/") and not one.url.startswith(("//", "/\\")):
            plain = Result(str(one.title), str(one.url), str(one.summary))
            kinds.setdefault(str(one.kind), []).append(plain)
    groups = [
        ResultGroup(kind, results[:MOST_PER_GROUP], max(0, len(results) - MOST_PER_GROUP))
        for kind, results in kinds.items()
    ]
    return Found(
        groups=groups,
        count=sum(len(results) for results in kinds.values()),
        missing=part_titles(session, answers.missing),
    )
