"""Proofs of somebody whose role needs two are changed by whoever shows two: one that was stolen adds none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from portal.accounts.models import Authenticator, Passkey
from portal.plugin_api.testing import watched
from tests.factories.accounts import PASSWORD, make_login
from tests.factories.passkeys import Device
from tests.integration.accounts.conftest import enter
from tests.integration.accounts.test_codes import code_in
from tests.integration.accounts.test_passkeys import ORIGIN, add
from tests.integration.accounts.test_sessions import is_signed_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.testing import BrowserClient
    from portal.app import Portal
    from portal.messages.models import Message

Browser = Callable[[], "BrowserClient"]
Look = Callable[[Any], list[Any]]
Mails = Callable[[], "list[Message]"]
BOSS = "boss@example.org"


@pytest.fixture
def portal_app(
    request: pytest.FixtureRequest, portal_lab: Any, engine_name: str
) -> Iterator[Portal]:
    """A portal that asks for the second proof of those whose role needs one, where passkeys are offered."""
    app = portal_lab.app(engine_name, [], base_url=ORIGIN, staff_second_step=True)
    yield from watched(request, app)


@pytest.fixture
def device(session: Session, browser: Browser) -> Device:
    """An administrator's, with their only passkey in it."""
    make_login(session, name="Boss", email=BOSS, roles=["administrator"])
    session.commit()
    made, owner = Device(ORIGIN), browser()
    enter(owner, BOSS)
    assert add(owner, made).status_code == 303  # the first, with what there is
    assert owner.get("/people").status_code == 200
    return made


def by_password(thief: BrowserClient, mails: Mails) -> None:
    enter(thief, BOSS)


def by_mailbox(thief: BrowserClient, mails: Mails) -> None:
    thief.post("/sign-in/email", data={"email": BOSS})
    thief.post("/sign-in/code", data={"code": code_in(mails()[-1])})


@pytest.mark.parametrize("come_in", [by_password, by_mailbox])
def test_one_stolen_proof_changes_none(
    device: Device,
    browser: Browser,
    mails: Mails,
    look: Look,
    come_in: Callable[[BrowserClient, Mails], None],
) -> None:
    thief = browser()
    come_in(thief, mails)
    assert is_signed_in(thief)
    (passkey_id,) = look(sa.select(Passkey.id))
    pages = (
        "/me/authenticator/new", "/me/authenticator/remove", "/me/passkeys/options", "/me/passkeys/new",
        f"/me/passkeys/{passkey_id}/remove",
    )  # fmt: skip
    for page in pages:
        assert asks_for_proof(thief.get(page)), page
    assert thief.post(f"/me/passkeys/{passkey_id}/remove").status_code == 403
    assert thief.post("/me/recovery-codes").status_code == 403
    asked = thief.get("/me/prove").text
    assert 'name="password"' not in asked
    assert "Email me a code" not in asked
    thief.post("/me/prove", data={"password": PASSWORD})  # though nobody asked for it
    assert asks_for_proof(thief.get("/me/passkeys/new"))
    assert asks_for_proof(thief.get("/me/authenticator/new"))
    assert look(sa.select(Passkey.id)) == [passkey_id]
    assert look(sa.select(Authenticator.id)) == []
    assert thief.get("/people").status_code != 200


def asks_for_proof(answer: Any) -> bool:
    return answer.status_code == 303 and answer.headers["Location"].startswith("/me/prove?")


def test_owner_who_came_in_by_password_shows_the_passkey_and_goes_on(
    device: Device, browser: Browser
) -> None:
    owner = browser()
    enter(owner, BOSS)
    options = owner.get("/me/prove/passkey").json
    shown = {"credential": device.show(options), "next": "/me/passkeys/new"}
    answer = owner.post("/me/prove/passkey", data=shown)
    assert answer.headers["Location"] == "/me/passkeys/new"
    assert owner.get("/me/passkeys/new").status_code == 200
    assert owner.get("/people").status_code == 200


def test_student_replaces_a_lost_passkey_with_the_password(
    session: Session, browser: Browser
) -> None:
    make_login(session, name="Sam", email="sam@example.org")
    session.commit()
    owner = browser()
    enter(owner, "sam@example.org")
    assert add(owner, Device(ORIGIN)).status_code == 303
    again = browser()
    enter(again, "sam@example.org")
    assert add(again, Device(ORIGIN), "New phone").status_code == 303
