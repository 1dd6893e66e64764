"""The courses room's part of the demo college: the published facts, made one invented college's own.

The catalogue comes through the importer, as any college's would. Then the college writes its own words
(`data/demo_words.toml`), decides what runs, and three terms of runs are made around the present day.
The same seed and the same day give the same college.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import DemoPeople
from portal.courses.demo.catalogue import read_words, write_catalogue
from portal.courses.demo.handouts import seed_handouts
from portal.courses.demo.leaders import Leaders, insert
from portal.courses.demo.runs import WHICH, RunMaker
from portal.courses.demo.terms import terms_around
from portal.courses.models import Term, Venue
from portal.courses.services import history, prospectus
from portal.courses.services.slugs import slugify
from portal.plugin_api import SYSTEM, Actor

FACTS = Path(__file__).parents[1] / "data" / "prospectus_facts.csv"
SEED = 2027
BEFORE = timedelta(days=500)  # when the college took its first ideas from other prospectuses


def seed_courses(
    session: Session,
    people: DemoPeople,
    *,
    zone: str,
    at: datetime | None = None,
    seed: int = SEED,
) -> None:
    """Add the demo catalogue, terms, venues, runs and leaders; flushes, never commits.

    `at` is the present, or a moment given instead; `zone` is where the sessions are promised.
    """
    at = at or clock.now()
    chance = random.Random(seed)  # noqa: S311 - invented dates, not secrets
    coordinator = Actor(person_id=people.officers["coordinator"][0], name="coordinator")
    _import_facts(session, at - BEFORE)
    words = read_words()
    offered = write_catalogue(session, words, coordinator, chance, at)
    today = clock.local_date(at, zone)
    terms = _insert_terms(session, today)
    venues = _insert_venues(session, words["venues"])
    leaders = Leaders(chance, people.peers, people.professionals)
    maker = RunMaker(session, chance, leaders, coordinator, venues, zone=zone, at=at)
    for which, term in zip(WHICH, terms, strict=True):
        maker.make_term(term, which, offered)
    seed_handouts(session, coordinator)
    history.bump_catalogue(session)


def _import_facts(session: Session, at: datetime) -> None:
    with prospectus.check(session, FACTS) as checked:
        prospectus.apply(session, SYSTEM, checked, at=at)


def _insert_terms(session: Session, today: date) -> list[Term]:
    terms = [
        Term(slug=slugify(name.replace("–", "-")), name=name, starts_on=first, ends_on=last)
        for name, first, last in terms_around(today)
    ]
    session.add_all(terms)
    session.flush()
    return terms


def _insert_venues(session: Session, descriptions: list[dict[str, Any]]) -> list[tuple[int, int]]:
    rows = [
        {
            "slug": slugify(one["name"]),
            "name": one["name"],
            "address": one["address"],
            "postcode": one["postcode"],
            "capacity": one["capacity"],
            **{fact: one.get(fact, False) for fact in _ACCESS},
            "bus": one["bus"],
            "access_note": one["access_note"],
            "online": False,
        }
        for one in descriptions
    ]
    ids = insert(session, Venue, rows)
    return [(identity, one["capacity"]) for identity, one in zip(ids, rows, strict=True)]


_ACCESS = ("step_free", "hearing_loop", "quiet_room", "accessible_toilet", "parking")
