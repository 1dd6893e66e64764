from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
import time_machine

from portal.accounts import passwords
from portal.accounts.models import EndReason, Login, LoginSession
from portal.accounts.services.logins import set_active
from portal.plugin_api import SYSTEM
from tests.factories.accounts import PASSWORD, make_login
from tests.integration.accounts.conftest import cookie_of, enter

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.testing import BrowserClient

Browser = Callable[[], "BrowserClient"]
Look = Callable[[Any], list[Any]]


def is_signed_in(client: BrowserClient) -> bool:
    return client.get("/me/details").status_code == 200


def test_sign_in_with_right_password_opens_my_details(login: Login, browser: Browser) -> None:
    client = browser()
    assert enter(client, "sam@example.org").status_code == 303
    page = client.get("/me/details")
    assert page.status_code == 200
    assert "sam@example.org" in page.text


def test_sign_in_takes_any_case_of_the_address(login: Login, browser: Browser) -> None:
    client = browser()
    assert enter(client, " Sam@Example.ORG ").status_code == 303
    assert is_signed_in(client)


def test_sign_in_with_wrong_password_is_refused(login: Login, browser: Browser) -> None:
    client = browser()
    assert enter(client, "sam@example.org", PASSWORD + "x").status_code == 422
    assert not is_signed_in(client)


def test_sign_in_when_not_confirmed_is_refused(session: Session, browser: Browser) -> None:
    make_login(session, email="new@example.org", confirmed=False)
    session.commit()
    assert enter(browser(), "new@example.org").status_code == 422


def test_sign_in_when_disabled_is_refused_and_open_sessions_end(
    session: Session, login: Login, browser: Browser
) -> None:
    client = browser()
    enter(client, "sam@example.org")
    set_active(session, SYSTEM, login, False, "for a test")
    session.commit()
    assert not is_signed_in(client)
    assert enter(browser(), "sam@example.org").status_code == 422


def stripped(text: str) -> str:
    """The page without its token, which differs every time, and without what was typed."""
    text = re.sub(r'name="csrf_token"[^>]*value="[^"]*"', "", text)
    text = re.sub(r'value="[^"]*"[^>]*name="csrf_token"', "", text)
    return re.sub(r"(known|nobody)@example.org", "typed", text)


