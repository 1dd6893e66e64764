"""The lists of those who pay: they say what the rules say, page by page, with few questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from plugins.claims.errors import RefusedError, Why
from plugins.claims.models import CameBack, Payment
from plugins.claims.money.batches import Outcome
from plugins.claims.money.readiness import Wait
from plugins.claims.promises import ZONE
from plugins.claims.queries import paying as reads
from plugins.claims.queries import to_pay
from plugins.claims.queries.standing import in_doubt
from plugins.claims.queries.to_pay import Owed, Part, Places
from plugins.claims.services import bank, batching, cash, looking, outcomes, writing
from plugins.claims.services.separating import PAYING
from plugins.claims.tests.making import less, taxi
from plugins.claims.tests.making_paying import Paying, account, key
from plugins.claims.tests.making_story import DEEP, Step, Story, stories
from plugins.claims.tests.separating_doors import (
    agreed,
    approved_ahead,
    decided,
    put_aside,
)
from plugins.claims.tests.separating_ways import (
    APPROVED,
    NOBODY,
    PAID,
    PEOPLE,
    ROLES,
    World,
)
from plugins.claims.views import paying as batch_pages
from portal.accounts.api import people_by_ids
from portal.plugin_api import Actor, local_date, now

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def paying(session: Session) -> Paying:
    return Paying(session)


@pytest.fixture
def world(session: Session, sign_in: SignIn, offers: Any) -> World:
    client = sign_in(*ROLES)
    actor = Actor(client.person_id, "Actor")  # type: ignore[attr-defined]
    return World(session, Paying(session), offers, client, actor)


def whole(session: Session, me: int, part: Part) -> list[Owed]:
    """All pages of a list."""
    found: list[Owed] = []
    after: Places | None = {}
    while after is not None:
        page = to_pay.page(session, me, part, after)
        assert page.owed or not found, "a next page is never empty"
        known = people_by_ids(session, {one.person_id for one in page.owed})
        assert page.names == {person_id: one.name for person_id, one in known.items()}
        found, after = [*found, *page.owed], page.last
    return found


def why(one: Owed) -> tuple[Why | None, Why | None]:
    return (
        reads.WAITS[one.wait] if one.wait else None,
        PAYING[one.bar] if one.bar else None,
    )


def facts(owed: Iterable[Owed], *, due: bool = True) -> dict[str, Any]:
    return {
        one.key: (
            one.person_id,
            one.pence,
            one.title,
            *why(one),
            one.due if due else None,
            one.again,
        )
        for one in owed
    }


def check(session: Session, me: int) -> None:
    """The lists hold what the rules say of each thing, once, and in a row."""
    rules = looking.candidates(session, me)
    listed = {part: looking.certain(session, whole(session, me, part)) for part in Part}
    everything = [one for part in listed.values() for one in part]
    assert len({one.key for one in everything}) == len(everything) == len(rules)
    assert facts(everything) == {
        one.key: (
            one.payable.person_id,
            one.payable.pence,
            one.payable.title,
            one.wait,
            one.barred,
            one.payable.due,
            one.void,
        )
        for one in rules
    }
    assert all(one.ready or one.again for one in listed[Part.READY])
    assert all(one.wait for one in listed[Part.WAITS])
    assert all(one.bar and not one.wait for one in listed[Part.OTHERS])
    keys = {(one.what, one.id) for one in everything}
    picked = looking.certain(session, to_pay.chosen(session, me, keys))
    assert facts(picked) == facts(everything, due=False)
    sums, ready = looking.ready_sums(session, me), [one for one in listed[Part.READY] if one.ready]
    assert sum(one.count for one in sums) == len(ready)
    assert sum(one.pence for one in sums) == sum(one.pence for one in ready)


def check_desk(session: Session, me: int) -> None:
    """Whoever approves once more finds what does not stand."""
    void = {one.payable.person_id for one in looking.candidates(session, me) if one.void}
    assert void <= in_doubt(session)


@pytest.mark.soak
@DEEP
@given(stories(), st.integers(1, 4), st.booleans())
def test_whatever_happens_the_lists_say_what_the_rules_say(
    session: Session, steps: list[Step], size: int, details: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(to_pay, "A_PAGE", size)
        try:
            story = Story(session, details=details)
            story.take(steps)
            for who in (story.sam, story.decider, story.payer, story.second):
                check(session, who.person_id or 0)
                check_desk(session, who.person_id or 0)
        finally:
            session.rollback()


MAKES: dict[str, tuple[Any, Any]] = {
    "claim": (decided, PAID),
    "money ahead": (approved_ahead, (*PEOPLE, APPROVED)),
    "recognition": (agreed, (*PEOPLE, APPROVED)),
}


@pytest.mark.parametrize("name", MAKES)
def test_each_way_to_have_a_part_is_in_the_lists(world: World, app: Any, name: str) -> None:
    make, ways = MAKES[name]
    with app.test_request_context():
        for way in (*ways, NOBODY):
            world.number += 1
            payee = way.payee(world)
            subject = make(world, payee, way)
            way.after(world, payee, subject)
            world.session.flush()
            check(world.session, world.actor.person_id or 0)
            check_desk(world.session, world.actor.person_id or 0)
            listed = whole(world.session, world.actor.person_id or 0, Part.READY)
            there = any(one.id == subject.id for one in listed)
            assert there is (way is NOBODY), way.name


def test_each_way_to_have_a_part_is_said_of_cash(world: World, app: Any) -> None:
    with app.test_request_context():
        for way in (*(way for way in PAID if way.name != "noted the call"), NOBODY):
            world.number += 1
            payee = way.payee(world)
            subject = put_aside(world, payee, way)
            way.after(world, payee, subject)
            world.session.flush()
            found, _last = to_pay.cash(world.session, world.actor.person_id or 0)
            (bar,) = (one.bar for one in found if one.id == subject.id)
            assert (PAYING[bar] if bar else None) is way.pays, way.name


def test_what_came_back_waits_until_they_looked_again(session: Session, paying: Paying) -> None:
    payer, sam = paying.person("Payer"), paying.payee()
    me = payer.person_id or 0
    changed, none = paying.payee(), paying.payee(details=False)
    paying.gives(changed, account(77))
    for who in (changed, none, paying.payee()):
        paying.owed(who)
    back = paying.owed(sam)
    made = paying.exported(payer, back)
    (payment,) = paying.payments(made)
    outcomes.answer(session, payer, made.id, {payment.id: CameBack.CLOSED})
    check(session, me)
    waits = whole(session, me, Part.WAITS)
    assert [one.wait for one in waits] == [Wait.CONFIRM, Wait.DETAILS, Wait.AGAIN]
    bank.say_right(session, sam)

    check(session, me)
    assert back.id in [one.id for one in whole(session, me, Part.READY)]


def test_while_it_waits_for_its_person_its_day_moves_on(session: Session, paying: Paying) -> None:
    payer = paying.person("Payer").person_id or 0
    paying.owed(paying.payee(details=False))
    with time_machine.travel(now() + timedelta(days=30)):
        check(session, payer)
        (one,) = whole(session, payer, Part.WAITS)
        assert one.due is not None
        assert one.due > local_date(now(), ZONE)


def test_a_page_asks_as_little_of_many_as_of_one(
    session: Session, paying: Paying, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(to_pay, "A_PAGE", 2)
    client, first = sign_in("treasurer"), paying.person("First")
    counts: dict[str, list[int]] = {}
    for _turn in range(2):
        for _one in range(3):
            paying.owed(paying.payee())
            paying.owed(paying.payee(details=False))
            cash.begin(session, first, key(paying.owed(paying.payee(details=False))))
            paying.exported(first, paying.owed(paying.payee()))
        session.commit()
        for page in ("", "/waiting", "/others", "/cash", "/batches", "/put?all_of_it=y"):
            asked = paying.asked(partial(client.get, f"/claims/pay{page}"))
            counts.setdefault(page, []).append(asked)
    assert all(one == other <= 5 for one, other in counts.values()), counts


@pytest.mark.parametrize("part", Part)
def test_claims_are_read_in_the_order_of_the_index_of_what_is_to_be_paid(
    session: Session, part: Part
) -> None:
    """What the index says stands in the model, in its migration and in the question: word for word."""
    asked = to_pay._pages(part, 25, later=False)
    connection = session.connection()
    text = str(asked.compile(dialect=connection.dialect))
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", (1,) * text.count("?"))
    else:
        # There are no rows to read, and what other tests left in the statistics is no matter here.
        for other_way in ("seqscan", "bitmapscan", "sort"):
            connection.exec_driver_sql(f"SET LOCAL enable_{other_way} = off")
        rows = connection.exec_driver_sql(f"EXPLAIN {text}", {"me": 1})
    plan = "\n".join(str(row[-1]) for row in rows)

    assert "ix_claims_claim_to_pay" in plan


def test_what_is_put_in_is_looked_at_first(
    session: Session, paying: Paying, sign_in: SignIn
) -> None:
    client = sign_in("treasurer")
    sam = paying.payee()
    one, other = paying.owed(sam, 500), paying.owed(sam, 700)
    bare = paying.owed(paying.payee(details=False), 900)
    session.commit()
    page = client.get("/claims/pay").text
    assert page.count('name="chosen"') == 2
    address = f"/claims/pay/put?chosen=claim-{one.id}&chosen=claim-{bare.id}"
    looked = client.get(address).text
    assert "1 payment, £5 in all" in looked
    assert "£9" in looked
    everything = client.get("/claims/pay/put?all_of_it=y").text
    assert "2 payments, £12 in all" in everything
    session.commit()

    refused = client.post("/claims/pay/put", data={"all_of_it": "y", "seen": "500"})
    assert refused.status_code == 422
    assert session.scalars(sa.select(Payment)).all() == []
    session.commit()
    done = client.post("/claims/pay/put", data={"all_of_it": "y", "seen": "1200"})
    assert done.status_code == 303
    assert sorted(session.scalars(sa.select(Payment.what_id))) == sorted([one.id, other.id])


def test_what_changed_since_it_was_looked_at_does_not_go_in(
    session: Session, paying: Paying
) -> None:
    payer = paying.person("Payer")
    paying.owed(paying.payee(), 500)
    with pytest.raises(RefusedError) as refused:
        batching.put_in(session, payer, seen=400)
    assert refused.value.why is Why.CHANGED
    assert batching.put_in(session, payer, seen=500).count == 1


def test_pages_lead_on(
    session: Session, paying: Paying, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(to_pay, "A_PAGE", 2)
    monkeypatch.setattr(reads, "A_PAGE", 2)
    client, first = sign_in("treasurer"), paying.person("First")
    for number in range(3):
        paying.owed(paying.payee(), 1_101 + number)
        paying.owed(paying.payee(details=False), 2_101 + number)
        cash.begin(session, first, key(paying.owed(paying.payee(details=False), 3_101 + number)))
        paying.exported(first, paying.owed(paying.payee(), 4_101 + number))
    session.commit()
    for page, pence in (("", 11), ("/waiting", 21), ("/cash", 31), ("/batches", 41)):
        address, sums = f"/claims/pay{page}", []
        for _turn in range(2):
            text = client.get(address).text
            sums += [number for number in range(3) if f"£{pence}.0{number + 1}" in text]
            address = text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
            address = address.replace("&amp;", "&")
        assert sorted(sums) == [0, 1, 2], page


def test_who_waits_too_long_stands_there_as_late(
    session: Session, paying: Paying, sign_in: SignIn
) -> None:
    """Sent on Thursday 2 April 2026: paid by Monday 20 April, and late on the day after."""
    with time_machine.travel(datetime(2026, 4, 2, 9, tzinfo=UTC), tick=False):
        paying.decided(paying.payee(), taxi(500, date(2026, 4, 1)))
        session.commit()
    for day, said in ((20, "by Mon 20 Apr"), (21, "Late: was due by Mon 20 Apr")):
        with time_machine.travel(datetime(2026, 4, day, 9, tzinfo=UTC), tick=False):
            page = sign_in("treasurer").get("/claims/pay").text
            assert said in page
            assert ("Late" in page) is (day > 20)


def june(day: int) -> Any:
    """Nine o'clock on a day of June 2026, which begins on a Monday."""
    return time_machine.travel(datetime(2026, 6, day, 8, tzinfo=UTC), tick=False)


