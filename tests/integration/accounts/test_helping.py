"""Helping somebody in again who has lost everything."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
import time_machine

from portal import clock
from portal.accounts.models import (
    Authenticator,
    Checked,
    HelpRequest,
    Login,
    LoginSession,
    Passkey,
    RecoveryCode,
    RouteKind,
    SignedInBy,
)
from portal.accounts.notices import WAYS, help_begun, kinds
from portal.accounts.services.helping import begin_help
from portal.accounts.services.passkeys import add_passkey
from portal.accounts.services.roles import grant_role
from portal.accounts.services.routes import RouteInput, add_route, agreed
from portal.accounts.services.second_step import add_authenticator
from portal.audit.models import AuditEntry
from portal.db import unit_of_work
from portal.messages.models import Message
from portal.messages.services.routing import Drop, Hand, decide
from portal.messages.setup import messages_of_app
from portal.plugin_api import SYSTEM, Actor, Recipient
from portal.plugin_api.access import FRESH_FOR
from tests.factories.accounts import make_login, make_person
from tests.integration.accounts.conftest import enter, link_in
from tests.integration.accounts.test_sessions import is_signed_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.testing import BrowserClient
    from portal.app import Portal

Browser = Callable[[], "BrowserClient"]
SignIn = Callable[..., "BrowserClient"]
Look = Callable[[Any], list[Any]]
Mails = Callable[[], "list[Message]"]
START = datetime(2027, 3, 1, 9, tzinfo=clock.zone("UTC"))
SAM = "sam@example.org"
NEW = "nine copper kettles sing"
ASKED = {"checked": "called_back", "note": "She rang from the library"}


@pytest.fixture
def now() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as moving:
        yield moving


@pytest.fixture
def sam(session: Session, now: Any) -> int:
    """Sam, who has lost password, phone and mailbox; the person's id."""
    login = make_login(session, name="Sam", email=SAM)
    add_authenticator(session, SYSTEM, login, "secret", 1)
    key = {"credential_id": b"1", "public_key": b"2", "sign_count": 0}
    add_passkey(session, SYSTEM, login, name="Lost phone", **key)
    number = login.person_id
    session.commit()
    return number


def begin(client: BrowserClient, person_id: int, **more: str) -> Any:
    return client.post(f"/people/{person_id}/help", data={**ASKED, **more})


def request_in(look: Look) -> int:
    (number,) = look(sa.select(HelpRequest.id).order_by(HelpRequest.id.desc()).limit(1))
    assert isinstance(number, int)
    return number


def confirm(client: BrowserClient, look: Look) -> str:
    page = client.post(f"/people/help/{request_in(look)}")
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    return re.findall(r"<code[^>]*>([a-z2-9-]{14})</code>", page.text)[0]


def use(client: BrowserClient, code: str, password: str = NEW) -> Any:
    return client.post("/sign-in/help", data={"code": code, "password": password})


def test_two_people_help_somebody_in_again(
    sam: int, sign_in: SignIn, browser: Browser, look: Look, mails: Mails
) -> None:
    first, second = sign_in("coordinator"), sign_in("coordinator")
    assert begin(first, sam).headers["Location"] == "/people/help"
    assert "Waits for a second person" in first.get("/people/help").text
    page = second.get(f"/people/help/{request_in(look)}").text
    assert "She rang from the library" in page
    code = confirm(second, look)
    assert code.replace("-", "") not in " ".join(look(sa.select(HelpRequest.code_hash)))
    client = browser()
    assert use(client, f" {code.upper()} ").headers["Location"] == "/"
    assert is_signed_in(client)
    newest = look(sa.select(LoginSession).order_by(LoginSession.id.desc()))[0]
    assert (newest.how, newest.strong) == (SignedInBy.HELPED, False)
    for lost in (Authenticator, RecoveryCode, Passkey):
        assert look(sa.select(lost.id)) == []
    assert enter(browser(), SAM, NEW).status_code == 303
    assert use(browser(), code, "another nine copper kettles").status_code == 422
    kinds_written = look(sa.select(AuditEntry.kind))
    for verb in ("begin", "confirm", "use"):
        assert f"accounts:help:{verb}" in kinds_written
    assert [m.purpose for m in mails()] == [
        "accounts:help_begun", *map(help_begun, WAYS), "accounts:changed",
    ]  # fmt: skip


