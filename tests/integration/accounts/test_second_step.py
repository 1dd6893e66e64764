"""The second step: authenticator apps, recovery codes, and roles that need two proofs."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
import time_machine
from passlib.totp import TOTP

from portal import clock
from portal.accounts.jobs import CHECKS
from portal.accounts.models import (
    Authenticator,
    Login,
    LoginSession,
    RecoveryCode,
    SecondTry,
    SignedInBy,
)
from portal.accounts.privacy import SOURCES
from portal.accounts.services.logins import ShortPasswordError, set_password
from portal.accounts.services.second_step import (
    add_authenticator,
    open_key,
    remove_authenticator,
    use_counter,
)
from portal.audit.models import AuditEntry
from portal.config import load_settings
from portal.db import db
from portal.plugin_api import SYSTEM
from portal.plugin_api.access import FRESH_FOR
from portal.plugin_api.testing import watched
from portal.rotation import rotate
from portal.vault import VAULT, Vault, VaultError, add_key, key_file
from tests.factories.accounts import PASSWORD, make_login
from tests.factories.keeping import let_go
from tests.integration.accounts.conftest import enter, link_in
from tests.integration.accounts.test_codes import ask, code_in, type_in
from tests.integration.accounts.test_sessions import held_form, is_signed_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.testing import BrowserClient
    from portal.app import Portal
    from portal.messages.models import Message

Browser = Callable[[], "BrowserClient"]
Look = Callable[[Any], list[Any]]
Mails = Callable[[], "list[Message]"]
START = datetime(2027, 3, 1, 9, tzinfo=clock.zone("UTC"))
SAM, ADA = "sam@example.org", "ada@example.org"
STEP = timedelta(seconds=30)
KEY = "JBSWY3DPEHPK3PXP"  # of an app


@pytest.fixture
def portal_app(
    request: pytest.FixtureRequest, portal_lab: Any, engine_name: str
) -> Iterator[Portal]:
    """A portal that asks staff for two proofs."""
    yield from watched(request, portal_lab.app(engine_name, [], staff_second_step=True))


@pytest.fixture
def now() -> Iterator[Any]:
    """The time, which stands still until a test moves it."""
    with time_machine.travel(START, tick=False) as moving:
        yield moving


class Phone:
    """An authenticator app with the key that was on the page."""

    def __init__(self, page: str) -> None:
        self.key = re.findall(r"<code[^>]*>([A-Z2-7 ]+)</code>", page)[0]

    def number(self) -> str:
        return str(TOTP(self.key).generate().token)


def set_up(client: BrowserClient) -> tuple[Phone, list[str]]:
    phone = Phone(client.get("/me/authenticator/new").text)
    page = client.post("/me/authenticator/new", data={"number": phone.number()})
    assert page.status_code == 200
    assert page.headers["Cache-Control"].startswith("no-store")
    return phone, re.findall(r"<code[^>]*>([a-z2-9-]{19})</code>", page.text)


@pytest.fixture
def phone(now: Any, login: Login, browser: Browser) -> Phone:
    """Sam's, set up and some minutes old."""
    client = browser()
    enter(client, SAM)
    made, _codes = set_up(client)
    client.post("/sign-out")
    now.shift(timedelta(minutes=5))
    return made


def type_number(client: BrowserClient, number: str, **more: str) -> Any:
    return client.post("/sign-in/number", data={"number": number, **more})


def wrong(number: str) -> str:
    return ("1" if number[0] != "1" else "2") + number[1:]


def test_password_alone_no_longer_signs_in(phone: Phone, browser: Browser, look: Look) -> None:
    client = browser()
    answer = enter(client, SAM, next="/me/sign-ins")
    assert answer.headers["Location"] == "/sign-in/number"
    assert not is_signed_in(client)
    answer = type_number(client, wrong(phone.number()))
    assert answer.status_code == 422
    assert not is_signed_in(client)
    assert type_number(client, phone.number()).headers["Location"] == "/me/sign-ins"
    assert is_signed_in(client)
    newest = look(sa.select(LoginSession).order_by(LoginSession.id.desc()))[0]
    assert (newest.how, newest.strong) == (SignedInBy.PASSWORD, True)


