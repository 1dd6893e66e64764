"""The pages of those who offer, keep budgets and pay: what they see, and what they do not."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.models import Activity, BudgetRow, RecognitionChoice, Stage
from plugins.claims.money.recognition import Taken
from plugins.claims.services.answering import Answer
from plugins.claims.services.today import today
from plugins.claims.tests.making_offers import ALL, NOTHING, Offers, charity, less
from portal.plugin_api import Actor

SignIn = Callable[..., FlaskClient]


def actor_of(client: FlaskClient) -> Actor:
    return Actor(client.person_id)  # type: ignore[attr-defined]


def count(session: Session, model: Any) -> int:
    found = session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
    session.commit()
    return found


def test_those_who_offer_do_not_see_what_is_taken(
    session: Session, offers: Offers, sign_in: SignIn
) -> None:
    """The page of whoever says what became of it is the same, letter by letter, whatever was taken."""
    maker, ash = sign_in("coordinator"), sign_in()
    seen = set()
    said = [ALL, less(2_000), NOTHING, charity("The lifeboats")]
    for answer in said:
        sam = offers.person("Sam")
        made = offers.offer(sam, offers.activity())
        offers.answer(sam, made, answer)
        session.commit()
        for address in (
            f"/claims/activities/offers/{made.ref}",
            f"/claims/activities/{session.get_one(Activity, made.activity_id).ref}",
        ):
            session.commit()
            page = maker.get(address).text
            assert "lifeboats" not in page
            main = page[page.index("<h1>") : page.index("</main>")]
            plain = re.sub(r'<input[^>]*type="hidden"[^>]*>', "", main)
            seen.add(re.sub(r"/[a-z2-9]{10}\b", "/ref", plain))
        assert ash.get(f"/claims/offers/{made.ref}").status_code == 404

    assert len(seen) == 2, "one page for the activity, one for the offer"


def test_a_course_is_named_by_its_address(session: Session, sign_in: SignIn) -> None:
    payer = sign_in("treasurer")
    typed = {"title": "X", "first": ["1", "4", "2026"], "last": ["31", "3", "2025"], "amount": "1"}
    answer = payer.post("/claims/budgets/new", data=typed | {"course": "/courses/no-such-course"})
    assert answer.status_code == 422
    assert "Write the address of a course" in answer.text
    answer = payer.post("/claims/budgets/new", data=typed)
    assert answer.status_code == 422
    assert "a last day that is not before the first" in answer.text
    assert count(session, BudgetRow) == 0


def test_more_than_is_left_is_said(session: Session, offers: Offers, sign_in: SignIn) -> None:
    maker, ash = sign_in("coordinator"), offers.person("Ash")
    activity = offers.activity(budget=offers.budget(6_874))
    session.commit()
    place = f"/claims/activities/{activity.ref}/people/{ash.person_id}"
    answer = maker.post(place, data={"hours": "2.5", "pence_an_hour": "27.50"})

    assert answer.status_code == 422
    assert "There is not so much left in its budget" in answer.text
    assert "68.74" not in answer.text
    assert 'value="27.50"' in answer.text


def test_the_desk_asks_what_became_of_what_is_over(
    session: Session, offers: Offers, sign_in: SignIn
) -> None:
    maker = sign_in("coordinator")
    over = offers.activity(today() - timedelta(days=1), title="Interviews of May")
    offers.offer(offers.person("Ash"), over)
    mine = offers.offer(actor_of(maker), over)
    session.commit()

    assert "Somebody was asked to take part, and the day is over" in maker.get("/desk/").text
    assert "Interviews of May" in maker.get("/claims/activities").text
    assert maker.get(f"/claims/activities/offers/{mine.ref}").status_code == 404
    assert (
        maker.post(f"/claims/activities/offers/{mine.ref}", data={"stage": "done"}).status_code
        == 404
    )


def test_whoever_pays_does_not_see_their_own(
    session: Session, offers: Offers, sign_in: SignIn
) -> None:
    payer = sign_in("treasurer")
    said = Answer(Taken.CHARITY, charity="The lifeboats", wanted=frozenset({"certificate"}))
    _made, choice = offers.done(actor_of(payer), said, certificate=True)
    session.commit()

    assert "lifeboats" not in payer.get("/claims/recognition").text
    payer.post(f"/claims/recognition/{choice.id}/handed", data={})
    session.expire_all()
    assert session.get_one(RecognitionChoice, choice.id).handed_at is None
    session.commit()
    assert payer.get(f"/claims/hours/{actor_of(payer).person_id}").status_code == 404


def test_the_budget_is_a_picture_and_a_table(
    session: Session, offers: Offers, sign_in: SignIn
) -> None:
    payer, budget = sign_in("treasurer"), offers.budget(50_000)
    sam = offers.person()
    made = offers.offer(sam, offers.activity(budget=budget))
    offers.answer(sam, made, less(2_000))
    offers.close(made, Stage.DONE)
    session.commit()
    page = payer.get(f"/claims/budgets/{budget.ref}").text

    assert "<svg" in page
    assert 'aria-label="£0 is paid, £20 more is agreed, £480 of £500 is left."' in page
    assert "The same in numbers" in page
    assert re.search(r'data-label="Agreed"[^>]*>£20<', page)
    changed = payer.post(f"/claims/budgets/{budget.ref}", data={"amount": "19.99"})
    assert changed.status_code == 422
    assert "promised or paid already" in changed.text


def test_facts_are_there_for_everybody(client: FlaskClient) -> None:
    assert client.get("/claims/facts").text.count("known here since") == 9
