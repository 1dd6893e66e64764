"""Signing in with a code or a link that comes by e-mail."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
import time_machine

from portal import clock
from portal.accounts.models import Login, LoginCode, LoginSession, SignedInBy
from portal.accounts.privacy import SOURCES
from portal.accounts.queries import may_send
from portal.accounts.services.codes import MOST_TRIES
from portal.accounts.services.logins import set_active
from portal.plugin_api import SYSTEM
from tests.factories.accounts import make_login
from tests.factories.keeping import let_go
from tests.integration.accounts.conftest import cookie_of, enter, link_in
from tests.integration.accounts.test_sessions import held_form, is_signed_in
from tests.integration.accounts.test_sign_in import stripped

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.testing import BrowserClient
    from portal.messages.models import Message

Browser = Callable[[], "BrowserClient"]
Look = Callable[[Any], list[Any]]
Mails = Callable[[], "list[Message]"]
START = datetime(2027, 3, 1, 9, tzinfo=clock.zone("UTC"))
SAM = "sam@example.org"


def ask(client: BrowserClient, email: str = SAM, **more: str) -> Any:
    return client.post("/sign-in/email", data={"email": email, **more})


def code_in(message: Message) -> str:
    found = re.search(r"\b\d{4} \d{4}\b", message.text or "")
    assert found is not None
    return found[0]


def other_than(code: str) -> str:
    return ("1" if code[0] != "1" else "2") + code[1:]


def type_in(client: BrowserClient, code: str, **more: str) -> Any:
    return client.post("/sign-in/code", data={"code": code, **more})


def test_code_signs_in_where_it_was_asked_for(
    login: Login, browser: Browser, mails: Mails, look: Look
) -> None:
    client = browser()
    assert ask(client, next="/me/sign-ins?a=1").headers["Location"] == "/sign-in/code"
    (message,) = mails()
    assert message.recipient == SAM
    assert not re.search(r"\d", message.subject or "")  # a locked screen shows the subject
    answer = type_in(client, code_in(message))
    assert answer.headers["Location"] == "/me/sign-ins?a=1"
    assert is_signed_in(client)
    assert look(sa.select(LoginSession.how)) == [SignedInBy.EMAIL]


@pytest.mark.parametrize("spelling", ["{}", " {} ", "{}-"])
def test_code_is_read_however_it_is_spaced(
    spelling: str, login: Login, browser: Browser, mails: Mails
) -> None:
    client = browser()
    ask(client)
    digits = code_in(mails()[0]).replace(" ", "")
    assert type_in(client, spelling.format(digits)).status_code == 303


def test_code_works_once(login: Login, browser: Browser, mails: Mails) -> None:
    client, copy = browser(), browser()
    ask(client)
    copy.set_cookie("session", cookie_of(client))
    code = code_in(mails()[0])
    assert type_in(client, code).status_code == 303
    assert type_in(copy, code).status_code == 422
    assert not is_signed_in(copy)


def test_code_is_worth_nothing_in_another_browser(
    login: Login, browser: Browser, mails: Mails
) -> None:
    asked, other = browser(), browser()
    ask(asked)
    ask(other, "nobody@example.org")
    code = code_in(mails()[0])
    assert type_in(other, code).status_code == 422
    assert type_in(browser(), code).headers["Location"] == "/sign-in/email"
    assert type_in(asked, code).status_code == 303


def test_code_works_for_ten_minutes(login: Login, browser: Browser, mails: Mails) -> None:
    client = browser()
    for seconds, status in ((10 * 60, 422), (10 * 60 - 1, 303)):
        with time_machine.travel(START, tick=False) as now:
            ask(client)
            now.shift(timedelta(seconds=seconds))
            assert type_in(client, code_in(mails()[-1])).status_code == status


def test_newest_code_alone_works(login: Login, browser: Browser, mails: Mails) -> None:
    client = browser()
    ask(client)
    ask(client)
    first, second = mails()
    assert type_in(client, code_in(first)).status_code == 422
    assert type_in(client, code_in(second)).status_code == 303


def test_wrong_codes_use_the_right_one_up(
    login: Login, browser: Browser, mails: Mails, look: Look
) -> None:
    client = browser()
    ask(client)
    code = code_in(mails()[0])
    for _ in range(MOST_TRIES):
        assert type_in(client, other_than(code)).status_code == 422
    assert look(sa.select(LoginCode.tries)) == [MOST_TRIES]
    assert type_in(client, code).status_code == 422
    assert not is_signed_in(client)


def test_wrong_code_leaves_the_next_try(login: Login, browser: Browser, mails: Mails) -> None:
    client = browser()
    ask(client)
    code = code_in(mails()[0])
    answer = type_in(client, other_than(code))
    assert "This code is not right" in answer.text
    assert type_in(client, code).status_code == 303


def test_getting_the_link_changes_nothing_and_the_button_signs_in(
    login: Login, browser: Browser, mails: Mails, look: Look
) -> None:
    client, scanner = browser(), browser()
    ask(client, next="/me/details")
    link = link_in(mails()[0])
    for visitor in (scanner, client, client):
        assert visitor.get(link).status_code == 200
        assert visitor.head(link).status_code == 200
    assert look(sa.select(LoginCode.used_at)) == [None]
    assert not is_signed_in(client)
    assert client.post(link, csrf=False).status_code == 400
    assert not is_signed_in(client)
    assert client.post(link).headers["Location"] == "/me/details"
    assert is_signed_in(client)
    assert client.get(link).status_code == 410


def test_link_opened_elsewhere_approves_nothing(
    login: Login, browser: Browser, mails: Mails
) -> None:
    client, elsewhere = browser(), browser()
    ask(client)
    link = link_in(mails()[0])
    for answer in (elsewhere.get(link), elsewhere.post(link)):
        assert answer.status_code == 200
        assert "Type the code from the message there" in answer.text
        assert "<button" not in answer.text.split("<main")[1].split("</main")[0]
    assert not is_signed_in(elsewhere)
    assert not is_signed_in(client)
    assert type_in(client, code_in(mails()[0])).status_code == 303


def test_link_in_another_tab_lets_the_waiting_page_go_on(
    login: Login, browser: Browser, mails: Mails
) -> None:
    client = browser()
    held = held_form(client, name="Samira, at length")
    page = ask(client, held=held)
    assert held in page.text
    client.post(link_in(mails()[0]))
    answer = type_in(client, "", held=held)
    assert "Samira, at length" in answer.text
    assert is_signed_in(client)


def test_typed_text_comes_along(login: Login, browser: Browser, mails: Mails) -> None:
    client = browser()
    held = held_form(client, name="Samira, at length")
    assert held in ask(client, held=held).text
    assert held in type_in(client, "0", held=held).text
    answer = type_in(client, code_in(mails()[0]), held=held)
    assert "Samira, at length" in answer.text


def test_only_hashes_are_kept(login: Login, browser: Browser, mails: Mails, look: Look) -> None:
    client = browser()
    ask(client)
    with client.session_transaction() as cookie:
        key = cookie["asked"][0]
    (row,) = look(sa.select(LoginCode))
    kept = f"{row.browser_hash} {row.code_hash} {row.link_hash}"
    assert len(key) >= 43
    for secret in (key, code_in(mails()[0]).replace(" ", ""), link_in(mails()[0]).split("/")[-1]):
        assert secret not in kept


@pytest.mark.parametrize("state", ["known", "unconfirmed", "disabled"])
def test_asking_and_trying_are_alike_whether_the_address_is_known(
    state: str, session: Session, browser: Browser, queries: Any, mails: Mails
) -> None:
    known = make_login(session, email="known@example.org", confirmed=state != "unconfirmed")
    if state == "disabled":
        set_active(session, SYSTEM, known, False, "for a test")
    session.commit()
    seen_by: list[list[Any]] = []
    for email in ("known@example.org", "nobody@example.org"):
        client, answers = browser(), []
        for step in (
            lambda c=client, e=email: ask(c, e),
            lambda c=client: c.get("/sign-in/code"),
            lambda c=client: type_in(c, "00000000"),
        ):
            with queries() as seen:
                answer = step()
            headers = {k: v for k, v in answer.headers.items() if k != "Set-Cookie"}
            answers.append((answer.status_code, stripped(answer.text), len(seen), headers))
        answers.append(len(cookie_of(client)))
        seen_by.append(answers)
    assert seen_by[0] == seen_by[1]
    assert [message.recipient for message in mails()] == ["known@example.org", "nobody@example.org"]


def test_account_that_is_not_confirmed_gets_no_code(
    session: Session, browser: Browser, mails: Mails
) -> None:
    make_login(session, email="new@example.org", confirmed=False)
    session.commit()
    ask(browser(), "new@example.org")
    (message,) = mails()
    assert "/confirm/" in (message.text or "")
    assert not re.search(r"\b\d{4} \d{4}\b", message.text or "")


def test_account_that_was_closed_meanwhile_lets_nobody_in(
    session: Session, login: Login, browser: Browser, mails: Mails
) -> None:
    client = browser()
    ask(client)
    set_active(session, SYSTEM, login, False, "for a test")
    session.commit()
    assert type_in(client, code_in(mails()[0])).status_code == 422
    assert client.post(link_in(mails()[0])).status_code == 410
    assert not is_signed_in(client)


def test_code_that_was_not_sent_opens_nothing(
    login: Login, browser: Browser, mails: Mails, look: Look
) -> None:
    for _ in range(6):
        assert ask(browser()).status_code == 303
    assert len(mails()) == 4
    opening = look(sa.select(LoginCode.login_id).where(LoginCode.login_id.is_not(None)))
    assert len(opening) == 4


def test_stranger_cannot_use_up_the_owners_messages(
    login: Login, browser: Browser, mails: Mails
) -> None:
    own, stranger = browser(), browser()
    enter(own, SAM)
    own.post("/sign-out")
    for _ in range(6):
        ask(stranger)
    ask(own)
    assert type_in(own, code_in(mails()[-1])).status_code == 303


def test_message_with_a_code_does_not_leave_when_it_is_too_late(
    session: Session, login: Login, browser: Browser, mails: Mails
) -> None:
    with time_machine.travel(START, tick=False) as now:
        ask(browser())
        (message,) = mails()
        wanted = (login.person_id, SAM, message.purpose)
        assert may_send(session, *wanted)
        now.shift(timedelta(minutes=10))
        assert not may_send(session, *wanted)


def test_old_codes_are_forgotten(session: Session, login: Login, browser: Browser) -> None:
    with time_machine.travel(START, tick=False) as now:
        ask(browser())
        now.shift(timedelta(hours=23))
        assert let_go(session, SOURCES) == {}
        now.shift(timedelta(hours=2))
        assert let_go(session, SOURCES) == {"login_code": 1}


def test_session_changes_when_a_code_signs_in(login: Login, browser: Browser, mails: Mails) -> None:
    client, copied = browser(), browser()
    ask(client)
    copied.set_cookie("session", cookie_of(client))
    before = cookie_of(client)
    type_in(client, code_in(mails()[0]))
    assert cookie_of(client) != before
    assert not is_signed_in(copied)


def test_forged_next_leads_home(login: Login, browser: Browser, mails: Mails) -> None:
    client = browser()
    ask(client, next="//evil.example")
    assert type_in(client, code_in(mails()[0])).headers["Location"] == "/"