def test_emailed_code_alone_does_not_sign_in_either(
    phone: Phone, browser: Browser, mails: Mails
) -> None:
    client = browser()
    ask(client)
    assert type_in(client, code_in(mails()[-1])).headers["Location"] == "/sign-in/number"
    assert not is_signed_in(client)
    other = browser()
    ask(other)
    assert other.post(link_in(mails()[-1])).headers["Location"] == "/sign-in/number"
    assert not is_signed_in(other)
    assert type_number(other, phone.number()).status_code == 303
    assert is_signed_in(other)


def test_number_works_once_and_only_forward(phone: Phone, browser: Browser, now: Any) -> None:
    first, second = browser(), browser()
    number = phone.number()
    for client in (first, second):
        enter(client, SAM)
    assert type_number(first, number).status_code == 303
    assert type_number(second, number).status_code == 422
    now.shift(STEP)
    assert type_number(second, phone.number()).status_code == 303


def test_number_of_the_half_minute_before_counts_and_older_ones_do_not(
    phone: Phone, browser: Browser, now: Any
) -> None:
    client = browser()
    enter(client, SAM)
    number = phone.number()
    now.shift(STEP * 2)
    assert type_number(client, number).status_code == 422
    number = phone.number()
    now.shift(STEP)
    assert type_number(client, f"{number[:3]} {number[3:]}").status_code == 303


def test_two_at_once_cannot_use_one_number(session: Session, login: Login) -> None:
    add_authenticator(session, SYSTEM, login, KEY, 7)
    used = [use_counter(session, login.id, counter) for counter in (7, 8, 8, 6, 9)]
    assert used == [False, True, False, False, True]


def test_first_number_signs_nobody_in_again(now: Any, login: Login, browser: Browser) -> None:
    client, other = browser(), browser()
    enter(client, SAM)
    phone, _codes = set_up(client)
    enter(other, SAM)
    assert type_number(other, phone.number()).status_code == 422


def test_recovery_code_works_once(
    now: Any, login: Login, browser: Browser, look: Look, mails: Mails
) -> None:
    client = browser()
    enter(client, SAM)
    _phone, codes = set_up(client)
    assert len(set(codes)) == 10
    first, second = browser(), browser()
    for other in (first, second):
        enter(other, SAM)
    assert type_number(first, codes[3].upper().replace("-", " ")).status_code == 303
    assert type_number(second, codes[3]).status_code == 422
    assert type_number(second, codes[4]).status_code == 303
    assert "You have 8 recovery codes left." in second.get("/me/second-step").text
    assert "A recovery code was used" in (mails()[-1].text or "")
    kept = " ".join(look(sa.select(RecoveryCode.code_hash)))
    assert not any(part in kept for code in codes for part in (code, code.replace("-", "")))
    assert look(sa.select(AuditEntry.kind)).count("accounts:recovery:use") == 2


def test_recovery_codes_of_somebody_else_do_not_work(
    session: Session, now: Any, login: Login, browser: Browser
) -> None:
    make_login(session, email="b@example.org")
    session.commit()
    own, other = browser(), browser()
    enter(own, SAM)
    enter(other, "b@example.org")
    set_up(own)
    _phone, codes = set_up(other)
    client = browser()
    enter(client, SAM)
    assert type_number(client, codes[0]).status_code == 422


def test_new_recovery_codes_end_the_old_ones(now: Any, login: Login, browser: Browser) -> None:
    client = browser()
    enter(client, SAM)
    _phone, old = set_up(client)
    page = client.post("/me/recovery-codes").text
    new = re.findall(r"<code[^>]*>([a-z2-9-]{19})</code>", page)
    assert len(new) == 10
    other = browser()
    enter(other, SAM)
    assert type_number(other, old[0]).status_code == 422
    assert type_number(other, new[0]).status_code == 303


def test_five_tries_in_five_minutes_and_twenty_an_hour(
    phone: Phone, browser: Browser, now: Any, look: Look
) -> None:
    client, other = browser(), browser()
    for one in (client, other):
        enter(one, SAM)
    five_minutes, until_the_hour = 5 * 60, 45 * 60
    for longest in (five_minutes, five_minutes, five_minutes, until_the_hour):
        for _ in range(5):
            assert type_number(client, "000000").status_code == 422
        answer = type_number(other, phone.number())  # another browser is no new set of tries
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) == longest + 1
        assert "not locked" in answer.text
        now.shift(timedelta(minutes=5))
        for one in (client, other):
            enter(one, SAM)
    assert type_number(client, phone.number()).status_code == 429
    now.shift(timedelta(minutes=40))
    enter(client, SAM)
    assert type_number(client, phone.number()).status_code == 303
    assert look(sa.select(SecondTry.id)) == []


