"""A password's hash takes long on purpose. Meanwhile everybody else can write."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from portal.accounts import passwords
from portal.accounts.mail import mail_reset
from portal.accounts.models import EndReason, Login, Person
from portal.accounts.queries import login_by_email
from portal.accounts.services.logins import set_password
from portal.accounts.services.sessions import end_all_sessions
from portal.db import unit_of_work
from portal.plugin_api import SYSTEM
from tests.factories.accounts import PASSWORD, password_hash
from tests.integration.accounts.conftest import enter, link_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.testing import BrowserClient
    from portal.app import Portal
    from portal.messages.models import Message

pytestmark = pytest.mark.both_databases

Browser = Callable[[], "BrowserClient"]
Meanwhile = Callable[[Callable[["Session"], None]], None]
OTHER = "$argon2id$another"
NEW = "marmalade piano under gentle rain"


@pytest.fixture
def meanwhile(app: Portal, monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """`meanwhile(work)`: somebody else's writing unit, run and committed inside every hash."""
    hasher = type(passwords._hasher)
    verify, make = hasher.verify, hasher.hash
    passwords.verify_password(PASSWORD, None)  # the decoy is made once per process

    def begin(work: Callable[[Session], None]) -> None:
        def beside() -> None:
            with app.app_context(), unit_of_work() as session:
                work(session)

        def slow_verify(self: Any, hashed: str, text: str) -> bool:
            beside()
            return verify(self, hashed, text)

        def slow_hash(self: Any, text: str) -> str:
            beside()
            return make(self, text)

        monkeypatch.setattr(hasher, "verify", slow_verify)
        monkeypatch.setattr(hasher, "hash", slow_hash)

    return begin


def rename(session: Session) -> None:
    """Any write at all: on SQLite each needs the only write lock."""
    session.execute(sa.update(Person).values(pronouns="they/them"))


def end_sessions(session: Session) -> None:
    for login_id in session.scalars(sa.select(Login.id)).all():
        end_all_sessions(session, login_id, EndReason.ELSEWHERE)


def close_login(session: Session) -> None:
    session.execute(sa.update(Login).values(active=False))


def replace_password(session: Session) -> None:
    session.execute(sa.update(Login).values(password=OTHER))


def test_others_write_while_a_password_is_checked(
    login: Login, browser: Browser, meanwhile: Meanwhile
) -> None:
    meanwhile(rename)
    assert enter(browser(), "sam@example.org").status_code == 303
    assert enter(browser(), "sam@example.org", "not the password").status_code == 422
    assert enter(browser(), "nobody@example.org").status_code == 422


def test_others_write_while_a_password_is_made(
    session: Session,
    login: Login,
    browser: Browser,
    meanwhile: Meanwhile,
    app: Portal,
    mails: Callable[[], list[Message]],
) -> None:
    with app.test_request_context(), unit_of_work() as asked:
        known = login_by_email(asked, "sam@example.org")
        assert known is not None
        mail_reset(asked, known)
    meanwhile(rename)
    (letter,) = mails()
    answer = browser().post(link_in(letter), data={"password": NEW})
    assert answer.headers["Location"] == "/sign-in"
    client = browser()
    assert enter(client, "sam@example.org", NEW).status_code == 303
    answer = client.post("/me/password", data={"current_password": NEW, "password": PASSWORD})
    assert answer.headers["Location"] == "/me/details"
    values = {"name": "Jo", "email": "jo@example.org", "password": NEW}
    assert browser().post("/register", data=values).status_code == 303


@pytest.mark.parametrize("change", [close_login, replace_password])
def test_login_that_changed_while_its_password_was_checked_lets_nobody_in(
    login: Login, browser: Browser, meanwhile: Meanwhile, change: Callable[[Session], None]
) -> None:
    client = browser()
    meanwhile(change)
    assert enter(client, "sam@example.org").status_code == 422
    assert client.get("/me/details").status_code == 303


@pytest.mark.parametrize("change", [end_sessions, replace_password])
def test_session_that_ended_while_the_hash_was_made_changes_no_password(
    login: Login,
    browser: Browser,
    meanwhile: Meanwhile,
    change: Callable[[Session], None],
    look: Callable[[Any], list[Any]],
) -> None:
    client = browser()
    enter(client, "sam@example.org")
    meanwhile(change)
    data = {"current_password": PASSWORD, "password": NEW}
    assert client.post("/me/password", data=data).status_code == 401
    (kept,) = look(sa.select(Login.password))
    assert kept in {password_hash(), OTHER}


def test_reset_link_works_once_for_two_clicks_at_once(
    login: Login,
    browser: Browser,
    meanwhile: Meanwhile,
    app: Portal,
    mails: Callable[[], list[Message]],
) -> None:
    with app.test_request_context(), unit_of_work() as asked:
        known = login_by_email(asked, "sam@example.org")
        assert known is not None
        mail_reset(asked, known)

    def first_click(session: Session) -> None:
        other = login_by_email(session, "sam@example.org")
        assert other is not None
        set_password(session, SYSTEM, other, OTHER)

    (letter,) = mails()
    meanwhile(first_click)
    assert browser().post(link_in(letter), data={"password": NEW}).status_code == 410
