"""Offers over HTTP: what is shown before a yes, four answers alike, one effect, who sees what is taken."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.models import (
    Activity,
    BudgetRow,
    EntryRow,
    FactRow,
    Offer,
    RecognitionChoice,
    TimeCreditEntry,
)
from plugins.claims.money.recognition import Basis, Taken
from plugins.claims.services.recognition_payable import moved
from plugins.claims.services.today import today
from plugins.claims.tests.making_offers import ALL, NOTHING, Offers, charity
from portal.messages.api import known_keys
from portal.plugin_api import Actor

SignIn = Callable[..., FlaskClient]
KEY = "f" * 32


def actor_of(client: FlaskClient) -> Actor:
    return Actor(client.person_id)  # type: ignore[attr-defined]


def count(session: Session, model: Any) -> int:
    found = session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
    session.commit()
    return found


def test_all_of_it_is_shown_before_the_answer(
    session: Session, offers: Offers, sign_in: SignIn
) -> None:
    client = sign_in()
    made = offers.offer(actor_of(client), voucher=1_000, credit=60, certificate=True)
    session.commit()
    page = client.get(f"/claims/offers/{made.ref}").text

    for said in (
        "£68.75",
        "£27.50 for an hour",
        "2 hours 30 minutes",
        "Fares",
        "10 working days after it took place",
        "Involvement",
        "A voucher worth £10",
        "A time credit of 1 hour",
        "A certificate",
        "Any form of payment may change what you get in benefits",
        "NIHR: Payment guidance",
        "Citizens Advice",
        "known here since",
    ):
        assert said in page, said
        assert page.index(said) < page.index("Yes, I take part")


def test_the_four_answers_are_alike(session: Session, offers: Offers, sign_in: SignIn) -> None:
    """One question, nothing chosen beforehand, each answer marked up as the others."""
    client = sign_in()
    made = offers.offer(actor_of(client))
    session.commit()
    page = client.get(f"/claims/offers/{made.ref}").text
    radios = re.findall(r"<input[^>]*name=\"taken\"[^>]*>", page)
    found = [re.search(r'value="(\w+)"', one) for one in radios]

    assert [one[1] for one in found if one] == [one.value for one in Taken]
    assert not any("checked" in one for one in radios)
    alike = {re.sub(r'(id|value|aria-describedby)="[^"]*"', "", one) for one in radios}
    assert len({" ".join(one.split()) for one in alike}) == 1
    labels = re.findall(r"<label[^>]*for=\"taken[^>]*>", page)
    assert len(labels) == 4
    assert len({re.sub(r'for="[^"]*"', "", one) for one in labels}) == 1


def test_taking_less_over_http(session: Session, offers: Offers, sign_in: SignIn) -> None:
    """Example 5 through the pages: £20.00 payable, £48.75 back to the budget, no debt."""
    client, maker, payer = sign_in(), sign_in("coordinator"), sign_in("treasurer")
    budget = offers.budget(50_000)
    made = offers.offer(actor_of(client), offers.activity(budget=budget))
    session.commit()
    assert "£431.25" in payer.get(f"/claims/budgets/{budget.ref}").text
    answer = client.post(f"/claims/offers/{made.ref}", data={"taken": "less", "pence": "20"})
    assert answer.status_code == 303
    assert (
        maker.post(f"/claims/activities/offers/{made.ref}", data={"stage": "done"}).status_code
        == 303
    )
    page = payer.get("/claims/recognition").text

    assert "£20" in page
    assert "£48.75" not in page
    shown = payer.get(f"/claims/budgets/{budget.ref}").text
    assert "£480" in shown
    assert [one.pence for one in session.scalars(sa.select(EntryRow))] == [2_000]


def test_what_is_wrong_is_said_at_the_field_and_nothing_is_lost(
    session: Session, offers: Offers, sign_in: SignIn
) -> None:
    client = sign_in()
    made = offers.offer(actor_of(client), certificate=True)
    session.commit()
    place = f"/claims/offers/{made.ref}"
    for typed, said in (
        ({}, "Choose what you would like to take"),
        ({"taken": "less", "pence": "68.75"}, "less than what is offered"),
        ({"taken": "less", "pence": "a lot"}, "Write an amount in pounds and pence"),
        ({"taken": "charity", "pence": "1.23"}, "Write the name of the charity"),
        ({"taken": "everything"}, "Choose one of the answers below"),
    ):
        answer = client.post(place, data={**typed, "wanted": "certificate"})
        assert answer.status_code == 422
        assert said in answer.text
        if "pence" in typed:
            assert f'value="{typed["pence"]}"' in answer.text
        assert re.search(r'value="certificate"[^>]*checked', answer.text)

    assert count(session, RecognitionChoice) == 0


def test_forms_that_are_sent_again_have_one_effect(
    session: Session, offers: Offers, sign_in: SignIn
) -> None:
    client, maker, payer = sign_in(), sign_in("coordinator"), sign_in("treasurer")
    sam = actor_of(client).person_id
    activity = {
        "kind": "board",
        "basis": "involvement",
        "title": "Meeting of the board",
        "covered": "Fares",
        "day": [str(part) for part in (today().day, today().month, today().year)],
        "pays_in": "10",
    }
    sums = {
        "title": "The board",
        "first": ["1", "4", "2026"],
        "last": ["31", "3", "2027"],
        "amount": "500",
    }
    fact = {
        "basis": "payroll",
        "topic": "tax",
        "words": "X",
        "day": ["6", "4", "2027"],
        "source": "Y",
    }
    setting_up = activity | {"form_key": KEY}
    place, again = (maker.post("/claims/activities/new", data=setting_up).location for _ in "12")
    assert place == again
    offering = {"hours": "2.5", "pence_an_hour": "27.50", "extras": "certificate", "credit": "1"}
    one = "a" * 32
    for _ in range(2):
        made = maker.post(f"{place}/people/{sam}", data=offering | {"form_key": one})
        assert made.location == place
        assert (
            payer.post("/claims/budgets/new", data=sums | {"form_key": "9" * 32}).status_code == 303
        )
        assert (
            payer.post("/claims/facts/new", data=fact | {"form_key": "b" * 32}).status_code == 303
        )
    offer = session.scalars(sa.select(Offer)).one()
    session.commit()
    taken = {"taken": "all", "wanted": ["certificate", "credit"], "form_key": "c" * 32}
    closing = {"stage": "done", "form_key": "d" * 32}
    for _ in range(2):
        assert client.post(f"/claims/offers/{offer.ref}", data=taken).status_code == 303
        assert maker.post(f"/claims/activities/offers/{offer.ref}", data=closing).status_code == 303
    choice = session.scalars(sa.select(RecognitionChoice)).one()
    session.commit()
    using = {"kind": "spent", "hours": "0:30", "words": "A ticket", "form_key": "e" * 32}
    for _ in range(2):
        assert payer.post(f"/claims/hours/{sam}", data=using).status_code == 303
        handed = payer.post(f"/claims/recognition/{choice.id}/handed", data={})
        assert handed.status_code == 303

    counts = [count(session, one) for one in (Activity, Offer, RecognitionChoice, EntryRow)]
    assert counts == [1, 1, 1, 1]
    assert (count(session, BudgetRow), count(session, FactRow)) == (1, 10)
    minutes = session.scalars(sa.select(TimeCreditEntry.minutes)).all()
    assert sorted(minutes) == [-30, 60]
    assert known_keys(session, [f"claims:offered:{offer.id}"])
    session.commit()
    assert "A ticket" in client.get("/claims/offers/hours").text


def test_no_and_a_change_of_mind(session: Session, offers: Offers, sign_in: SignIn) -> None:
    client = sign_in()
    made = offers.offer(actor_of(client))
    session.commit()
    place = f"/claims/offers/{made.ref}"
    assert "You are asked" in client.get("/me").text
    for _ in range(2):
        assert client.post(f"{place}/no", data={"form_key": KEY}).location == place
    assert "You can change your mind" in client.get(place).text
    assert "You are asked" not in client.get("/me").text
    client.post(place, data={"taken": "nothing"})

    page = client.get(place).text
    assert "I take none of it" in page
    assert "debt" not in page


def test_whose_turn_it_is_when_its_day_is_over(
    session: Session, offers: Offers, sign_in: SignIn
) -> None:
    client = sign_in()
    yesterday, this_day = (offers.activity(today() - timedelta(days=ago)) for ago in (1, 0))
    gone, here = (offers.offer(actor_of(client), one) for one in (yesterday, this_day))
    session.commit()
    before = [client.get(f"/claims/offers/{one.ref}").text for one in (gone, here)]
    offers.answer(actor_of(client), gone)
    session.commit()
    after = client.get(f"/claims/offers/{gone.ref}").text

    assert ["Its day is over. Were you there?" in page for page in before] == [True, False]
    assert "It is our turn: we note that it took place." in after


def test_an_answer_that_is_being_paid_is_shown_and_stays(
    session: Session, offers: Offers, sign_in: SignIn
) -> None:
    client = sign_in()
    made, choice = offers.done(actor_of(client), charity("The lifeboats"))
    moved(session, choice.id, None)
    session.commit()
    page = client.get(f"/claims/offers/{made.ref}").text
    assert "the answer stays as it is" in page
    assert "The lifeboats" in page
    assert 'name="taken"' not in page

    answer = client.post(f"/claims/offers/{made.ref}", data={"taken": "all"})
    assert answer.status_code == 422


def test_volunteers_are_asked_no_question_about_money(
    session: Session, offers: Offers, sign_in: SignIn
) -> None:
    client, maker = sign_in(), sign_in("coordinator")
    activity = offers.activity(basis=Basis.VOLUNTEER)
    ash = offers.person("Ash")
    made = offers.offer(actor_of(client), activity, certificate=True)
    session.commit()
    page = maker.get(f"/claims/activities/{activity.ref}/people/{ash.person_id}").text
    assert 'name="pence_an_hour"' not in page
    assert 'name="voucher"' not in page
    mine = client.get(f"/claims/offers/{made.ref}").text
    assert 'name="taken"' not in mine
    assert "There is no money for time" in mine
    assert (
        client.post(f"/claims/offers/{made.ref}", data={"wanted": "certificate"}).status_code == 303
    )

    forged = {"hours": "1", "pence_an_hour": "27.50", "voucher": "10"}
    maker.post(f"/claims/activities/{activity.ref}/people/{ash.person_id}", data=forged)
    offers_made = session.scalars(sa.select(Offer.pence_an_hour + Offer.voucher)).all()
    assert offers_made == [0, 0]


def test_whoever_is_owed_something_is_asked_where_to_pay_it(
    session: Session, offers: Offers, sign_in: SignIn
) -> None:
    sam = sign_in()
    places = [f"/claims/offers/{offers.offer(actor_of(sam)).ref}"]
    for answer in (ALL, charity("The lifeboats"), NOTHING):
        made, _choice = offers.done(actor_of(sam), answer)
        places.append(f"/claims/offers/{made.ref}")
    session.commit()

    found = [sam.get(place).text.count("/claims/bank/change") for place in places]
    assert found == [0, 1, 0, 0], "not before it is owed, and not for what goes elsewhere"