def test_typed_text_comes_along(phone: Phone, browser: Browser) -> None:
    client = browser()
    held = held_form(client, name="Samira, at length")
    page = enter(client, SAM, held=held)
    assert "authenticator app" in page.text
    assert held in page.text
    assert held in type_number(client, "000000", held=held).text
    assert "Samira, at length" in type_number(client, phone.number(), held=held).text


def test_half_way_in_ends_after_ten_minutes_and_with_the_password(
    session: Session, phone: Phone, browser: Browser, now: Any
) -> None:
    client, other = browser(), browser()
    enter(client, SAM)
    now.shift(timedelta(minutes=10, seconds=1))
    assert type_number(client, phone.number()).headers["Location"] == "/sign-in"
    enter(other, SAM)
    session.execute(sa.update(Login).values(fs_uniquifier="another one"))
    session.commit()
    assert type_number(other, phone.number()).headers["Location"] == "/sign-in"
    assert browser().get("/sign-in/number").headers["Location"] == "/sign-in"


def test_secret_is_encrypted(phone: Phone, look: Look) -> None:
    (kept,) = look(sa.select(Authenticator.secret))
    assert phone.key.replace(" ", "").encode() not in kept


def test_setting_up_needs_a_number_from_the_app(
    now: Any, login: Login, browser: Browser, look: Look
) -> None:
    client = browser()
    enter(client, SAM)
    page = client.get("/me/authenticator/new").text
    assert "data:image/svg+xml" in unescape(page)
    shown = Phone(page)
    again = client.post("/me/authenticator/new", data={"number": wrong(shown.number())})
    assert again.status_code == 422
    assert Phone(again.text).key == shown.key
    assert look(sa.select(Authenticator.id)) == []


def test_switching_off_asks_who_it_is_and_is_told(
    phone: Phone, browser: Browser, now: Any, look: Look, mails: Mails
) -> None:
    client = browser()
    enter(client, SAM)
    type_number(client, phone.number())
    now.shift(FRESH_FOR)
    assert client.post("/me/authenticator/remove").status_code == 403
    client.post("/me/prove", data={"number": phone.number()})
    assert client.post("/me/authenticator/remove").status_code == 303
    assert look(sa.select(Authenticator.id)) == look(sa.select(RecoveryCode.id)) == []
    assert "was removed" in (mails()[-1].text or "")
    assert enter(browser(), SAM).headers["Location"] == "/"


def test_mailbox_alone_proves_nothing_beside_an_app(
    phone: Phone, browser: Browser, now: Any, mails: Mails
) -> None:
    client = browser()
    enter(client, SAM)
    type_number(client, phone.number())
    before = len(mails())
    assert "Email me a code" not in client.get("/me/prove").text
    assert client.post("/me/prove/email").headers["Location"] == "/me/prove"
    assert len(mails()) == before


# --- roles that need two proofs --------------------------------------------------------------------


@pytest.fixture
def ada(session: Session, now: Any) -> None:
    now.shift(-timedelta(days=1))
    make_login(session, name="Ada", email=ADA, roles=["administrator", "facilitator"])
    session.commit()
    now.shift(timedelta(days=1))


def test_staff_role_waits_for_the_second_step_and_says_how(ada: None, browser: Browser) -> None:
    client = browser()
    answer = enter(client, ADA, next="/people")
    assert answer.headers["Location"] == "/me/second-step?next=/people"
    page = client.get(answer.headers["Location"]).text
    assert "Your role needs this step" in page
    assert client.get("/people").headers["Location"] == "/me/second-step?next=/people"
    assert client.post("/people/1/roles", data={}).status_code == 403
    assert client.get("/me/details").status_code == 200
    set_up(client)
    assert client.get("/people").status_code == 200
    assert "Your role needs this step" not in client.get("/me/second-step").text


