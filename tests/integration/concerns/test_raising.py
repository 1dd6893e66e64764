"""Raising a concern: for everybody, once, kept before anything is said."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from limits import RateLimitItem, RateLimitItemPerMinute
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.audit.models import AuditEntry, AuditPayload
from portal.concerns import limits
from portal.concerns.models import Concern
from portal.concerns.queries import opened
from portal.desk.models import DeskTask
from portal.messages.models import Message
from portal.ui.limits import seconds_until
from tests.factories.concerns import WORDS, make_duty

REACH = "01632 960555 after six"


def rows(session: Session, statement: Any) -> Sequence[Any]:
    session.rollback()
    found = session.scalars(statement).all()
    session.expunge_all()
    session.rollback()  # on SQLite an open transaction would keep the pages out
    return found


def concerns(session: Session) -> Sequence[Concern]:
    return rows(session, sa.select(Concern).order_by(Concern.id))


def test_anybody_is_asked_one_question(client: FlaskClient) -> None:
    page = client.get("/tell-us")

    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    text = unescape(page.text)
    assert text.count("<textarea") == 1
    for number in ("999", "111", "116 123", "0300 000 0000"):
        assert number in text
    assert "Monday to Friday, 9am to 5pm" in text
    assert "Leave my name out" not in text


def test_every_page_leads_there(client: FlaskClient) -> None:
    for path in ("/", "/courses", "/sign-in", "/nowhere"):
        page = client.get(path).text
        help_line = page[page.index('id="help"') :]
        assert 'href="/tell-us"' in help_line, path


def test_it_is_kept_and_sealed_before_it_says_sent(
    app: Portal, client: FlaskClient, session: Session
) -> None:
    answer = client.post("/tell-us", data={"words": WORDS, "reach": REACH})

    (concern,) = concerns(session)
    assert (answer.status_code, answer.location) == (303, "/tell-us/sent")
    assert WORDS.encode() not in concern.words
    found = opened(session, concern.uid)
    assert found is not None
    assert (found.words, found.reach, found.raised_by_id) == (WORDS, REACH, None)
    assert "15 minutes" in client.get("/tell-us/sent").text


def test_nothing_says_sent_when_it_could_not_be_kept(
    app: Portal, client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    def refuse(*_: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("disk full"))

    monkeypatch.setattr(app, "_finish", refuse)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    try:
        answer = client.post("/tell-us", data={"words": WORDS})
    finally:
        app.config["PROPAGATE_EXCEPTIONS"] = None

    assert answer.status_code >= 500
    assert WORDS in answer.text
    assert concerns(session) == []


def test_second_click_has_no_effect_and_another_text_has(
    client: FlaskClient, session: Session
) -> None:
    shown = client.get("/tell-us").text
    found = re.search(r'name="form_key"[^>]*value="(\w+)"', shown)
    assert found is not None
    form = {"form_key": found[1], "words": WORDS}

    answers = [client.post("/tell-us", data=form) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert len(concerns(session)) == 1

    client.post("/tell-us", data={**form, "words": f"{WORDS}, and her dog"})
    assert len(concerns(session)) == 2


def test_empty_is_asked_again_with_what_was_typed(client: FlaskClient, session: Session) -> None:
    answer = client.post("/tell-us", data={"words": " ", "reach": REACH})

    assert answer.status_code == 422
    assert "Write what you are worried about" in unescape(answer.text)
    assert REACH in answer.text
    assert concerns(session) == []


def test_form_without_a_token_gives_the_words_back(client: FlaskClient, session: Session) -> None:
    answer = client.post("/tell-us", data={"words": WORDS, "reach": REACH}, csrf=False)  # type: ignore[call-arg]

    assert answer.status_code == 400
    assert WORDS in answer.text
    assert REACH in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert concerns(session) == []


def test_token_works_for_who_has_no_session(app: Portal, session: Session) -> None:
    browser = app.test_client()
    shown = browser.get("/tell-us").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', shown)
    assert token is not None

    sent = browser.post("/tell-us", data={"words": WORDS, "csrf_token": token[1]}, csrf=False)  # type: ignore[call-arg]

    assert sent.status_code == 303
    assert len(concerns(session)) == 1


@pytest.mark.parametrize("unnamed", [False, True])
def test_who_is_signed_in_may_leave_their_name_out(
    sign_in: Callable[..., FlaskClient], session: Session, unnamed: bool
) -> None:
    student = sign_in("student")
    person: int = student.person_id  # type: ignore[attr-defined]
    assert "Leave my name out" in student.get("/tell-us").text

    student.post("/tell-us", data={"words": WORDS, **({"unnamed": "y"} if unnamed else {})})

    (concern,) = concerns(session)
    assert concern.raised_by_id == (None if unnamed else person)
    named = sa.select(AuditPayload.actor_id).join(AuditEntry)
    named = named.where(AuditEntry.kind == "concerns:concern:raise")
    assert rows(session, named) == [None if unnamed else person]


def send_many(client: FlaskClient, number: int, start: int = 0) -> list[int]:
    return [
        client.post("/tell-us", data={"words": f"{WORDS} {start + one}"}).status_code
        for one in range(number)
    ]


def test_many_from_one_place_are_kept_and_ring_no_phones_one_by_one(
    client: FlaskClient, session: Session, sign_in: Callable[..., FlaskClient]
) -> None:
    make_duty(session)
    session.commit()

    assert set(send_many(client, 15)) == {303}

    kept = concerns(session)
    assert [one.rings for one in kept] == [True] * 11 + [False] * 4
    assert len(rows(session, sa.select(DeskTask.id))) == 11
    held = client.post("/tell-us", data={"words": WORDS})
    page = unescape(client.get(held.location).text)
    assert "it may take longer" in page
    assert "are being told now" not in page
    assert "999" in page
    page = sign_in("duty_contact").get("/duty").text
    assert page.count("One of many from one place") == 5


def test_junk_from_ones_network_keeps_nobody_there_from_being_heard(
    client: FlaskClient, session: Session, sign_in: Callable[..., FlaskClient], low: None
) -> None:
    make_duty(session)
    session.commit()
    assert send_many(client, 16)[-1] == 429
    student = sign_in("student")

    answer = student.post("/tell-us", data={"words": "I am in danger"})

    assert answer.status_code == 303
    last = concerns(session)[-1]
    assert (last.rings, last.raised_by_id) == (True, student.person_id)  # type: ignore[attr-defined]


def test_whoever_is_signed_in_counts_by_themselves_and_under_no_name(
    sign_in: Callable[..., FlaskClient], session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []

    def count(item: RateLimitItem, *key: str) -> int:
        counted.extend(key)
        return seconds_until(item, *key)

    monkeypatch.setattr(limits, "seconds_until", count)
    student = sign_in("student")
    for one in range(12):
        student.post("/tell-us", data={"words": f"{WORDS} {one}", "unnamed": "y"})

    assert [one.rings for one in concerns(session)] == [True] * 11 + [False]
    other = sign_in("student")
    other.post("/tell-us", data={"words": WORDS})
    assert concerns(session)[-1].rings
    names = set(counted) - {"concern-kept", "concern-rings"}
    assert len(names) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in names)


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound at which nothing more is taken in, low enough to be met in a test."""
    monkeypatch.setattr(limits, "KEPT", RateLimitItemPerMinute(15, 10))


