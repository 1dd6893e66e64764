"""Rates are facts with dates: added, never changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError, Why
from plugins.claims.money.mileage import Vehicle
from plugins.claims.queries.quotes import plain, quote
from plugins.claims.queries.rates import rates
from plugins.claims.services.rates import NewRate, add_rate
from plugins.claims.services.store import lines_of
from plugins.claims.tests.facts import RATES
from plugins.claims.tests.making import Claims, car

SignIn = Callable[..., FlaskClient]


def new(key: str = "car-first", pence: int = 60, day: date = date(2027, 4, 6)) -> NewRate:
    return NewRate(key, pence, day, "GOV.UK")


def facts(found: list[object]) -> set[str]:
    """Without the ids of rows."""
    return {str(one).rpartition(", id=")[0] for one in found}


def test_the_plugin_begins_with_the_facts_in_its_file(session: Session) -> None:
    assert facts([*rates(session)]) == facts([*RATES])


def test_a_new_rate_ends_the_one_before_it(session: Session, claims: Claims) -> None:
    treasurer = claims.person("Treasurer")
    add_rate(session, treasurer, new())
    add_rate(session, treasurer, new("bicycle", 25))

    last, first = date(2027, 4, 5), date(2027, 4, 6)
    values = [quote(session, Vehicle.CAR, day, 100).pence for day in (last, first)]
    assert values == [550, 600]
    assert quote(session, Vehicle.CAR, first, 100, 99_950).pence == 60 * 5 + 25 * 5
    values = [quote(session, Vehicle.BICYCLE, day, 100).pence for day in (last, first)]
    assert values == [200, 250]


def test_another_program_reads_the_miles_of_a_quote(session: Session) -> None:
    made = plain(quote(session, Vehicle.CAR, date(2026, 7, 7), 19_999, 90_000))

    assert made["pence"] == 79_998
    assert [float(made["miles"]), *(float(band["miles"]) for band in made["bands"])] == [
        1999.9,
        1000.0,
        999.9,
    ]


def test_a_backdated_rate_changes_nothing_that_was_sent(session: Session, claims: Claims) -> None:
    sam = claims.person()
    sent = claims.sent(sam, car(100, date(2026, 6, 1)))
    add_rate(session, claims.person("Treasurer"), new(day=date(2026, 5, 1)))

    assert [line.pence for line in lines_of(session, sent.id)] == [5500]
    later = claims.sent(sam, car(100, date(2026, 6, 1)))
    assert [line.pence for line in lines_of(session, later.id)] == [6000]


@pytest.mark.parametrize("day", [date(2026, 4, 6), date(2020, 1, 1)])
def test_a_rate_is_not_changed_in_hindsight(session: Session, claims: Claims, day: date) -> None:
    with pytest.raises(RefusedError) as said:
        add_rate(session, claims.person(), new(day=day))
    assert said.value.why is Why.EARLIER_RATE


def test_a_rate_is_known_from_the_day_it_was_added(session: Session, claims: Claims) -> None:
    with time_machine.travel(datetime(2027, 5, 1, 9, tzinfo=UTC), tick=False):
        add_rate(session, claims.person("Treasurer"), new())
    with time_machine.travel(datetime(2027, 4, 20, 9, tzinfo=UTC), tick=False):
        assert quote(session, Vehicle.CAR, date(2027, 4, 10), 100).pence == 550
    with time_machine.travel(datetime(2027, 5, 1, 9, tzinfo=UTC), tick=False):
        assert quote(session, Vehicle.CAR, date(2027, 4, 10), 100).pence == 600


def test_a_treasurer_adds_one_once(session: Session, sign_in: SignIn) -> None:
    treasurer = sign_in("treasurer")
    typed = {
        "kind": "motorcycle",
        "pence": "26",
        "day": ["6", "4", "2027"],
        "source": "GOV.UK, April 2027",
        "form_key": "d" * 32,
    }
    for _ in range(2):
        assert treasurer.post("/claims/rates/new", data=typed).status_code == 303
    answer = treasurer.post("/claims/rates/new", data=typed | {"form_key": "e" * 32})

    assert answer.status_code == 422
    assert "Choose a later day" in answer.text
    assert "GOV.UK, April 2027" in treasurer.get("/claims/quote").text