def test_nobody_confirms_what_they_began(sam: int, sign_in: SignIn, look: Look) -> None:
    first = sign_in("coordinator")
    begin(first, sam)
    assert "Look at it and confirm" not in first.get("/people/help").text
    assert first.post(f"/people/help/{request_in(look)}").status_code == 403
    assert look(sa.select(HelpRequest.confirmed_at)) == [None]


def test_schema_wants_two_people(session: Session, sam: int) -> None:
    kim = make_person(session, "Kim")
    login = session.scalars(sa.select(Login)).one()
    request, _stop = begin_help(session, Actor(kim.id), login, checked=Checked.DOCUMENT, note="")
    request.confirmed_by_id, request.confirmed_at = kim.id, clock.now()
    request.code_hash = "x"
    with pytest.raises(sa.exc.IntegrityError):
        session.flush()


def test_nobody_helps_themselves(sign_in: SignIn, look: Look) -> None:
    own = sign_in("coordinator")
    person_id = own.person_id  # type: ignore[attr-defined]
    assert begin(own, person_id).status_code == 403
    other = sign_in("coordinator")
    begin(other, person_id)
    assert own.post(f"/people/help/{request_in(look)}").status_code == 403


def test_account_with_power_over_others_needs_an_administrator(sign_in: SignIn, look: Look) -> None:
    treasurer = sign_in("treasurer")
    first, second, third = sign_in("coordinator"), sign_in("coordinator"), sign_in("administrator")
    begin(first, treasurer.person_id)  # type: ignore[attr-defined]
    assert second.post(f"/people/help/{request_in(look)}").status_code == 403
    assert confirm(third, look)


@pytest.mark.parametrize("role", ["student", "facilitator", "treasurer"])
def test_others_may_not(role: str, sam: int, sign_in: SignIn, look: Look) -> None:
    client = sign_in(role)
    assert begin(client, sam).status_code == 403
    begin(sign_in("coordinator"), sam)
    number = request_in(look)
    for answer in (
        client.get("/people/help"),
        client.post(f"/people/help/{number}"),
        client.post(f"/people/help/{number}/stop"),
    ):
        assert answer.status_code == 403


def test_person_who_did_not_ask_stops_it(
    sam: int, sign_in: SignIn, browser: Browser, look: Look, mails: Mails
) -> None:
    begin(sign_in("coordinator"), sam)
    code = confirm(sign_in("coordinator"), look)
    link = link_in(mails()[0])
    assert browser().get(link).status_code == 200
    assert look(sa.select(HelpRequest.ended_at)) == [None]
    assert browser().post(link).status_code == 200
    assert use(browser(), code).status_code == 422
    assert browser().get(link).status_code == 410
    assert "accounts:help:stop" in look(sa.select(AuditEntry.kind))


def test_helper_stops_it(sam: int, sign_in: SignIn, browser: Browser, look: Look) -> None:
    begin(sign_in("coordinator"), sam)
    second = sign_in("coordinator")
    code = confirm(second, look)
    number = request_in(look)
    assert second.post(f"/people/help/{number}/stop").status_code == 303
    assert use(browser(), code).status_code == 422
    assert second.post(f"/people/help/{number}/stop").status_code == 404


def test_code_works_for_a_day_and_a_request_waits_for_a_week(
    sam: int, sign_in: SignIn, browser: Browser, look: Look, now: Any
) -> None:
    begin(sign_in("coordinator"), sam)
    code = confirm(sign_in("coordinator"), look)
    now.shift(timedelta(days=1))
    assert use(browser(), code).status_code == 422
    begin(sign_in("coordinator"), sam)
    now.shift(timedelta(days=7))
    assert sign_in("coordinator").post(f"/people/help/{request_in(look)}").status_code == 404


def test_one_at_a_time(sam: int, sign_in: SignIn, look: Look) -> None:
    begin(sign_in("coordinator"), sam)
    assert begin(sign_in("coordinator"), sam).status_code == 422
    assert len(look(sa.select(HelpRequest.id))) == 1


def test_beginning_and_confirming_ask_who_it_is(
    sam: int, sign_in: SignIn, look: Look, now: Any
) -> None:
    first, second = sign_in("coordinator"), sign_in("coordinator")
    begin(first, sam)
    now.shift(FRESH_FOR)
    assert begin(first, sam).status_code == 403
    assert second.post(f"/people/help/{request_in(look)}").status_code == 403
    assert look(sa.select(HelpRequest.confirmed_at)) == [None]


