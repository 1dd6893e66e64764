"""Nobody is erased by one other person alone: one writes it down, they can say no, another confirms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.app import Portal
from portal.messages.models import Message
from portal.plugin_api import SYSTEM
from portal.plugin_api.dispatch import merge_people
from portal.privacy.models import ErasureAsk, ErasureNote
from portal.privacy.services.erasing import erase as erase_now
from tests.factories.accounts import make_person
from tests.factories.messages import make_reachable
from tests.factories.sharing import Sharing
from tests.factories.telling import send
from tests.integration.privacy.test_for_others import about, logged

SignIn = Callable[..., FlaskClient]
NOW = datetime(2027, 1, 29, 12, tzinfo=UTC)  # a Friday
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def coordinator(sharing: Sharing, sign_in: SignIn) -> FlaskClient:
    return sign_in("coordinator")


def seal(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="told"[^>]*value="([0-9a-f]{16})"', client.get(path).text)
    return found[1] if found else ""


def begin(client: FlaskClient, person_id: int, **more: Any) -> Any:
    path = f"{about(person_id)}/erase"
    words = "She rang, and I rang her back"
    data = {"how": "phone", "known": "y", "sure": "y", "words": words, "told": seal(client, path)}
    return client.post(path, data={name: value for name, value in (data | more).items() if value})


def confirm(client: FlaskClient, ask_id: int, **more: Any) -> Any:
    path = f"/manage/erasures/{ask_id}"
    data = {"sure": "y", "told": seal(client, path), **more}
    return client.post(path, data={name: value for name, value in data.items() if value})


def ask_of(session: Session, person_id: int) -> ErasureAsk:
    session.rollback()
    found = session.scalars(sa.select(ErasureAsk).where(ErasureAsk.person_id == person_id)).one()
    session.expunge(found)
    session.rollback()
    return found


def is_there(session: Session, person_id: int) -> bool:
    session.rollback()
    gone = session.get_one(Person, person_id).erased_at
    session.rollback()
    return gone is None


def test_one_person_alone_erases_nobody(
    coordinator: FlaskClient,
    session: Session,
    sharing: Sharing,
    sign_in: SignIn,
    traveller: time_machine.Traveller,
) -> None:
    assert begin(coordinator, sharing.bo).status_code == 303
    ask = ask_of(session, sharing.bo)
    traveller.shift(WEEK)

    again = sign_in(person_id=coordinator.person_id)  # type: ignore[attr-defined]
    for _ in range(2):
        assert "Somebody else has to confirm this" in again.get("/manage/erasures").text
        assert confirm(again, ask.id, told=ask.told).status_code == 403
        assert "A second person confirms it" in again.get(f"{about(sharing.bo)}/erase").text

    assert is_there(session, sharing.bo)


def test_second_person_confirms_after_a_week_and_both_are_on_record(
    coordinator: FlaskClient,
    session: Session,
    sharing: Sharing,
    sign_in: SignIn,
    traveller: time_machine.Traveller,
) -> None:
    begin(coordinator, sharing.bo)
    ask = ask_of(session, sharing.bo)
    second = sign_in("coordinator")
    page = second.get(f"/manage/erasures/{ask.id}").text
    assert "They still have time to say no" in page
    traveller.shift(WEEK - timedelta(minutes=1))
    second = sign_in("coordinator")
    assert confirm(second, ask.id, told="0" * 16).status_code == 422
    assert is_there(session, sharing.bo)
    assert "Somebody asked us to erase them" not in second.get("/desk/").text

    traveller.shift(timedelta(minutes=1))
    assert "Somebody asked us to erase them" in second.get("/desk/").text
    assert "She rang, and I rang her back" in second.get(f"/manage/erasures/{ask.id}").text
    answer = confirm(second, ask.id)

    assert answer.status_code == 303
    assert "we do not know any more how to reach them" in second.get(answer.location).text
    assert not is_there(session, sharing.bo)
    assert session.scalars(sa.select(ErasureNote.person_id)).all() == [sharing.bo]
    assert session.scalars(sa.select(ErasureAsk.id)).all() == []
    (entry,) = logged(session, "privacy:person:erase")
    assert entry.actor_id == second.person_id  # type: ignore[attr-defined]
    assert (entry.reason, entry.details) == ("phone 2027-01-29", {"by": "college", "ask": ask.id})
    (begun,) = logged(session, "privacy:erasure:begin")
    assert begun.subject_id == str(ask.id), "it says nothing of who it was"
    assert begun.actor_id == coordinator.person_id  # type: ignore[attr-defined]
    assert second.get(about(sharing.bo)).status_code == 404


def test_they_are_told_by_every_way_and_the_link_says_no_without_sign_in(
    coordinator: FlaskClient,
    session: Session,
    sign_in: SignIn,
    client: FlaskClient,
    app: Portal,
    traveller: time_machine.Traveller,
) -> None:
    person_id = make_reachable(session, email="sam@example.org", mobile="07700900123")
    session.commit()
    begin(coordinator, person_id)
    ask = ask_of(session, person_id)
    with app.app_context():
        letters = {one.channel: one.text for one in send(session)}
        session.commit()
    assert "on Friday 5 February 2027 or later" in letters["email"]
    found = re.search(r"/erasure/no/\S+", letters["email"])
    assert found is not None

    assert "Should we not erase you?" in client.get(found[0]).text
    assert ask_of(session, person_id).ended_at is None, "reading the link changes nothing"
    assert "Nothing is erased" in client.post(found[0]).text

    assert ask_of(session, person_id).ended_at == NOW
    assert client.get(found[0]).status_code == 410
    assert client.get("/erasure/no/made-up").status_code == 410
    traveller.shift(WEEK)
    assert sign_in("coordinator").get(f"/manage/erasures/{ask.id}").status_code == 404
    assert is_there(session, person_id)


def test_whoever_signs_in_sees_it_and_can_say_no(
    coordinator: FlaskClient, session: Session, sign_in: SignIn
) -> None:
    student = sign_in("student")
    person_id: int = student.person_id  # type: ignore[attr-defined]
    begin(coordinator, person_id)

    found = re.search(r'href="(/erasure/no/[^"]+)"', student.get("/me/data").text)
    assert found is not None
    student.post(found[1])

    assert ask_of(session, person_id).ended_at == NOW
    assert "/erasure/no/" not in student.get("/me/data").text


def test_whoever_holds_a_role_over_others_is_confirmed_by_those_who_give_out_roles(
    coordinator: FlaskClient, session: Session, sign_in: SignIn, traveller: time_machine.Traveller
) -> None:
    chair: int = sign_in("co_chair").person_id  # type: ignore[attr-defined]
    begin(coordinator, chair)
    ask = ask_of(session, chair)
    traveller.shift(WEEK)

    refused = confirm(sign_in("coordinator"), ask.id)
    assert refused.status_code == 422
    assert "Only somebody who gives out roles" in refused.text
    assert is_there(session, chair)

    assert confirm(sign_in("administrator"), ask.id).status_code == 303
    assert not is_there(session, chair)


def test_nobody_confirms_their_own_and_any_of_us_stops_it(
    coordinator: FlaskClient, session: Session, sign_in: SignIn, sharing: Sharing
) -> None:
    other = sign_in("coordinator")
    begin(coordinator, other.person_id)  # type: ignore[attr-defined]
    own = ask_of(session, other.person_id)  # type: ignore[attr-defined]
    assert other.get(f"/manage/erasures/{own.id}").status_code == 404
    assert "This is about you" in other.get("/manage/erasures").text

    begin(coordinator, sharing.bo)
    ask = ask_of(session, sharing.bo)
    assert other.post(f"/manage/erasures/{ask.id}/stop").status_code == 303
    assert ask_of(session, sharing.bo).ended_at == NOW
    assert other.post(f"/manage/erasures/{ask.id}/stop").status_code == 404
    assert begin(coordinator, sharing.bo).status_code == 303, "it can be written down anew"


@pytest.mark.parametrize("field", ["how", "known", "words", "sure"])
def test_nothing_is_begun_by_half_an_answer(
    coordinator: FlaskClient, session: Session, sharing: Sharing, field: str
) -> None:
    assert begin(coordinator, sharing.bo, **{field: ""}).status_code == 422
    assert session.scalars(sa.select(ErasureAsk.id)).all() == []


def test_more_that_must_be_held_is_read_to_them_first(
    coordinator: FlaskClient,
    session: Session,
    sharing: Sharing,
    sign_in: SignIn,
    traveller: time_machine.Traveller,
) -> None:
    answer = begin(coordinator, sharing.bo, told="0" * 16)
    assert answer.status_code == 422
    assert "Something has changed since you opened this page" in answer.text
    assert session.scalars(sa.select(ErasureAsk.id)).all() == []
    session.rollback()

    begin(coordinator, sharing.bo)
    ask = ask_of(session, sharing.bo)
    session.execute(sa.update(ErasureAsk).values(told="f" * 16))
    session.commit()
    traveller.shift(WEEK)
    second = sign_in("coordinator")
    assert "is not what they were told" in second.get(f"/manage/erasures/{ask.id}").text
    assert confirm(second, ask.id, told="0" * 16).status_code == 422
    assert is_there(session, sharing.bo)


def test_records_that_become_one_are_asked_again(
    coordinator: FlaskClient, session: Session, sharing: Sharing, app: Portal
) -> None:
    gone = make_person(session, "Bo twice").id
    session.commit()
    begin(coordinator, sharing.bo)
    begin(coordinator, gone)

    with app.app_context():
        merge_people(session, sharing.bo, gone)
        session.commit()

    rows = session.execute(sa.select(ErasureAsk.person_id, ErasureAsk.ended_at)).all()
    assert [tuple(row) for row in rows] == [(sharing.bo, NOW)] * 2


def test_whoever_wrote_it_down_may_be_erased_themselves(
    coordinator: FlaskClient, session: Session, sharing: Sharing, app: Portal
) -> None:
    begin(coordinator, sharing.bo)
    with app.app_context():
        erase_now(session, SYSTEM, coordinator.person_id, at=NOW)  # type: ignore[attr-defined]
        session.commit()

    assert ask_of(session, sharing.bo).begun_by_id is None
    told = sa.select(sa.func.count(Message.id)).where(Message.person_id == sharing.bo)
    assert session.scalar(told.where(Message.purpose.startswith("privacy:erasure"))) == 3