def test_staff_who_have_an_app_need_nothing_more(ada: None, browser: Browser, now: Any) -> None:
    client = browser()
    enter(client, ADA)
    phone, _codes = set_up(client)
    client.post("/sign-out")
    now.shift(STEP)
    enter(client, ADA, next="/people")
    assert type_number(client, phone.number()).headers["Location"] == "/people"
    assert client.get("/people").status_code == 200
    now.shift(timedelta(minutes=14))
    assert client.get("/people").status_code == 200
    now.shift(timedelta(minutes=15))
    assert client.get("/people").headers["Location"].startswith("/sign-in")


def test_limits_of_a_staff_session_hold_before_its_second_step(
    ada: None, browser: Browser, now: Any
) -> None:
    client = browser()
    enter(client, ADA)
    assert "15 minutes" in client.get("/me/sign-ins").text
    now.shift(timedelta(minutes=15))
    assert not is_signed_in(client)


def test_new_password_keeps_the_second_step(ada: None, browser: Browser) -> None:
    client = browser()
    enter(client, ADA)
    set_up(client)
    new = {"current_password": PASSWORD, "password": "nine copper kettles sing"}
    assert client.post("/me/password", data=new).status_code == 303
    assert client.get("/people").status_code == 200


def test_somebody_without_a_role_is_refused_plainly(login: Login, browser: Browser) -> None:
    client = browser()
    assert enter(client, SAM, next="/me/details").headers["Location"] == "/me/details"
    assert client.get("/people").status_code == 403


def test_check_says_whether_staff_need_two_proofs(
    portal_lab: Any, engine_name: str, app: Portal, session: Session
) -> None:
    (check,) = (check for check in CHECKS if check.name == "accounts-second-step")
    for asks, words in ((True, "need a passkey"), (None, "with a password alone here")):
        other = portal_lab.app(engine_name, [], staff_second_step=asks)
        with other.test_request_context():
            result = check.run(session)
        assert words in str(result.message)
        assert result.ok


@pytest.mark.parametrize(
    ("environment", "chosen", "asks"),
    [("production", None, True), ("production", False, False), ("development", None, False),
     ("test", True, True)],
)  # fmt: skip
def test_two_proofs_are_asked_for_in_production_unless_set_otherwise(
    environment: str, chosen: bool | None, asks: bool
) -> None:
    settings = load_settings(environment=environment, secret_key="s" * 40, staff_second_step=chosen)
    assert settings.asks_staff_for_second_step is asks


def test_old_tries_are_forgotten(
    session: Session, phone: Phone, browser: Browser, now: Any
) -> None:
    client = browser()
    enter(client, SAM)
    type_number(client, "000000")
    now.shift(timedelta(hours=23))
    assert "second_try" not in let_go(session, SOURCES)
    now.shift(timedelta(hours=2))
    assert let_go(session, SOURCES)["second_try"] == 1


SHORT = "k7Rw!pQz"  # eight characters


def in_with(client: BrowserClient, phone: Phone, password: str, now: Any) -> BrowserClient:
    now.shift(timedelta(minutes=5))
    enter(client, SAM, password)
    type_number(client, phone.number())
    assert is_signed_in(client)
    return client


def test_short_password_will_do_beside_an_app_alone(
    phone: Phone, session: Session, browser: Browser, now: Any
) -> None:
    client = in_with(browser(), phone, PASSWORD, now)
    assert "At least 8 characters" in client.get("/me/password").text
    for password, status in ((SHORT[:7], 422), ("password", 422), (SHORT, 303)):
        answer = client.post(
            "/me/password", data={"current_password": PASSWORD, "password": password}
        )
        assert answer.status_code == status, password
    in_with(browser(), phone, SHORT, now)
    make_login(session, email=ADA)
    session.commit()
    ada = browser()
    enter(ada, ADA)
    assert "At least 15 characters" in ada.get("/me/password").text
    answer = ada.post("/me/password", data={"current_password": PASSWORD, "password": SHORT})
    assert answer.status_code == 422