def test_whoever_sends_more_than_people_do_is_slowed_and_nothing_typed_is_lost(
    client: FlaskClient, session: Session, low: None
) -> None:
    send_many(client, 15)

    slowed = client.post("/tell-us", data={"words": f"{WORDS} again", "reach": REACH})

    assert slowed.status_code == 429
    assert 0 < int(slowed.headers["Retry-After"]) <= 600
    assert slowed.headers["Cache-Control"] == "no-store"
    text = unescape(slowed.text)
    assert f"{WORDS} again" in text
    assert REACH in text
    assert "Not sent yet" in text
    for number in ("999", "111", "116 123", "0300 000 0000"):
        assert number in text
    assert len(concerns(session)) == 15


def test_store_of_counters_that_is_down_keeps_nobody_out(
    client: FlaskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.accounts.limits import limiter

    def down(*_: object, **__: object) -> bool:
        raise ConnectionError("nobody there")

    monkeypatch.setattr(limiter.limiter, "hit", down)

    assert client.post("/tell-us", data={"words": WORDS}).status_code == 303
    assert len(concerns(session)) == 1


def test_everybody_on_duty_is_told_by_every_way_at_once(
    app: Portal, client: FlaskClient, session: Session
) -> None:
    people = sorted([make_duty(session, "Dara"), make_duty(session, "Eli")])
    session.commit()

    client.post("/tell-us", data={"words": WORDS})

    told = rows(session, sa.select(Message).order_by(Message.person_id, Message.purpose))
    assert [(message.person_id, message.purpose) for message in told] == [
        (person, f"concerns:duty_{way}") for person in people for way in ("email", "text")
    ]
    tasks = rows(session, sa.select(DeskTask).order_by(DeskTask.person_id))
    assert [(task.kind, task.person_id) for task in tasks] == [
        ("concerns:ring", person) for person in people
    ]


def test_with_nobody_on_duty_the_desk_finds_somebody(
    client: FlaskClient, session: Session, sign_in: Callable[..., FlaskClient]
) -> None:
    client.post("/tell-us", data={"words": WORDS})

    (task,) = rows(session, sa.select(DeskTask))
    assert task.kind == "concerns:nobody"
    coordinator = sign_in("coordinator")
    assert "nobody is on duty" in coordinator.get("/desk/").text
    page = coordinator.get(f"/desk/tasks/{task.id}").text
    assert "Duty contact" in page
    assert WORDS not in page
