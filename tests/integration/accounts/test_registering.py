from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
import time_machine

from portal.accounts import mail, passwords
from portal.accounts.models import ContactRoute, Login, Person, RouteKind
from portal.accounts.services.logins import set_active
from portal.messages.models import Message
from portal.plugin_api import SYSTEM
from portal.plugin_api.events import OutboxEvent
from tests.factories.accounts import PASSWORD, make_login
from tests.integration.accounts.conftest import enter, link_in, token_in
from tests.integration.accounts.test_sessions import is_signed_in
from tests.integration.accounts.test_sign_in import stripped

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.testing import BrowserClient

Browser = Callable[[], "BrowserClient"]
Look = Callable[[Any], list[Any]]
Mails = Callable[[], list[Message]]
NEW = "nine copper kettles sing"


def sign_up(client: BrowserClient, email: str, **more: str) -> Any:
    return client.post(
        "/register", data={"name": "Jo", "email": email, "password": PASSWORD, **more}
    )


def confirm(client: BrowserClient, link: str, password: str = PASSWORD) -> Any:
    return client.post(link, data={"password": password})


def test_register_then_confirm_then_sign_in(browser: Browser, mails: Mails, look: Look) -> None:
    client = browser()
    answer = sign_up(client, "Jo.New@Example.org")
    assert answer.headers["Location"] == "/sent/confirm"
    assert enter(client, "jo.new@example.org").status_code == 422
    (message,) = mails()
    assert message.recipient == "jo.new@example.org"
    link = link_in(message)
    page = client.get(link)
    assert page.status_code == 200
    assert confirm(client, link).headers["Location"] == "/"
    assert is_signed_in(client)
    assert enter(browser(), "jo.new@example.org").status_code == 303
    assert look(sa.select(Person.name)) == ["Jo"]
    (route,) = look(sa.select(ContactRoute))
    assert (route.kind, route.value, route.preferred) == (
        RouteKind.EMAIL,
        "jo.new@example.org",
        True,
    )
    assert look(sa.select(OutboxEvent.type)) == ["accounts:person_registered"]


@pytest.mark.true_costs
def test_password_is_stored_as_argon2id(browser: Browser, look: Look) -> None:
    sign_up(browser(), "jo@example.org")
    (stored,) = look(sa.select(Login.password))
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_opening_the_confirmation_link_changes_nothing(
    browser: Browser, mails: Mails, queries: Any, look: Look
) -> None:
    sign_up(browser(), "jo@example.org")
    link = link_in(mails()[0])
    scanner = browser()
    for method in (scanner.get, scanner.head):
        with queries() as seen:
            assert method(link).status_code == 200
        assert not [text for text in seen.statements if not text.startswith("SELECT")]
    assert look(sa.select(Login.confirmed_at)) == [None]
    assert scanner.post(link, csrf=False).status_code == 400
    assert confirm(browser(), link).status_code == 303


def test_confirmation_link_works_once(browser: Browser, mails: Mails) -> None:
    sign_up(browser(), "jo@example.org")
    link = link_in(mails()[0])
    assert confirm(browser(), link).status_code == 303
    assert confirm(browser(), link).status_code == 410
    assert browser().get(link).status_code == 410


def test_account_that_a_stranger_made_for_somebody_is_not_theirs(
    browser: Browser, mails: Mails, look: Look
) -> None:
    """The stranger's password must not sign in once the owner of the mailbox has confirmed the address."""
    sign_up(browser(), "victim@example.org", password=NEW)  # the stranger
    owner = browser()
    sign_up(owner, "victim@example.org")
    link = link_in(mails()[-1])
    answer = confirm(owner, link)
    assert answer.status_code == 422
    assert "The account was not made with this password" in answer.text
    assert look(sa.select(Login.confirmed_at)) == [None]
    assert enter(browser(), "victim@example.org", NEW).status_code == 422

    owner.post("/reset", data={"email": "victim@example.org"})
    chosen = owner.post(link_in(mails()[-1]), data={"password": PASSWORD})
    assert chosen.status_code == 303
    assert enter(browser(), "victim@example.org", NEW).status_code == 422
    assert enter(browser(), "victim@example.org").status_code == 303