def test_app_beside_a_short_password_goes_only_with_a_longer_one(
    phone: Phone, browser: Browser, now: Any, look: Look, mails: Mails
) -> None:
    client = in_with(browser(), phone, PASSWORD, now)
    client.post("/me/password", data={"current_password": PASSWORD, "password": SHORT})
    other = in_with(browser(), phone, SHORT, now)
    assert "choose a longer one" in client.get("/me/authenticator/remove").text
    for typed in ({}, {"password": SHORT}):
        assert client.post("/me/authenticator/remove", data=typed).status_code == 422
        assert look(sa.select(Login.short_password)) == [True]
        assert len(look(sa.select(Authenticator.id))) == 1
    answer = client.post("/me/authenticator/remove", data={"password": PASSWORD})
    assert answer.headers["Location"] == "/me/second-step"
    assert look(sa.select(Authenticator.id)) == []
    assert look(sa.select(Login.short_password)) == [False]
    assert is_signed_in(client)
    assert not is_signed_in(other)
    assert [m.purpose for m in mails()][-2:] == ["accounts:changed", "accounts:safety"]
    fresh = browser()
    assert enter(fresh, SAM, PASSWORD).status_code == 303
    assert is_signed_in(fresh)


def test_reset_link_takes_a_short_password_beside_an_app(
    phone: Phone, browser: Browser, now: Any, mails: Mails
) -> None:
    browser().post("/reset", data={"email": SAM})
    client = browser()
    assert "At least 8 characters" in client.get(link_in(mails()[-1])).text
    assert client.post(link_in(mails()[-1]), data={"password": SHORT}).status_code == 303
    in_with(browser(), phone, SHORT, now)


def test_short_password_and_no_app_cannot_come_together(session: Session, login: Login) -> None:
    """Neither order of two requests at once leaves a short password alone: the services refuse the second."""
    with pytest.raises(ShortPasswordError):
        set_password(session, SYSTEM, login, "hash", short=True)
    add_authenticator(session, SYSTEM, login, KEY, 7)
    set_password(session, SYSTEM, login, "hash", short=True)
    with pytest.raises(ShortPasswordError):
        remove_authenticator(session, SYSTEM, login)
    set_password(session, SYSTEM, login, "hash")
    remove_authenticator(session, SYSTEM, login)


def test_key_of_an_app_is_sealed_for_its_login_and_survives_new_keys(
    app: Portal, phone: Phone, browser: Browser, now: Any, look: Look, session: Session
) -> None:
    (before,) = look(sa.select(Authenticator.secret))
    key = phone.key.replace(" ", "")
    assert key.encode() not in before
    path = key_file(app.settings)
    with app.app_context():
        vault: Vault = db.session.info[VAULT]
        earlier = vault.current()[1]
        path.write_text(f"value-key-1:{b64encode(earlier).decode()}\n")
        try:
            add_key(path)
            assert rotate(vault).refused == []
            (after,) = look(sa.select(Authenticator.secret))
            assert after != before
            in_with(browser(), phone, PASSWORD, now)
        finally:
            path.unlink()
    other = make_login(session, email=ADA)
    with pytest.raises(VaultError):
        open_key(session, other.id, before)


def test_new_signing_secret_leaves_apps_as_they_are(
    app: Portal, phone: Phone, browser: Browser, now: Any
) -> None:
    path = key_file(app.settings)
    with app.app_context():
        key = db.session.info[VAULT].current()[1]
    path.write_text(f"value-key-1:{b64encode(key).decode()}\n")
    secret, app.secret_key = app.secret_key, "another secret, which is long enough to be taken"
    try:
        in_with(browser(), phone, PASSWORD, now)
    finally:
        app.secret_key = secret
        path.unlink()


def test_key_that_was_shown_is_nobody_elses(
    browser: Browser, login: Login, session: Session, now: Any
) -> None:
    """The cookie holds the sealed key until the app has shown a number: it opens for that login alone."""
    make_login(session, email=ADA)
    session.commit()
    client = browser()
    enter(client, SAM)
    shown = Phone(client.get("/me/authenticator/new").text)
    assert Phone(client.get("/me/authenticator/new").text).key == shown.key
    with client.session_transaction() as cookie:
        sealed = cookie["new_key"]
    assert shown.key.replace(" ", "") not in sealed
    other = browser()
    enter(other, ADA)
    with other.session_transaction() as cookie:
        cookie["new_key"] = sealed
    assert Phone(other.get("/me/authenticator/new").text).key != shown.key
