"""Many at once: a budget is not promised twice, hours are not used twice, and an answer is owed once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError
from plugins.claims.models import Activity, Credit, Offer, Stage
from plugins.claims.money.recognition import Taken
from plugins.claims.queries.budgets import tally
from plugins.claims.queries.recognition_books import wrong_choices
from plugins.claims.services import answering, confirming, hours, offering
from plugins.claims.services.answering import Answer
from plugins.claims.services.hours import balance
from plugins.claims.services.offering import NewOffer
from plugins.claims.services.owing import owed
from plugins.claims.tests.making_offers import ALL, NOTHING, Offers
from plugins.claims.tests.test_races import at_once
from portal.plugin_api import run_unit

SignIn = Callable[..., FlaskClient]


def works(app: Any, work: Callable[[Session], Any]) -> str:
    """Do it in a unit of its own; says how it went."""
    with app.app_context():
        try:
            run_unit(work)
        except RefusedError as refused:
            return refused.why.value
    return "done"


def meeting(real: Callable[..., Any]) -> Callable[..., Any]:
    """The same, but both read before either writes, where nothing keeps them apart."""
    meet = threading.Barrier(2)

    def slow(*args: Any) -> Any:
        found = real(*args)
        try:
            meet.wait(0.7)
        except threading.BrokenBarrierError:
            return found
        return found

    return slow


@pytest.mark.parametrize("locked", [True, False])
def test_two_offers_at_once_do_not_promise_the_same_money(
    app: Any,
    session: Session,
    offers: Offers,
    monkeypatch: pytest.MonkeyPatch,
    engine_name: str,
    *,
    locked: bool,
) -> None:
    """Without the lock, and where writers do not wait for each other anyhow, both are made."""
    budget = offers.budget(6_875)
    two = [offers.activity(budget=budget).id for _ in range(2)]
    people = [offers.person(name).person_id or 0 for name in ("Sam", "Ash")]
    key, maker = budget.id, offers.maker
    session.commit()
    monkeypatch.setattr(offering, "tally", meeting(tally))
    if not locked:
        monkeypatch.setattr(offering, "_activity", lambda unit, one: unit.get(Activity, one))

    def make(activity: int, person: int) -> str:
        new = NewOffer(person, 150, 2750)
        return works(app, lambda unit: offering.offer(unit, maker, activity, new))

    said = at_once(*(partial(make, *pair) for pair in zip(two, people, strict=True)))
    made = session.scalar(sa.select(sa.func.count(Offer.id)))
    left = tally(session, key).left
    session.commit()

    twice = not locked and engine_name == "postgresql"
    assert sorted(said) == (["done", "done"] if twice else ["budget", "done"])
    assert (made, left) == ((2, -6_875) if twice else (1, 0))


@pytest.mark.parametrize("locked", [True, False])
def test_hours_that_are_used_twice_at_once_are_there_once(
    app: Any,
    session: Session,
    offers: Offers,
    monkeypatch: pytest.MonkeyPatch,
    engine_name: str,
    *,
    locked: bool,
) -> None:
    sam = offers.person()
    wanted = Answer(Taken.NOTHING, wanted=frozenset({"credit"}))
    offers.done(sam, wanted, credit=60)
    person, by = sam.person_id or 0, offers.maker
    session.commit()
    monkeypatch.setattr(hours, "balance", meeting(balance))
    if not locked:
        monkeypatch.setattr(hours, "_lock", lambda *_: None)

    def use(key: str) -> str:
        return works(
            app,
            lambda unit: hours.use_or_adjust(
                unit, by, person, Credit.SPENT, -60, "A ticket", key=key
            ),
        )

    said = at_once(partial(use, "a"), partial(use, "b"))
    left = balance(session, person)
    session.commit()

    twice = not locked and engine_name == "postgresql"
    assert sorted(said) == (["done", "done"] if twice else ["done", "hours"])
    assert left == (-60 if twice else 0)


def test_an_answer_and_its_closing_at_once_are_owed_once(
    app: Any, session: Session, offers: Offers
) -> None:
    sam, closer = offers.person(), offers.closer
    for _ in range(4):
        made = offers.offer(sam)
        choice = offers.answer(sam, made, ALL)
        key, choice_id = made.id, choice.id
        session.commit()

        def answer(unit: Session, said: Answer, key: int = key) -> None:
            answering.answer(unit, sam, key, said)

        def close(unit: Session, key: int = key) -> None:
            confirming.close(unit, closer, key, Stage.DONE)

        each: list[Callable[[Session], Any]] = [
            partial(answer, said=NOTHING),
            partial(answer, said=ALL),
            close,
            close,
        ]
        at_once(*(partial(works, app, work) for work in each))
        session.expire_all()
        assert owed(session, choice_id) in {0, 6_875}
        assert wrong_choices(session) == []
        session.commit()