@pytest.mark.parametrize("waited", ["given", "changed", "confirmed", "never"])
def test_the_day_in_the_list_moves_by_the_days_that_were_waited_for(
    session: Session, paying: Paying, waited: str
) -> None:
    """Whatever happened at the instant of the decision is no wait."""
    payer = paying.person("Payer")
    with june(1):
        sam = paying.payee(details=waited != "given")
        held = paying.gives(sam) if waited == "confirmed" else None
        paying.owed(sam)
    with june(3):
        if waited in ("given", "changed"):
            held = paying.gives(sam)
    with june(5):
        if held is not None and held.version > 1:
            link = bank.link_key(session, held.uid)
            bank.answer_link(session, sam, held.uid, link, yes=True)
    with june(8):
        check(session, payer.person_id or 0)
        (one,) = whole(session, payer.person_id or 0, Part.READY)

    days = {"given": 17, "changed": 17, "confirmed": 19, "never": 15}
    assert one.due == date(2026, 6, days[waited])


def test_what_moves_on_between_two_pages_takes_nothing_with_it(
    session: Session, paying: Paying, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last claim of the first page is appealed meanwhile: it begins anew, and stands on no page."""
    monkeypatch.setattr(to_pay, "A_PAGE", 2)
    people = [paying.payee() for _ in range(4)]
    claims = [paying.decided(one, taxi(500), said=less(300)) for one in people]
    me = paying.person("Payer").person_id or 0
    first = to_pay.page(session, me, Part.READY)
    assert first.last is not None
    with time_machine.travel(now() + timedelta(days=1)):
        writing.appeal(session, people[1], claims[1].id, "It was more")
        session.flush()
        second = to_pay.page(session, me, Part.READY, first.last)
    assert [one.id for one in first.owed] == [one.id for one in claims[:2]]
    assert [one.id for one in second.owed] == [one.id for one in claims[2:]]


@pytest.mark.parametrize(
    "after", ["x", "99999.0.0", "~~", "20260101T000000.000000-nothing-1", "00010101T000000.000000-claim-0"]
)  # fmt: skip
def test_a_place_that_is_none_begins_the_list(
    session: Session, paying: Paying, sign_in: SignIn, after: str
) -> None:
    client, claim = sign_in("treasurer"), paying.owed(paying.payee(), 1_234)
    session.commit()
    text = client.get("/claims/pay", query_string={"after": after}).text
    assert f"claim-{claim.id}" in text


def test_a_large_batch_has_pages_and_what_came_back_goes_along(
    session: Session, paying: Paying, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_pages, "A_PAGE", 2)
    client, payer = sign_in("treasurer"), paying.person("Payer")
    made = paying.exported(payer, *(paying.owed(paying.payee(), 500 + n) for n in range(3)))
    ids, address = [one.id for one in paying.payments(made)], f"/claims/pay/{made.ref}"
    session.commit()
    first, second = (client.get(f"{address}?page={number}").text for number in (1, 2))
    assert ["£5.0" in first, "£5.02" in first, "£5.02" in second] == [True, False, True]

    asked = client.get(f"{address}/outcome").text
    assert [f'name="came{one}"' in asked for one in ids] == [True, True, False]
    said = {f"came{ids[0]}": "closed", "page": "2"}
    later = client.post(f"{address}/outcome", data=said)
    assert later.status_code == 200
    kept = f'type="hidden" name="came{ids[0]}" value="closed"'
    assert kept in later.text
    assert f'name="came{ids[2]}"' in later.text
    outcomes = sa.select(Payment.outcome).order_by(Payment.id)
    assert set(session.scalars(outcomes)) == {Outcome.SENT}, "nothing is written down yet"
    session.commit()
    said = {f"came{ids[0]}": "closed", f"came{ids[2]}": ""}
    assert client.post(f"{address}/outcome", data=said).status_code == 303
    found = session.scalars(outcomes).all()
    assert found == [Outcome.FAILED, Outcome.SETTLED, Outcome.SETTLED]
