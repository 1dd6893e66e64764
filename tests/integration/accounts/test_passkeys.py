"""Passkeys, as the server judges them; `tests/browser/test_passkeys.py` has a browser's part."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
import time_machine

from portal.accounts.models import LoginSession, Passkey, SignedInBy
from portal.accounts.services.logins import set_active
from portal.accounts.services.passkeys import MOST_PASSKEYS
from portal.audit.models import AuditEntry
from portal.plugin_api import SYSTEM
from portal.plugin_api.access import FRESH_FOR
from portal.plugin_api.testing import watched
from tests.factories.accounts import make_login
from tests.factories.passkeys import Device
from tests.integration.accounts.conftest import enter
from tests.integration.accounts.test_sessions import is_signed_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.models import Login
    from portal.accounts.testing import BrowserClient
    from portal.app import Portal
    from portal.messages.models import Message

Browser = Callable[[], "BrowserClient"]
Look = Callable[[Any], list[Any]]
ORIGIN = "http://localhost:8765"
SAM = "sam@example.org"


@pytest.fixture
def portal_app(
    request: pytest.FixtureRequest, portal_lab: Any, engine_name: str
) -> Iterator[Portal]:
    """A portal at an address where browsers offer passkeys."""
    yield from watched(request, portal_lab.app(engine_name, [], base_url=ORIGIN))


def add(client: BrowserClient, device: Device, name: str = "My phone") -> Any:
    options = client.get("/me/passkeys/options").json
    return client.post("/me/passkeys/new", data={"name": name, "credential": device.make(options)})


def use(client: BrowserClient, device: Device, **more: str) -> Any:
    options = client.get("/sign-in/passkey").json
    return client.post("/sign-in/passkey", data={"credential": device.show(options), **more})


@pytest.fixture
def device(login: Login, browser: Browser) -> Device:
    """Sam's, with a passkey in it."""
    made = Device(ORIGIN)
    client = browser()
    enter(client, SAM)
    assert add(client, made).status_code == 303
    return made


def test_passkey_signs_in_as_two_proofs(device: Device, browser: Browser, look: Look) -> None:
    client = browser()
    answer = use(client, device, next="/me/details")
    assert answer.headers["Location"] == "/me/details"
    assert is_signed_in(client)
    newest = sa.select(LoginSession).order_by(LoginSession.id.desc())
    assert (look(newest)[0].how, look(newest)[0].strong) == (SignedInBy.PASSKEY, True)
    assert look(sa.select(Passkey.sign_count)) == [1]


def test_adding_tells_the_owner_and_is_recorded(
    device: Device, look: Look, mails: Callable[[], list[Message]]
) -> None:
    assert [message.purpose for message in mails()] == ["accounts:safety"]
    assert "A passkey was added" in (mails()[0].text or "")
    assert "accounts:passkey:add" in look(sa.select(AuditEntry.kind))


def test_what_browsers_are_asked_names_nobody(device: Device, browser: Browser) -> None:
    options = browser().get("/sign-in/passkey")
    assert options.headers["Cache-Control"] == "no-store"
    assert options.json is not None
    assert options.json["rpId"] == "localhost"
    assert options.json["allowCredentials"] == []
    assert options.json["userVerification"] == "required"


@pytest.mark.parametrize(
    "change", ["origin", "unverified", "other_key", "counter", "garbage", "empty", "huge"]
)
def test_false_answers_are_refused_kindly(change: str, device: Device, browser: Browser) -> None:
    client = browser()
    assert use(browser(), device).status_code == 303
    if change == "origin":
        device.origin = "http://evil.example"
    elif change == "unverified":
        device.flags = Device(ORIGIN, verifies=False).flags
    elif change == "other_key":
        device.key = Device(ORIGIN).key
    elif change == "counter":
        device.count = 0  # as a copy's would be
    if change in {"garbage", "empty", "huge"}:
        client.get("/sign-in/passkey")
        text = {"garbage": '{"id": [1]}', "empty": "", "huge": "x" * 30_000}[change]
        answer = client.post("/sign-in/passkey", data={"credential": text})
    else:
        answer = use(client, device)
    assert answer.status_code == 422
    assert "That passkey did not work here" in answer.text
    assert not is_signed_in(client)


def test_answer_holds_for_the_browser_that_was_asked_and_once(
    device: Device, browser: Browser
) -> None:
    asked, other = browser(), browser()
    answer = device.show(asked.get("/sign-in/passkey").json)
    other.get("/sign-in/passkey")
    assert other.post("/sign-in/passkey", data={"credential": answer}).status_code == 422
    assert browser().post("/sign-in/passkey", data={"credential": answer}).status_code == 422
    assert asked.post("/sign-in/passkey", data={"credential": answer}).status_code == 303
    asked.post("/sign-out")
    assert asked.post("/sign-in/passkey", data={"credential": answer}).status_code == 422


