"""A second click finds it done: one effect, and the same way on."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.proposals.models import Contributor, Outcome, Version
from plugins.proposals.services import coming_in
from plugins.proposals.states import Stage
from plugins.proposals.tests.making import College, actor
from plugins.proposals.tests.test_meanwhile import TYPED, me, number
from plugins.proposals.tests.test_pages import PART, key

SignIn = Callable[..., FlaskClient]


def twice(client: FlaskClient, address: str, form: dict[str, str]) -> list[tuple[int, str | None]]:
    return [
        (answer.status_code, answer.location)
        for answer in (client.post(address, data=form) for _click in range(2))
    ]


def test_a_second_click_takes_no_more_time(
    college: College, session: Session, sign_in: SignIn
) -> None:
    maker = sign_in()
    row = college.open(me(maker), college.person())
    session.commit()
    before = row.until
    assert before is not None
    address = f"/proposals/{row.ref}/do/more-time"
    said = twice(maker, address, {"form_key": key(maker.get(address).text)})
    session.expire_all()

    assert said == [(303, f"/proposals/{row.ref}")] * 2
    assert row.until is not None
    assert (row.until - before).days == 14
    session.commit()
    again = {"form_key": key(maker.get(address).text)}
    assert maker.post(address, data=again).status_code == 303
    session.expire_all()
    assert (row.until - before).days == 28, "as often as they like"


def test_a_second_click_decides_once(college: College, session: Session, sign_in: SignIn) -> None:
    row, topic = college.reviewed(), college.topic
    session.commit()
    chair = sign_in("co_chair")
    address = f"/proposals/{row.ref}/decide"
    form = {"outcome": "adopted", "topic": str(topic), "form_key": key(chair.get(address).text)}

    assert twice(chair, address, form) == [(303, f"/proposals/{row.ref}")] * 2
    assert number(session, Outcome) == 1


def test_a_second_click_comes_in_once(college: College, session: Session, sign_in: SignIn) -> None:
    guest, who = sign_in(), college.person()
    row = college.idea(who)
    link = f"/proposals/invited/{coming_in.invite(session, actor(who), row.id)}"
    session.commit()
    form = {**PART, "form_key": key(guest.get(link).text)}

    assert twice(guest, link, form) == [(303, f"/proposals/{row.ref}")] * 2
    assert number(session, Contributor) == 2
    assert "This invitation is over" in sign_in().post(link, data=PART).text


def test_a_second_click_appeals_once(college: College, session: Session, sign_in: SignIn) -> None:
    maker = sign_in()
    row = college.decided(Stage.NOT_NOW, people=(me(maker), college.person()))
    session.commit()
    address = f"/proposals/{row.ref}/appeal"
    form = {"words": TYPED, "form_key": key(maker.get(address).text)}

    assert twice(maker, address, form) == [(303, f"/proposals/{row.ref}")] * 2
    session.expire_all()
    assert row.round == 2


def test_a_second_click_begins_and_ends_one_conversation(
    college: College, session: Session, sign_in: SignIn
) -> None:
    coordinator, row = sign_in("coordinator"), college.reviewed(3, 3, 1, 1)
    session.commit()
    address = f"/proposals/{row.ref}/talk"
    assert twice(coordinator, address, {}) == [(303, address)] * 2
    form = {"words": TYPED, "form_key": key(coordinator.get(address).text)}
    assert twice(coordinator, f"{address}/words", form) == [(303, f"/proposals/{row.ref}")] * 2
    late = coordinator.post(f"{address}/words", data={"words": TYPED})

    assert (late.status_code, TYPED in late.text) == (422, True)


def test_a_second_click_where_two_wrote_leads_to_both_texts_again(
    college: College, session: Session, sign_in: SignIn
) -> None:
    one, other = sign_in(), sign_in()
    row = college.idea(me(one), me(other))
    session.commit()
    address = f"/proposals/{row.ref}/write/why"
    one.post(address, data={"words": "What Ash wrote", "base": "1", "keep": "y"})
    form = {"words": "What Bo wrote", "base": "1", "keep": "y"}

    assert twice(other, address, form) == [(303, f"{address}/both/3")] * 2
    assert number(session, Version) == 3
