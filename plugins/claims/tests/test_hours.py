"""Hours of time credit: only added to, never below nothing, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError, Why
from plugins.claims.models import Credit, TimeCreditEntry
from plugins.claims.money.hours import hours, minutes_of
from plugins.claims.money.recognition import Taken
from plugins.claims.queries.hours import balances, hours_of
from plugins.claims.services.answering import Answer
from plugins.claims.services.hours import balance, use_or_adjust
from plugins.claims.tests.making_offers import Offers
from portal.plugin_api import Actor

WANTED = Answer(Taken.NOTHING, wanted=frozenset({"credit"}))
UNWANTED = Answer(Taken.NOTHING)


def use(
    session: Session,
    by: Actor,
    who: Actor,
    minutes: int,
    *,
    kind: Credit = Credit.SPENT,
    key: str = "a",
) -> None:
    use_or_adjust(session, by, who.person_id or 0, kind, minutes, "A ticket", key=key)


def left(session: Session, who: Actor) -> int:
    return balance(session, who.person_id or 0)


def test_hours_that_are_wanted_come_when_it_took_place(session: Session, offers: Offers) -> None:
    sam = offers.person()
    made = offers.offer(sam, credit=90)
    offers.answer(sam, made, WANTED)
    assert left(session, sam) == 0
    offers.close(made)
    assert left(session, sam) == 90

    for said, minutes in ((UNWANTED, 0), (WANTED, 90), (WANTED, 90)):
        offers.answer(sam, made, said)
        assert left(session, sam) == minutes
    assert [one.minutes for one in hours_of(session, sam.person_id or 0)[0]] == [90, -90, 90]


def test_hours_are_used_as_far_as_there_are_some(session: Session, offers: Offers) -> None:
    sam, treasurer = offers.person(), offers.person("Treasurer")
    made, _choice = offers.done(sam, WANTED, credit=90)
    use(session, treasurer, sam, -60, key="a")
    with pytest.raises(RefusedError) as error:
        use(session, treasurer, sam, -31, key="b")
    assert error.value.why is Why.HOURS
    with pytest.raises(RefusedError) as error:
        offers.answer(sam, made, UNWANTED)
    assert error.value.why is Why.HOURS
    session.expire_all()

    use(session, treasurer, sam, 15, kind=Credit.ADJUSTED, key="c")
    assert left(session, sam) == 45
    assert balances(session) == [(sam.person_id, 45)]


def test_nobody_writes_hours_down_for_themselves_or_for_nobody(
    session: Session, offers: Offers
) -> None:
    treasurer = offers.person("Treasurer")
    for who, why in ((treasurer, Why.SELF), (Actor(999_999), Why.NOBODY)):
        with pytest.raises(RefusedError) as error:
            use(session, treasurer, who, 60, kind=Credit.ADJUSTED)
        assert error.value.why is why


@pytest.mark.parametrize(
    "change",
    [
        sa.update(TimeCreditEntry).values(minutes=999),
        sa.update(TimeCreditEntry).values(key="other"),
        sa.update(TimeCreditEntry).values(kind=Credit.SPENT),
        sa.update(TimeCreditEntry).values(words="Other words"),
        sa.delete(TimeCreditEntry),
    ],
)
def test_entries_are_only_added(session: Session, offers: Offers, change: sa.Update) -> None:
    offers.done(offers.person(), WANTED, credit=90)

    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(change)
    session.execute(sa.update(TimeCreditEntry).values(person_id=None, words=""))


def test_a_row_is_not_replaced(session: Session, offers: Offers, engine_name: str) -> None:
    """PostgreSQL has no INSERT OR REPLACE."""
    if engine_name != "sqlite":
        return
    offers.done(offers.person(), WANTED, credit=90)
    found = session.scalars(sa.select(TimeCreditEntry)).one()
    values = {
        "id": found.id,
        "key": "x",
        "kind": "earned",
        "minutes": 999,
        "words": "",
        "at": found.at,
    }

    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(sa.insert(TimeCreditEntry).prefix_with("OR REPLACE").values(values))


def test_an_effect_happens_once(session: Session, offers: Offers) -> None:
    sam, treasurer = offers.person(), offers.person("Treasurer")
    use(session, treasurer, sam, 60, kind=Credit.ADJUSTED)
    with pytest.raises(DBAPIError), session.begin_nested():
        use(session, treasurer, sam, 60, kind=Credit.ADJUSTED)


def test_hours_as_people_write_them() -> None:
    written = ["2", "2.5", "2:30", " 1 hour", "2.25 hours", "0", "2:60", "", "two", "٣", "-1"]

    assert [minutes_of(one) for one in written] == [120, 150, 150, 60, 135, 0, *[None] * 5]
    assert [hours(one) for one in (120, 150, -65, 0)] == ["2", "2:30", "-1:05", "0"]
