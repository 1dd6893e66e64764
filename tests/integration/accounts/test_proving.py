"""Showing again that it is you, before a sensitive page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
import time_machine

from portal import clock
from portal.accounts.models import EndReason, Login, LoginSession, RoleGrant
from portal.accounts.services.sessions import end_all_sessions
from portal.audit.models import AuditEntry
from portal.db import unit_of_work
from portal.plugin_api import Actor, require_fresh
from portal.plugin_api.access import FRESH_FOR, NotFresh
from tests.factories.accounts import PASSWORD, make_login, make_person
from tests.integration.accounts.conftest import cookie_of, enter, token_in
from tests.integration.accounts.test_codes import code_in, other_than
from tests.integration.accounts.test_sessions import is_signed_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.testing import BrowserClient
    from portal.app import Portal
    from portal.messages.models import Message

Browser = Callable[[], "BrowserClient"]
Look = Callable[[Any], list[Any]]
Mails = Callable[[], "list[Message]"]
START = datetime(2027, 3, 1, 9, tzinfo=clock.zone("UTC"))
ADA = "ada@example.org"
GRANT = {"role": "coach", "where": "college", "reason": "She is kind"}


@pytest.fixture
def page(session: Session) -> str:
    """Where Ada, an administrator, gives roles to Bo: a page that asks again."""
    with time_machine.travel(START - timedelta(days=1), tick=False):
        make_login(session, name="Ada", email=ADA, roles=["administrator"])
        place = f"/people/{make_person(session, 'Bo').id}/roles"
    session.commit()
    return place


def held_in(text: str) -> str:
    return text.split('name="held"')[1].split('value="')[1].split('"')[0]


def test_page_opens_for_ten_minutes_and_then_asks(page: str, browser: Browser) -> None:
    client = browser()
    with time_machine.travel(START, tick=False) as now:
        enter(client, ADA)
        now.shift(FRESH_FOR - timedelta(seconds=1))
        assert client.get(page).status_code == 200
        now.shift(timedelta(seconds=1))
        answer = client.get(f"{page}?a=1")
        assert answer.status_code == 303
        assert answer.headers["Location"] == f"/me/prove?next={page}?a%3D1"
        asked = client.get(answer.headers["Location"])
        assert "Please show that it is you" in asked.text
        wrong = client.post("/me/prove", data={"password": "wrong", "next": f"{page}?a=1"})
        assert wrong.status_code == 422
        assert client.get(page).status_code == 303
        back = client.post("/me/prove", data={"password": PASSWORD, "next": f"{page}?a=1"})
        assert back.headers["Location"] == f"{page}?a=1"
        assert client.get(page).status_code == 200


def test_other_pages_do_not_ask(page: str, browser: Browser) -> None:
    client = browser()
    with time_machine.travel(START, tick=False) as now:
        enter(client, ADA)
        now.shift(FRESH_FOR)
        assert client.get("/people").status_code == 200


def test_typed_text_comes_back_and_is_sent(page: str, browser: Browser, look: Look) -> None:
    client = browser()
    with time_machine.travel(START, tick=False) as now:
        enter(client, ADA)
        now.shift(FRESH_FOR)
        asked = client.post(page, data=GRANT)
        assert asked.status_code == 403
        assert "What you typed is kept" in asked.text
        assert look(sa.select(RoleGrant.role)) == ["administrator"]
        held = held_in(asked.text)
        assert held in client.post("/me/prove", data={"password": "no", "held": held}).text
        shown = client.post("/me/prove", data={"password": PASSWORD, "held": held})
        assert "She is kind" in shown.text
        assert f'action="{page}"' in shown.text
        sent = client.post(page, data={**GRANT, "csrf_token": token_in(shown.text)}, csrf=False)
        assert sent.status_code == 303
    assert look(sa.select(RoleGrant.role).order_by(RoleGrant.id)) == ["administrator", "coach"]


def test_proof_changes_the_key_of_the_session(page: str, browser: Browser, look: Look) -> None:
    client, copied = browser(), browser()
    enter(client, ADA)
    with client.session_transaction() as cookie:
        before = cookie["sid"]
    copied.set_cookie("session", cookie_of(client))
    client.post("/me/prove", data={"password": PASSWORD})
    with client.session_transaction() as cookie:
        assert cookie["sid"] != before
    assert is_signed_in(client)
    assert not is_signed_in(copied)
    assert len(look(sa.select(LoginSession.id))) == 1
    assert "accounts:session:prove" in look(sa.select(AuditEntry.kind))


def test_emailed_code_proves(page: str, browser: Browser, mails: Mails) -> None:
    client = browser()
    with time_machine.travel(START, tick=False) as now:
        enter(client, ADA)
        now.shift(FRESH_FOR)
        held = held_in(client.post(page, data=GRANT).text)
        assert held in client.post("/me/prove/email", data={"held": held}).text
        (message,) = mails()
        assert "/sign-in/link/" not in (message.text or "")
        wrong = client.post(
            "/me/prove/code", data={"code": other_than(code_in(message)), "held": held}
        )
        assert wrong.status_code == 422
        assert held in wrong.text
        shown = client.post("/me/prove/code", data={"code": code_in(message), "held": held})
        assert "She is kind" in shown.text
        assert client.get(page).status_code == 200


def test_code_leads_back_to_the_page(page: str, browser: Browser, mails: Mails) -> None:
    client = browser()
    enter(client, ADA)
    client.post("/me/prove/email", data={"next": page})
    code = code_in(mails()[0])
    assert client.post("/me/prove/code", data={"code": code}).headers["Location"] == page
    assert client.get("/me/prove/code").headers["Location"] == "/me/prove"


def test_code_of_somebody_else_proves_nothing(
    page: str, login: Login, browser: Browser, mails: Mails
) -> None:
    own, other = browser(), browser()
    with time_machine.travel(START, tick=False) as now:
        enter(other, "sam@example.org")
        other.post("/me/prove/email")
        enter(own, ADA)
        now.shift(FRESH_FOR)
        with other.session_transaction() as theirs:
            key = theirs["proving"]
        with own.session_transaction() as mine:
            mine["proving"] = key
        answer = own.post("/me/prove/code", data={"code": code_in(mails()[0])})
        assert answer.status_code == 422
        assert own.get(page).status_code == 303


def test_whoever_may_not_is_refused_before_anything_is_asked(
    page: str, login: Login, browser: Browser
) -> None:
    client = browser()
    with time_machine.travel(START, tick=False) as now:
        enter(client, "sam@example.org")
        now.shift(FRESH_FOR)
        assert client.get(page).status_code == 403


def test_wrong_passwords_slow_down(page: str, browser: Browser) -> None:
    client = browser()
    enter(client, ADA)
    codes = [client.post("/me/prove", data={"password": "wrong"}).status_code for _ in range(6)]
    assert codes == [422] * 5 + [429]
    assert is_signed_in(client)


def test_session_that_ended_meanwhile_is_not_proved(
    app: Portal, session: Session, page: str, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.accounts import passwords

    client = browser()
    enter(client, ADA)
    check = passwords.verify_password

    def slow(text: str, known: str | None) -> bool:
        with app.app_context(), unit_of_work() as beside:
            for login_id in beside.scalars(sa.select(Login.id)).all():
                end_all_sessions(beside, login_id, EndReason.ELSEWHERE)
        return check(text, known)

    monkeypatch.setattr(passwords, "verify_password", slow)
    assert client.post("/me/prove", data={"password": PASSWORD}).status_code == 401
    assert not is_signed_in(client)


def test_view_can_ask_by_itself() -> None:
    with time_machine.travel(START, tick=False) as now:
        actor = Actor(person_id=1, proved_at=clock.now())
        require_fresh(actor)
        now.shift(FRESH_FOR)
        for stale in (actor, Actor(person_id=1)):
            with pytest.raises(NotFresh):
                require_fresh(stale)
