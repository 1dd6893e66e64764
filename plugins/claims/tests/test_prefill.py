"""A claim begun from what somebody gave: offered once, with its day filled in, and waved away for good."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.models import Category, Claim, Line, Prefill
from plugins.claims.privacy import SOURCES
from plugins.claims.queries.prefill import offered
from plugins.claims.services import prefill, writing
from plugins.claims.services.today import today
from plugins.claims.tests.making import Claims
from plugins.claims.tests.test_people import erase, merge
from portal.courses.api import sample_session
from portal.plugin_api import Actor, now

SignIn = Callable[..., FlaskClient]


def led(session: Session, who: Actor, days_ago: int = 3) -> None:
    sample_session(session, today() - timedelta(days=days_ago), leader_id=who.person_id)


@pytest.fixture(autouse=True)
def context(app: Any) -> Iterator[None]:
    """What rooms say of gifts needs the portal's settings."""
    with app.app_context():
        yield


def test_what_somebody_led_is_offered_once(session: Session, claims: Claims) -> None:
    sam, other = claims.person(), claims.person("Ash")
    led(session, sam)
    (one,) = offered(session, sam)
    assert one.day == today() - timedelta(days=3)
    assert offered(session, other) == []
    claim = prefill.begin_from(session, sam, one.key)
    assert claim is not None
    assert claim.what == one.title
    line = writing.add_line(session, sam, claim.id, Category.CAR)
    assert session.get_one(Line, line).day == one.day
    assert offered(session, sam) == []
    assert prefill.begin_from(session, sam, one.key) is None
    writing.throw_away(session, sam, claim.id)
    assert offered(session, sam) == [], "at most once"


def test_what_is_waved_away_is_not_offered_again(session: Session, claims: Claims) -> None:
    sam = claims.person()
    led(session, sam)
    (one,) = offered(session, sam)
    for _ in range(2):
        prefill.wave_away(session, sam, one.key)
    prefill.wave_away(session, sam, "something else")

    assert offered(session, sam) == []
    assert session.scalars(sa.select(Prefill.claim_id)).all() == [None]
    assert session.scalars(sa.select(Claim)).all() == []


@pytest.mark.parametrize("days_ago", [91, -3])
def test_what_is_long_ago_or_still_to_come_is_not_offered(
    session: Session, claims: Claims, days_ago: int
) -> None:
    sam = claims.person()
    led(session, sam, days_ago)

    assert offered(session, sam) == []


def test_erased_joined_and_let_go(session: Session, claims: Claims) -> None:
    sam, too = claims.person(), claims.person("Sam too")
    for who, keys in ((sam, "a"), (too, "ab")):
        for key in keys:
            session.add(Prefill(person_id=who.person_id, key=key, day=today(), at=now()))
    session.flush()
    merge(session, sam, too)
    assert session.scalars(sa.select(Prefill.person_id)).all() == [sam.person_id] * 2
    source = next(one for one in SOURCES if one.table == "claims_prefill")
    (keeping,) = source.keeping
    assert session.scalars(keeping.due(session, now() - timedelta(days=1))).all() == []
    ids = session.scalars(keeping.due(session, now() + timedelta(days=1))).all()
    assert len(ids) == len(source.export(session, sam.person_id or 0)) == 2
    keeping.forget(session, ids[:1])
    assert erase(session, sam) == 1
    assert session.scalars(sa.select(Prefill)).all() == []


def test_offered_on_the_first_page(session: Session, sign_in: SignIn) -> None:
    client = sign_in()
    led(session, Actor(client.person_id))  # type: ignore[attr-defined]
    session.commit()
    page = client.get("/claims/start").text
    found = re.search(r'name="gift" value="(\w+)"', page)
    assert found is not None
    assert "Led a session" in page
    sent = {"gift": found[1], "yes": "1", "form_key": "a" * 32}
    places = {client.post("/claims/start/from", data=sent).location for _ in range(2)}
    (place,) = places
    assert place.endswith("/add")
    answer = client.post(place, data={"category": "car"})
    assert answer.location.endswith("/how-much"), "the day is known"
    assert "Led a session" not in client.get("/claims/start").text
    gone = client.post("/claims/start/from", data={"gift": found[1], "yes": "1"})
    assert gone.location.endswith("/claims/start")