def test_weak_password_does_not_use_the_code_up(
    sam: int, sign_in: SignIn, browser: Browser, look: Look
) -> None:
    begin(sign_in("coordinator"), sam)
    code = confirm(sign_in("coordinator"), look)
    assert use(browser(), code, "short").status_code == 422
    assert use(browser(), code).status_code == 303


def test_person_without_a_login_is_not_found(session: Session, sign_in: SignIn) -> None:
    number = make_person(session, "Bo").id
    session.commit()
    assert begin(sign_in("coordinator"), number).status_code == 404


def test_notice_is_taken_back_once_it_is_over(app: Portal, session: Session, sam: int) -> None:
    kind = next(one for one in kinds() if one.purpose == help_begun(WAYS[-1]))
    login = session.scalars(sa.select(Login)).one()
    kim = make_person(session, "Kim")
    request, _stop = begin_help(session, Actor(kim.id), login, checked=Checked.DOCUMENT, note="")
    to, about = Recipient(sam, "Sam", "en"), {"request": request.id}
    with app.test_request_context():
        words = kind.compose(session, to, about)
        assert words is not None
        assert len(words.sms) <= 160
        request.ended_at = clock.now()
        assert kind.compose(session, to, about) is None


def test_pages_of_people_lead_to_it(sam: int, sign_in: SignIn, session: Session) -> None:
    for path in (f"/people/{sam}/contact", f"/people/{sam}/roles"):
        role = "coordinator" if path.endswith("contact") else "administrator"
        assert f"/people/{sam}/help" in sign_in(role).get(path).text


def test_person_is_told_by_every_way_they_agreed_to(
    app: Portal, session: Session, sam: int, sign_in: SignIn
) -> None:
    for kind, value in (
        (RouteKind.MOBILE, "+44 7700 900123"),
        (RouteKind.LETTER, "1 Quay Lane, Seaford"),
        (RouteKind.EMAIL, "second@example.org"),
    ):
        add_route(session, SYSTEM, sam, RouteInput(kind, value, True, agreed()))
    session.commit()

    begin(sign_in("coordinator"), sam)

    assert leaving(app) == {
        help_begun("email"): Drop("not true any more"),  # that address has a link already
        help_begun("mobile"): "sms",
        help_begun("hand"): Hand("preferred"),
    }


def test_person_with_one_address_is_not_told_twice_there(
    app: Portal, sam: int, sign_in: SignIn
) -> None:
    begin(sign_in("coordinator"), sam)
    assert leaving(app) == {
        help_begun("email"): Drop("not true any more"),
        help_begun("mobile"): Drop("not this way"),
        help_begun("hand"): Drop("not this way"),
    }


def test_address_they_prefer_to_the_one_they_sign_in_with_is_told_too(
    app: Portal, session: Session, sam: int, sign_in: SignIn
) -> None:
    given = RouteInput(RouteKind.EMAIL, "second@example.org", consent=agreed())
    add_route(session, SYSTEM, sam, given, preferred=True)
    session.commit()
    begin(sign_in("coordinator"), sam)
    assert leaving(app)[help_begun("email")] == "email"


def leaving(app: Portal) -> dict[str, Any]:
    """What becomes of each notice: the channel it leaves by, or why not."""
    found: dict[str, Any] = {}
    with app.test_request_context(), unit_of_work() as session:
        ways = replace(messages_of_app().ways(), texts=True)
        for message in session.scalars(sa.select(Message).where(Message.key.is_not(None))):
            decision = decide(session, message, ways)
            found[message.purpose] = getattr(decision, "channel", decision)
    return found


def test_code_is_void_once_its_person_may_do_more(
    sam: int, sign_in: SignIn, browser: Browser, look: Look, session: Session
) -> None:
    """Two coordinators helped a student; who became an administrator before the code was used."""
    begin(sign_in("coordinator"), sam)
    code = confirm(sign_in("coordinator"), look)
    grant_role(session, SYSTEM, sam, "contributor", reason="kind")
    session.commit()
    assert look(sa.select(HelpRequest.ended_at)) == [None]
    grant_role(session, SYSTEM, sam, "administrator", reason="elected")
    session.commit()
    answer = use(browser(), code)
    assert answer.status_code == 422
    assert "This code is not right, or it is too old" in answer.text
    assert len(look(sa.select(Passkey.id))) == 1