def test_answer_comes_too_late(device: Device, browser: Browser) -> None:
    client = browser()
    with time_machine.travel(1_900_000_000, tick=False) as now:
        answer = device.show(client.get("/sign-in/passkey").json)
        now.shift(5 * 60 + 1)
        assert client.post("/sign-in/passkey", data={"credential": answer}).status_code == 422


def test_token_of_the_form_is_needed(device: Device, browser: Browser) -> None:
    client = browser()
    data = {"credential": device.show(client.get("/sign-in/passkey").json)}
    assert client.post("/sign-in/passkey", data=data, csrf=False).status_code == 400
    assert not is_signed_in(client)


def test_closed_account_is_refused(
    session: Session, login: Login, device: Device, browser: Browser
) -> None:
    set_active(session, SYSTEM, login, False, "for a test")
    session.commit()
    assert use(browser(), device).status_code == 422


def test_removed_passkey_signs_nobody_in(device: Device, browser: Browser, look: Look) -> None:
    client = browser()
    use(client, device)
    (number,) = look(sa.select(Passkey.id))
    assert client.get(f"/me/passkeys/{number}/remove").status_code == 200
    assert client.post(f"/me/passkeys/{number}/remove").status_code == 303
    assert use(browser(), device).status_code == 422
    assert "accounts:passkey:remove" in look(sa.select(AuditEntry.kind))


def test_passkey_can_be_renamed(device: Device, browser: Browser, look: Look) -> None:
    client = browser()
    use(client, device)
    (number,) = look(sa.select(Passkey.id))
    client.post(f"/me/passkeys/{number}/name", data={"name": "The blue one"})
    assert "The blue one" in client.get("/me/passkeys").text


def test_passkeys_of_somebody_else_are_not_found(
    session: Session, device: Device, browser: Browser, look: Look
) -> None:
    make_login(session, email="b@example.org")
    session.commit()
    (number,) = look(sa.select(Passkey.id))
    client = browser()
    enter(client, "b@example.org")
    assert "My phone" not in client.get("/me/passkeys").text
    for verb in ("name", "remove"):
        assert client.get(f"/me/passkeys/{number}/{verb}").status_code == 404
        assert client.post(f"/me/passkeys/{number}/{verb}", data={"name": "x"}).status_code == 404


def test_passkey_that_is_somebodys_is_not_added_again(
    session: Session, device: Device, browser: Browser
) -> None:
    make_login(session, email="b@example.org")
    session.commit()
    client = browser()
    enter(client, "b@example.org")
    assert add(client, device).status_code == 422


def test_there_is_an_end_to_passkeys(login: Login, browser: Browser) -> None:
    client = browser()
    enter(client, SAM)
    codes = [add(client, Device(ORIGIN)).status_code for _ in range(MOST_PASSKEYS + 1)]
    assert [(code, len(list(run))) for code, run in itertools.groupby(codes)] == [
        (303, MOST_PASSKEYS), (422, 1),
    ]  # fmt: skip


def test_adding_asks_again_who_it_is_and_a_passkey_answers(
    device: Device, browser: Browser, look: Look
) -> None:
    client = browser()
    with time_machine.travel(1_900_000_000, tick=False) as now:
        enter(client, SAM)
        now.shift(FRESH_FOR + timedelta(seconds=1))
        assert client.get("/me/passkeys/new").headers["Location"].startswith("/me/prove")
        assert client.get("/me/passkeys/options").status_code == 303
        options = client.get("/me/prove/passkey").json
        assert options is not None
        assert len(options["allowCredentials"]) == 1
        data = {"credential": device.show(options), "next": "/me/passkeys/new"}
        answer = client.post("/me/prove/passkey", data=data)
        assert answer.headers["Location"] == "/me/passkeys/new"
        assert client.get("/me/passkeys/new").status_code == 200
    newest = sa.select(LoginSession.strong).order_by(LoginSession.id.desc())
    assert look(newest)[0] is True


def test_passkey_of_somebody_else_proves_nothing(
    session: Session, device: Device, browser: Browser, look: Look
) -> None:
    make_login(session, email="b@example.org")
    session.commit()
    client = browser()
    with time_machine.travel(1_900_000_000, tick=False) as now:
        enter(client, "b@example.org")
        now.shift(FRESH_FOR)
        options = client.get("/sign-in/passkey").json
        data = {"credential": device.show(options), "held": "", "next": "/me/passkeys/new"}
        answer = client.post("/me/prove/passkey", data=data)
        assert answer.status_code == 422
        assert 'value="/me/passkeys/new"' in answer.text
        assert client.get("/me/passkeys/new").status_code == 303
    assert look(sa.select(Passkey.sign_count)) == [0]


def test_no_passkeys_are_offered_where_browsers_have_none(
    portal_lab: Any, engine_name: str
) -> None:
    for base, offered in (
        ("http://127.0.0.1:8000", False), ("http://college.example", False),
        ("https://192.0.2.1", False), ("https://college.example", True),
    ):  # fmt: skip
        page = (
            portal_lab.app(engine_name, [], base_url=base)
            .test_client()
            .get("/sign-in", base_url=base)
        )
        assert ("data-passkey" in page.text) is offered
