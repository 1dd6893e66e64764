"""Whoever uses no screen asks on the phone or on paper, and gets the same: the clock, the answer, the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.audit.models import AuditEntry, AuditPayload
from portal.concerns.services.emergency import save_contact
from portal.desk.models import DeskTask
from portal.messages.models import Message
from portal.plugin_api import Actor, Erasure, PrivacySource
from portal.plugin_api.personal import Exported, ExportedPart
from portal.privacy.models import AskedHow, RecordRequest
from portal.privacy.services import for_others
from tests.factories.messages import make_reachable
from tests.factories.sharing import NAMES, Sharing
from tests.factories.telling import send
from tests.integration.privacy.test_record import give_out, one, page_of

SignIn = Callable[..., FlaskClient]
NOW = datetime(2027, 1, 29, 12, tzinfo=UTC)  # a Friday


@pytest.fixture(autouse=True)
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def coordinator(sharing: Sharing, sign_in: SignIn) -> FlaskClient:
    return sign_in("coordinator")


def about(person_id: int) -> str:
    return f"/manage/people/{person_id}/data"


def logged(session: Session, action: str) -> list[AuditPayload]:
    session.rollback()
    found = session.scalars(
        sa.select(AuditPayload)
        .join(AuditEntry, AuditEntry.id == AuditPayload.entry_id)
        .where(AuditEntry.kind == action)
        .order_by(AuditPayload.entry_id)
    ).all()
    session.expunge_all()
    session.rollback()
    return list(found)


def ask(client: FlaskClient, person_id: int, **more: Any) -> Any:
    """By a letter of two days ago."""
    asked_on = ["27", "1", "2027"]
    data = {"how": "letter", "asked_on": asked_on, "known": "y", "words": "My first year", **more}
    data = {name: value for name, value in data.items() if value}
    return client.post(about(person_id), data=data)


def test_clock_begins_on_the_day_they_asked_and_they_are_told(
    coordinator: FlaskClient, session: Session, sharing: Sharing, app: Portal
) -> None:
    person_id = make_reachable(session, letter="1 Quay Lane")
    session.commit()

    assert ask(coordinator, person_id).status_code == 303

    request = one(session)
    assert (request.asked_on, request.how) == (date(2027, 1, 27), AskedHow.LETTER)
    assert request.written_by_id == coordinator.person_id  # type: ignore[attr-defined]
    assert "Monday 1 March 2027" in coordinator.get(about(person_id)).text
    with app.app_context():
        send(session)
        session.commit()
    task = session.scalars(sa.select(DeskTask).where(DeskTask.person_id == person_id)).one()
    assert task.kind == "desk:contact", "they have no screen, so the desk writes to them"
    assert [one.subject_id for one in logged(session, "privacy:record:ask")] == [str(person_id)]


def test_second_letter_is_the_same_request(
    coordinator: FlaskClient, session: Session, sharing: Sharing
) -> None:
    for _ in range(2):
        ask(coordinator, sharing.bo)

    assert one(session).person_id == sharing.bo
    told = sa.select(Message.id).where(
        Message.person_id == sharing.bo, Message.purpose == for_others.WRITTEN_DOWN
    )
    assert len(session.scalars(told).all()) == 1


@pytest.mark.parametrize(
    ("field", "words"),
    [("how", "Choose how they asked"), ("known", "Make sure that it is them")],
)
def test_nothing_is_written_down_without_how_and_who(
    coordinator: FlaskClient, session: Session, sharing: Sharing, field: str, words: str
) -> None:
    answer = ask(coordinator, sharing.bo, **{field: ""})

    assert answer.status_code == 422
    assert words in answer.text
    assert "My first year" in answer.text
    assert session.scalars(sa.select(RecordRequest.id)).all() == []


def test_nobody_has_asked_tomorrow(coordinator: FlaskClient, sharing: Sharing) -> None:
    answer = ask(coordinator, sharing.bo, asked_on=["30", "1", "2027"])

    assert answer.status_code == 422
    assert "Give a day that is not after today" in answer.text


def test_letter_has_what_they_may_have_and_nothing_that_few_may_see(
    coordinator: FlaskClient, session: Session, sharing: Sharing, sign_in: SignIn, app: Portal
) -> None:
    with app.app_context():
        save_contact(session, Actor(person_id=sharing.ada), "Call my sister Xanthippe")
        session.commit()
    ask(coordinator, sharing.ada)
    guardian = sign_in("data_guardian")
    letter = f"/manage/records/{one(session).id}/letter"
    assert guardian.get(letter).status_code == 404, "nothing was given out yet"
    assert "in a letter" in page_of(guardian, session)
    assert give_out(guardian, session, words="With our greetings").status_code == 303

    page = guardian.get(letter)

    assert "no-store" in page.headers["Cache-Control"]
    assert NAMES["ada"] in page.text
    assert "ada@ashgrove.example" in page.text
    assert "note about Ashgrove" in page.text, "it was looked through, and is given out"
    assert "With our greetings" in page.text
    assert "needs of Ashgrove" not in page.text
    assert "Xanthippe" not in page.text
    left = page.text.split("What is not in this letter")[1]
    assert "What you asked those who lead to know" in left
    assert "Whom to call for you in an emergency" in left
    assert [entry.actor_id for entry in logged(session, "privacy:record:print")] == [
        guardian.person_id  # type: ignore[attr-defined]
    ]
    assert coordinator.get(letter).status_code == 403


def test_what_is_discreet_is_neither_in_a_letter_nor_named_in_it() -> None:
    def part(name: str, **more: Any) -> ExportedPart:
        source = PrivacySource(
            table=name,
            subject="person_id",
            purpose=name,
            lawful_basis="",
            sensitivity="confidential",
            retention="",
            export=lambda *_: [],
            erase=lambda *_: Erasure(name),
            **more,
        )
        return ExportedPart("room", "Room", source, [{"words": name}])

    plain, few = part("plain"), part("few", seen_by="You alone")
    discreet = part("discreet", seen_by="You alone", discreet=True)

    shown, closed = for_others.printable(Exported((plain, few, discreet)))

    assert (shown.parts, closed) == ((plain,), (few,))


def test_guardian_prints_no_letter_to_themselves(
    session: Session, sharing: Sharing, sign_in: SignIn
) -> None:
    guardian = sign_in("data_guardian")
    ask(sign_in("coordinator", "administrator"), guardian.person_id)  # type: ignore[attr-defined]
    give_out(sign_in("data_guardian"), session)

    assert guardian.get(f"/manage/records/{one(session).id}/letter").status_code == 404


def test_page_is_for_others_and_for_whoever_may(
    coordinator: FlaskClient, session: Session, sharing: Sharing, sign_in: SignIn
) -> None:
    me = coordinator.person_id  # type: ignore[attr-defined]
    for path in (about(me), f"{about(me)}/erase", about(987654), f"{about(987654)}/erase"):
        assert coordinator.get(path).status_code == 404, path
    for role in ("facilitator", "treasurer", "administrator"):
        assert sign_in(role).get(about(sharing.bo)).status_code == 403
        assert sign_in(role).get(f"{about(sharing.bo)}/erase").status_code == 403
    session.commit()
    assert about(sharing.bo) in coordinator.get(f"/people/{sharing.bo}/contact").text
    with pytest.raises(for_others.NotTheirsError):
        for_others.ask_for(
            session,
            Actor(person_id=me),
            sharing.bo,
            for_others.Asking(AskedHow.PHONE, date(2027, 1, 29)),
            "",
            today=NOW.date(),
        )


def test_whoever_holds_a_role_over_others_is_asked_for_by_those_who_give_out_roles(
    coordinator: FlaskClient, session: Session, sharing: Sharing, sign_in: SignIn
) -> None:
    chair = sign_in("co_chair").person_id  # type: ignore[attr-defined]

    answer = ask(coordinator, chair)

    assert answer.status_code == 422
    assert "Only somebody who gives out roles" in answer.text
    assert "My first year" in answer.text
    assert session.scalars(sa.select(RecordRequest.id)).all() == []
    session.rollback()
    assert ask(sign_in("coordinator", "administrator"), chair).status_code == 303
