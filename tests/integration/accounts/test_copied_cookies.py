"""A copied cookie: worth nothing once its session is over, whichever way that began and ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from portal import clock
from portal.accounts import limits
from portal.accounts.models import Checked, Login
from portal.accounts.services.helping import begin_help, confirm_help
from portal.accounts.services.logins import set_active
from portal.plugin_api import SYSTEM, Actor
from portal.plugin_api.access import FRESH_FOR
from portal.plugin_api.testing import watched
from tests.factories.accounts import PASSWORD, make_person
from tests.factories.passkeys import Device
from tests.integration.accounts.conftest import cookie_of, enter, link_in
from tests.integration.accounts.test_codes import ask, code_in, type_in
from tests.integration.accounts.test_passkeys import ORIGIN, add, use
from tests.integration.accounts.test_second_step import Phone, set_up, type_number
from tests.integration.accounts.test_sessions import is_signed_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.testing import BrowserClient
    from portal.app import Portal
    from portal.messages.models import Message

pytestmark = pytest.mark.both_databases

Browser = Callable[[], "BrowserClient"]
Mails = Callable[[], "list[Message]"]
SAM = "sam@example.org"
NEW = "nine copper kettles sing"
START = datetime(2027, 3, 1, 9, tzinfo=clock.zone("UTC"))
WAYS = ("password", "code", "link", "passkey", "number", "recovery", "helped")


@pytest.fixture
def portal_app(
    request: pytest.FixtureRequest, portal_lab: Any, engine_name: str
) -> Iterator[Portal]:
    """A portal at an address where browsers offer passkeys."""
    yield from watched(request, portal_lab.app(engine_name, [], base_url=ORIGIN))


@pytest.fixture
def now() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as moving:
        yield moving


class Sam:
    """Somebody with every way to sign in, or with those that one test needs."""

    def __init__(self, session: Session, login: Login, browser: Browser, mails: Mails) -> None:
        self.session, self.login_id, self.browser, self.mails = session, login.id, browser, mails
        session.rollback()  # so that the pages can write
        self.password = PASSWORD
        self.device = Device(ORIGIN)
        self.phone: Phone | None = None
        self.codes: list[str] = []

    def prepare(self, way: str) -> None:
        """Make what this way needs."""
        client = self.browser()
        if way == "passkey":
            enter(client, SAM)
            assert add(client, self.device).status_code == 303
        elif way in {"number", "recovery"}:
            enter(client, SAM)
            self.phone, self.codes = set_up(client)

    def come_in(self, client: BrowserClient, way: str, now: Any) -> None:
        """Sign in, this way."""
        now.shift(timedelta(minutes=10))  # the app shows another number
        limits.limiter.reset()
        if way in {"code", "link"}:
            ask(client)
            newest = self.mails()[-1]
            client.post(link_in(newest)) if way == "link" else type_in(client, code_in(newest))
        elif way == "passkey":
            use(client, self.device)
        elif way == "helped":
            self.password = f"{NEW} {clock.now():%H %M}"
            data = {"code": self._help(), "password": self.password}
            client.post("/sign-in/help", data=data)
        else:
            enter(client, SAM, self.password)
            if way == "number":
                assert self.phone is not None
                type_number(client, self.phone.number())
            if way == "recovery":
                type_number(client, self.codes.pop())

    def _help(self) -> str:
        kim, lou = (make_person(self.session, name) for name in ("Kim", "Lou"))
        login = self.session.get_one(Login, self.login_id)
        asked, _ = begin_help(self.session, Actor(kim.id), login, checked=Checked.DOCUMENT, note="")
        code = confirm_help(self.session, Actor(lou.id), asked.id)
        self.session.commit()
        return code

    def end(self, how: str, client: BrowserClient) -> None:
        """End the session, this way."""
        if how == "signed out":
            client.post("/sign-out")
        elif how == "signed out everywhere":
            client.post("/me/sign-ins/end")
        elif how == "reset":
            self.browser().post("/reset", data={"email": SAM})
            self.password = f"{NEW} again"
            link = link_in(self.mails()[-1])
            assert self.browser().post(link, data={"password": self.password}).status_code == 303
        else:
            login = self.session.get_one(Login, self.login_id)
            set_active(self.session, SYSTEM, login, active=False, reason="for a test")
            self.session.commit()


@pytest.fixture
def sam(session: Session, now: Any, login: Login, browser: Browser, mails: Mails) -> Sam:
    return Sam(session, login, browser, mails)


@pytest.mark.parametrize("way", WAYS)
def test_copy_is_refused_after_every_end(way: str, sam: Sam, browser: Browser, now: Any) -> None:
    sam.prepare(way)
    for how in ("signed out", "signed out everywhere", "reset", "disabled"):
        client, copied, early = browser(), browser(), browser()
        client.get("/sign-in")
        client.csrf_token()
        early.set_cookie("session", cookie_of(client))
        sam.come_in(client, way, now)
        assert is_signed_in(client), how
        assert not is_signed_in(early), how  # the key is another one than before
        copied.set_cookie("session", cookie_of(client))
        assert is_signed_in(copied), how
        sam.end(how, client)
        assert not is_signed_in(copied), how
        assert not is_signed_in(client), how


@pytest.mark.parametrize("way", ["password", "code", "number", "recovery", "passkey"])
def test_copy_is_refused_after_its_owner_showed_again_who_they_are(
    way: str, sam: Sam, browser: Browser, now: Any
) -> None:
    sam.prepare(way)
    client, copied = browser(), browser()
    sam.come_in(client, way, now)
    now.shift(FRESH_FOR + timedelta(minutes=1))
    copied.set_cookie("session", cookie_of(client))
    if way == "code":
        client.post("/me/prove/email")
        client.post("/me/prove/code", data={"code": code_in(sam.mails()[-1])})
    elif way == "passkey":
        options = client.get("/me/prove/passkey").json
        client.post("/me/prove/passkey", data={"credential": sam.device.show(options)})
    elif way == "password":
        client.post("/me/prove", data={"password": PASSWORD})
    else:
        assert sam.phone is not None
        typed = sam.phone.number() if way == "number" else sam.codes.pop()
        client.post("/me/prove", data={"number": typed})
    assert is_signed_in(client)
    assert client.get("/me/authenticator/new").status_code == 200  # it was proved
    assert not is_signed_in(copied)