@pytest.mark.parametrize("state", ["known", "unconfirmed", "disabled"])
def test_sign_in_answers_alike_whether_the_address_is_known(
    state: str, session: Session, browser: Browser, queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = make_login(session, email="known@example.org", confirmed=state != "unconfirmed")
    if state == "disabled":
        set_active(session, SYSTEM, known, False, "for a test")
    session.commit()
    password = PASSWORD if state != "known" else "not the password at all"
    passwords.verify_password(password, None)  # the decoy is made once per process
    checked: list[str] = []
    verify = type(passwords._hasher).verify

    def counted(self: Any, hashed: str, text: str) -> bool:
        checked.append(hashed.split("$")[3])
        return verify(self, hashed, text)

    monkeypatch.setattr(type(passwords._hasher), "verify", counted)
    answers = []
    for email in ("known@example.org", "nobody@example.org"):
        with queries() as seen:
            answer = enter(browser(), email, password)
        headers = {
            k: v for k, v in answer.headers.items() if k not in {"Set-Cookie", "Content-Length"}
        }
        answers.append((answer.status_code, stripped(answer.text), headers, len(seen)))
    assert answers[0] == answers[1]
    assert len(checked) == 2
    assert checked[0] == checked[1]  # the same costs of Argon2


def test_sign_out_makes_a_copied_cookie_worthless(login: Login, browser: Browser) -> None:
    client, thief = browser(), browser()
    enter(client, "sam@example.org")
    thief.set_cookie("session", cookie_of(client))
    assert is_signed_in(thief)
    assert client.post("/sign-out").status_code == 303
    assert not is_signed_in(client)
    assert not is_signed_in(thief)


def test_sign_out_by_get_does_nothing(login: Login, browser: Browser) -> None:
    client = browser()
    enter(client, "sam@example.org")
    assert client.get("/sign-out").status_code == 405
    assert is_signed_in(client)


def test_sign_out_without_token_does_nothing(login: Login, browser: Browser) -> None:
    client = browser()
    enter(client, "sam@example.org")
    assert client.post("/sign-out", csrf=False).status_code == 400
    assert is_signed_in(client)


def test_sign_in_again_rotates_the_session(login: Login, browser: Browser, look: Look) -> None:
    client = browser()
    enter(client, "sam@example.org")
    before = cookie_of(client)
    enter(client, "sam@example.org")
    after = cookie_of(client)
    assert before != after
    thief = browser()
    thief.set_cookie("session", before)
    assert not is_signed_in(thief)
    assert is_signed_in(client)
    reasons = look(sa.select(LoginSession.ended_why).order_by(LoginSession.id))
    assert reasons == [EndReason.REPLACED, None]


def test_sign_in_changes_the_csrf_token(login: Login, browser: Browser) -> None:
    client = browser()
    client.get("/sign-in")
    with client.session_transaction() as cookie:
        before = cookie["csrf_token"]
    enter(client, "sam@example.org")
    client.get("/me/details")
    with client.session_transaction() as cookie:
        assert cookie["csrf_token"] != before


def test_session_key_is_kept_only_as_a_hash(login: Login, browser: Browser, look: Look) -> None:
    client = browser()
    enter(client, "sam@example.org")
    with client.session_transaction() as cookie:
        key = cookie["sid"]
    (stored,) = look(sa.select(LoginSession.token_hash))
    assert len(key) >= 43  # 256 bits in base64
    assert key not in stored
    assert len(stored) == 64


def test_flask_session_without_record_is_nobody(login: Login, browser: Browser, look: Look) -> None:
    client = browser()
    (uniquifier,) = look(sa.select(Login.fs_uniquifier))
    with client.session_transaction() as cookie:
        cookie["_user_id"] = uniquifier
        cookie["_fresh"] = True
    assert not is_signed_in(client)


def test_password_is_never_logged(
    login: Login, browser: Browser, caplog: pytest.LogCaptureFixture, capsys: Any
) -> None:
    caplog.set_level(0)
    secret = "a password nobody should ever read"
    enter(browser(), "sam@example.org", secret)
    browser().post("/register", data={"name": "Jo", "email": "bad", "password": secret})
    output = capsys.readouterr()
    assert secret not in caplog.text + output.out + output.err


def test_page_for_signed_in_people_leads_to_sign_in_and_back(
    login: Login, browser: Browser
) -> None:
    client = browser()
    answer = client.get("/me/sign-ins?a=1")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in?next=/me/sign-ins?a%3D1"
    page = client.get(answer.headers["Location"])
    assert 'value="/me/sign-ins?a=1"' in page.text
    back = enter(client, "sam@example.org", next="/me/sign-ins?a=1")
    assert back.headers["Location"] == "/me/sign-ins?a=1"


def test_too_many_wrong_passwords_slow_down_kindly(login: Login, browser: Browser) -> None:
    client = browser()
    with time_machine.travel(1_900_000_000, tick=False) as clock:
        for _ in range(5):
            assert enter(client, "sam@example.org", "wrong").status_code == 422
        answer = enter(client, "sam@example.org")
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) <= 60
        assert "not locked" in answer.text
        clock.shift(61)
        assert enter(client, "sam@example.org").status_code == 303


def test_strangers_wrong_passwords_do_not_keep_the_owner_out(
    login: Login, browser: Browser
) -> None:
    own, stranger = browser(), browser()
    enter(own, "sam@example.org")
    own.post("/sign-out")
    for _ in range(6):
        enter(stranger, "sam@example.org", "wrong")
    assert enter(stranger, "sam@example.org").status_code == 429
    assert enter(own, "sam@example.org").status_code == 303


def test_right_passwords_are_not_counted(login: Login, browser: Browser) -> None:
    for _ in range(7):
        assert enter(browser(), "sam@example.org").status_code == 303


def test_slow_down_is_the_same_for_an_unknown_address(browser: Browser) -> None:
    client = browser()
    codes = [enter(client, "nobody@example.org", "wrong").status_code for _ in range(6)]
    assert codes == [422] * 5 + [429]


def test_another_spelling_of_an_address_is_no_new_set_of_tries(
    login: Login, browser: Browser
) -> None:
    spellings = [
        "sam@example.org",
        " SAM@Example.org",
        "s\x01am@example.org",
        "sam\x00@example.org",
    ]
    client = browser()
    codes = [enter(client, email, "wrong").status_code for email in (*spellings, *spellings[:2])]
    assert codes == [422] * 5 + [429]
    fullwidth = "sam@\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45.org"
    assert enter(client, fullwidth, "wrong").status_code == 429