def test_confirmation_link_ends_after_two_days(browser: Browser, mails: Mails) -> None:
    with time_machine.travel(1_900_000_000, tick=False) as now:
        sign_up(browser(), "jo@example.org")
        link = link_in(mails()[0])
        now.shift(timedelta(days=2, seconds=2))
        assert browser().post(link).status_code == 410


@pytest.mark.parametrize("path", ["/confirm/nonsense", "/reset/nonsense", "/reset/a.b.c"])
def test_links_that_are_not_ours_are_refused(path: str, browser: Browser) -> None:
    assert browser().get(path).status_code == 410
    assert browser().post(path).status_code == 410


def test_confirmation_link_does_not_reset_a_password(browser: Browser, mails: Mails) -> None:
    sign_up(browser(), "jo@example.org")
    link = link_in(mails()[0]).replace("/confirm/", "/reset/")
    assert browser().get(link).status_code == 410


def ends(work: Counter[str]) -> Counter[str]:
    """Statements by their first word; a savepoint that is released or undone has ended either way."""
    return Counter(
        {"END" if verb in {"RELEASE", "ROLLBACK"} else verb: n for verb, n in work.items()}
    )


def answers_for(path: str, browser: Browser, queries: Any, **data: str) -> list[Any]:
    found = []
    for email in ("known@example.org", "nobody@example.org"):
        client = browser()
        client.csrf_token()
        with queries() as seen:
            answer = client.post(path, data={"email": email, **data})
        work = Counter(text.split()[0] for text in seen.statements)
        shown = browser().get(answer.headers["Location"])
        headers = {k: v for k, v in answer.headers.items() if k not in {"Set-Cookie", "Vary"}}
        found.append((answer.status_code, answer.text, headers, stripped(shown.text), ends(work)))
    return found


@pytest.mark.parametrize("state", ["confirmed", "unconfirmed", "disabled"])
@pytest.mark.parametrize("path", ["/register", "/reset", "/confirm"])
def test_answer_is_alike_whether_the_address_is_known(
    path: str,
    state: str,
    session: Session,
    browser: Browser,
    mails: Mails,
    queries: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = make_login(session, email="known@example.org", confirmed=state != "unconfirmed")
    if state == "disabled":
        set_active(session, SYSTEM, known, False, "for a test")
    session.commit()
    hashed: list[str] = []
    real = type(passwords._hasher).hash
    monkeypatch.setattr(
        type(passwords._hasher), "hash", lambda self, text: hashed.append("x") or real(self, text)
    )
    data = {"name": "Jo", "password": PASSWORD} if path == "/register" else {}
    first, second = answers_for(path, browser, queries, **data)
    assert first == second
    assert first[0] == 303
    assert [message.recipient for message in mails()] == ["known@example.org", "nobody@example.org"]
    assert len(hashed) == (2 if path == "/register" else 0)


def test_invalid_registration_is_alike_whether_the_address_is_known(
    session: Session, browser: Browser
) -> None:
    make_login(session, email="known@example.org")
    session.commit()
    pages = []
    for email in ("known@example.org", "nobody@example.org"):
        answer = sign_up(browser(), email, password="short")
        pages.append((answer.status_code, stripped(answer.text)))
    assert pages[0] == pages[1]
    assert pages[0][0] == 422


def test_registering_again_changes_nothing(
    login: Login, browser: Browser, mails: Mails, look: Look
) -> None:
    sign_up(browser(), "sam@example.org", password=NEW, name="Mallory")
    assert enter(browser(), "sam@example.org", NEW).status_code == 422
    assert enter(browser(), "sam@example.org").status_code == 303
    assert len(look(sa.select(Person.id))) == 1
    assert "already" in mails()[0].text


def test_name_that_a_stranger_typed_is_mailed_to_nobody(browser: Browser, mails: Mails) -> None:
    for path in ("/register", "/confirm", "/reset"):
        data = {"email": "jo@example.org", "name": "Win at evil.example", "password": PASSWORD}
        assert browser().post(path, data=data).status_code == 303
    assert len(mails()) == 3
    assert not [one for one in mails() if "evil" in (one.text or "") + (one.html or "")]


def test_messages_to_one_address_are_limited_and_the_page_does_not_say_so(
    browser: Browser, mails: Mails
) -> None:
    answers = [browser().post("/reset", data={"email": "x@example.org"}) for _ in range(6)]
    assert {answer.headers["Location"] for answer in answers} == {"/sent/reset"}
    assert len(mails()) == 4


def test_message_is_queued_in_the_same_transaction(
    browser: Browser, mails: Mails, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: Any, **_more: Any) -> None:
        raise RuntimeError("for a test")

    monkeypatch.setattr(mail, "queue_email", fail)
    client = browser()
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    try:
        assert sign_up(client, "jo@example.org").status_code == 500
    finally:
        client.application.config["PROPAGATE_EXCEPTIONS"] = None
    assert mails() == []
    assert look(sa.select(Person.id)) == []


def test_links_ignore_a_forged_host(browser: Browser, login: Login, mails: Mails) -> None:
    client, forged = browser(), "http://evil.example"
    token = token_in(client.get("/reset", base_url=forged).text)
    data = {"email": "sam@example.org", "csrf_token": token}
    answer = client.post("/reset", data=data, base_url=forged, csrf=False)
    assert answer.status_code == 303
    (message,) = mails()
    assert "evil.example" not in (message.text or "") + (message.html or "")


def ask_reset(browser: Browser, mails: Mails) -> str:
    browser().post("/reset", data={"email": "sam@example.org"})
    return link_in(mails()[-1])


def test_reset_link_gives_a_new_password(login: Login, browser: Browser, mails: Mails) -> None:
    signed_in = browser()
    enter(signed_in, "sam@example.org")
    link = ask_reset(browser, mails)
    answer = browser().post(link, data={"password": NEW})
    assert answer.headers["Location"] == "/sign-in"
    assert signed_in.get("/me/details").status_code == 303
    assert enter(browser(), "sam@example.org").status_code == 422
    assert enter(browser(), "sam@example.org", NEW).status_code == 303
    assert mails()[-1].subject == "Your password was changed"


def test_opening_the_reset_link_changes_nothing(
    login: Login, browser: Browser, mails: Mails, queries: Any
) -> None:
    link = ask_reset(browser, mails)
    scanner = browser()
    for _ in range(2):
        with queries() as seen:
            assert scanner.get(link).status_code == 200
        assert not [text for text in seen.statements if not text.startswith("SELECT")]
    assert browser().post(link, data={"password": NEW}).status_code == 303


def test_reset_link_works_once(login: Login, browser: Browser, mails: Mails) -> None:
    first = ask_reset(browser, mails)
    second = ask_reset(browser, mails)
    assert browser().post(second, data={"password": NEW}).status_code == 303
    for link in (first, second):
        assert browser().post(link, data={"password": "six grey bicycles hum"}).status_code == 410
        assert browser().get(link).status_code == 410
    assert enter(browser(), "sam@example.org", NEW).status_code == 303


def test_reset_link_ends_after_an_hour(login: Login, browser: Browser, mails: Mails) -> None:
    with time_machine.travel(1_900_000_000, tick=False) as now:
        link = ask_reset(browser, mails)
        now.shift(timedelta(hours=1, seconds=2))
        assert browser().post(link, data={"password": NEW}).status_code == 410


def test_reset_link_of_a_closed_login_is_refused(
    session: Session, login: Login, browser: Browser, mails: Mails
) -> None:
    link = ask_reset(browser, mails)
    set_active(session, SYSTEM, session.get_one(Login, login.id), False, "for a test")
    session.commit()
    assert browser().post(link, data={"password": NEW}).status_code == 410


def test_reset_confirms_the_address(session: Session, browser: Browser, mails: Mails) -> None:
    make_login(session, email="sam@example.org", confirmed=False)
    session.commit()
    link = ask_reset(browser, mails)
    browser().post(link, data={"password": NEW})
    assert enter(browser(), "sam@example.org", NEW).status_code == 303


def test_weak_password_is_refused_in_plain_words(browser: Browser, login: Login) -> None:
    short = sign_up(browser(), "jo@example.org", password="fourteen chars")
    assert "at least 15 characters" in short.text
    common = sign_up(browser(), "jo@example.org", password="passwordpassword")
    assert "easy to guess" in common.text
    long = sign_up(browser(), "jo@example.org", password="a lark sings " * 12)
    assert long.status_code == 303


def test_wrong_old_password_is_refused(login: Login, browser: Browser) -> None:
    client = browser()
    enter(client, "sam@example.org")
    answer = client.post("/me/password", data={"current_password": "wrong", "password": NEW})
    assert answer.status_code == 422
    assert enter(browser(), "sam@example.org").status_code == 303
