"""Another address to sign in with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
import time_machine

from portal import clock
from portal.accounts.jobs import JOBS
from portal.accounts.models import ContactRoute, EmailChange, Login
from portal.audit.models import AuditEntry
from portal.db import unit_of_work
from portal.plugin_api.access import FRESH_FOR
from tests.factories.accounts import PASSWORD, make_login
from tests.integration.accounts.conftest import enter, link_in
from tests.integration.accounts.test_codes import ask as ask_for_code
from tests.integration.accounts.test_codes import code_in, type_in
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
WAIT = timedelta(hours=72)
OLD, NEW = "sam@example.org", "new@example.org"
NEW_PASSWORD = "nine copper kettles sing"


@pytest.fixture
def now() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as moving:
        yield moving


@pytest.fixture
def work(app: Portal) -> Callable[[], None]:
    """What the worker does every ten minutes: no request, no reader."""
    (job,) = (job for job in JOBS if job.name == "change-addresses")

    def run() -> None:
        with app.app_context(), unit_of_work() as session:
            job.run(session)

    return run


@pytest.fixture
def sam(now: Any, login: Login, browser: Browser) -> BrowserClient:
    client = browser()
    enter(client, OLD)
    return client


def ask(client: BrowserClient, email: str = NEW) -> Any:
    return client.post("/me/details/email", data={"email": email})


def test_address_changes_after_three_days_when_it_was_confirmed(
    sam: BrowserClient, browser: Browser, mails: Mails, look: Look, now: Any, work: Any
) -> None:
    assert ask(sam, " NEW@Example.org ").headers["Location"] == "/me/details/email/waits"
    assert NEW in sam.get("/me/details/email/waits").text
    to_new, to_old = mails()
    assert (to_new.recipient, to_old.recipient) == (NEW, OLD)
    assert NEW not in (to_old.text or "")
    assert "Sam" not in (to_new.text or "")
    confirm = link_in(to_new)
    assert browser().get(confirm).status_code == 200
    assert look(sa.select(EmailChange.confirmed_at)) == [None]
    assert browser().post(confirm).status_code == 200
    now.shift(WAIT - timedelta(seconds=1))
    work()
    assert look(sa.select(Login.email)) == [OLD]
    now.shift(timedelta(seconds=1))
    work()
    assert look(sa.select(Login.email)) == [NEW]
    assert look(sa.select(ContactRoute.value)) == [NEW]
    assert look(sa.select(EmailChange.id)) == []
    assert [message.recipient for message in mails()][2:] == [NEW, OLD]
    assert enter(browser(), OLD).status_code == 422
    assert enter(browser(), NEW).status_code == 303
    kinds = look(sa.select(AuditEntry.kind))
    assert {"accounts:email_change:ask", "accounts:email_change:done"} <= set(kinds)
    work()
    assert len(mails()) == 4


def test_address_that_was_not_confirmed_never_changes(
    sam: BrowserClient, look: Look, now: Any, work: Any
) -> None:
    ask(sam)
    now.shift(timedelta(days=13))
    work()
    assert look(sa.select(Login.email)) == [OLD]
    assert len(look(sa.select(EmailChange.id))) == 1
    now.shift(timedelta(days=1))
    work()
    assert look(sa.select(EmailChange.id)) == []
    assert look(sa.select(Login.email)) == [OLD]


def test_old_address_stops_it_and_whoever_is_signed_in_is_out(
    sam: BrowserClient, browser: Browser, mails: Mails, look: Look, now: Any, work: Any
) -> None:
    ask(sam)
    to_new, to_old = mails()
    browser().post(link_in(to_new))
    stop = link_in(to_old)
    now.shift(timedelta(hours=71))
    assert browser().get(stop).status_code == 200
    assert len(look(sa.select(EmailChange.id))) == 1
    assert browser().post(stop).status_code == 200
    now.shift(timedelta(hours=2))
    work()
    assert look(sa.select(Login.email)) == [OLD]
    assert not is_signed_in(sam)
    for link in (stop, link_in(to_new)):
        assert browser().get(link).status_code == 410
    assert "accounts:email_change:stop" in look(sa.select(AuditEntry.kind))


def test_stopping_ends_sessions_at_once(sam: BrowserClient, browser: Browser, mails: Mails) -> None:
    ask(sam)
    assert is_signed_in(sam)
    browser().post(link_in(mails()[1]))
    assert not is_signed_in(sam)


def test_person_can_stop_it_themselves(sam: BrowserClient, look: Look) -> None:
    ask(sam)
    assert sam.post("/me/details/email/stop").status_code == 303
    assert look(sa.select(EmailChange.id)) == []
    assert is_signed_in(sam)
    assert sam.get("/me/details/email/waits").headers["Location"] == "/me/details"


def test_newest_wish_alone_counts(
    sam: BrowserClient, browser: Browser, mails: Mails, now: Any
) -> None:
    ask(sam)
    ask(sam, "third@example.org")
    assert browser().get(link_in(mails()[0])).status_code == 410
    assert browser().get(link_in(mails()[2])).status_code == 200


def page_of(client: BrowserClient) -> str:
    page = client.get("/me/details/email/waits").text
    return re.sub(r'name="csrf_token" value="[^"]*"|[\w-]+@example.org', "", page)


def test_address_of_somebody_else_is_answered_alike_and_never_taken(
    session: Session, sam: BrowserClient, browser: Browser, mails: Mails, look: Look, now: Any,
    work: Any,
) -> None:  # fmt: skip
    make_login(session, name="Bo", email="bo@example.org")
    session.commit()
    answers = []
    for email in ("free@example.org", "bo@example.org"):
        answer = ask(sam, email)
        answers.append((answer.status_code, answer.headers["Location"], page_of(sam)))
    assert answers[0] == answers[1]
    assert [message.recipient for message in mails()] == [
        "free@example.org", OLD, "bo@example.org", OLD,
    ]  # fmt: skip
    assert "/new-email/" not in (mails()[2].text or "")
    now.shift(WAIT)
    work()
    assert sorted(look(sa.select(Login.email))) == ["bo@example.org", OLD]


def test_address_that_somebody_took_meanwhile_is_left_to_them(
    session: Session, sam: BrowserClient, browser: Browser, mails: Mails, look: Look, now: Any,
    work: Any,
) -> None:  # fmt: skip
    ask(sam)
    browser().post(link_in(mails()[0]))
    make_login(session, name="Bo", email=NEW)
    session.commit()
    now.shift(WAIT)
    work()
    assert sorted(look(sa.select(Login.email))) == [NEW, OLD]
    assert look(sa.select(EmailChange.id)) == []


def test_what_lies_in_the_old_mailbox_is_worth_nothing_afterwards(
    sam: BrowserClient, browser: Browser, mails: Mails, now: Any, work: Any
) -> None:
    ask(sam)
    browser().post(link_in(mails()[0]))
    now.shift(WAIT - timedelta(minutes=5))
    waiting = browser()
    ask_for_code(waiting, OLD)
    browser().post("/reset", data={"email": OLD})
    code, reset = mails()[2:]
    now.shift(timedelta(minutes=6))
    work()
    assert type_in(waiting, code_in(code)).status_code == 422
    new = {"password": "nine copper kettles sing"}
    assert browser().post(link_in(reset), data=new).status_code == 410


def test_own_address_is_refused(sam: BrowserClient) -> None:
    assert ask(sam, "SAM@example.org").status_code == 422


def test_asking_needs_a_fresh_proof(sam: BrowserClient, now: Any) -> None:
    now.shift(FRESH_FOR)
    assert ask(sam).status_code == 403


@pytest.mark.parametrize("way", ["reset", "changed"])
def test_new_password_stops_it_and_says_so(
    way: str, sam: BrowserClient, browser: Browser, mails: Mails, look: Look, now: Any, work: Any
) -> None:
    ask(sam)
    to_new = mails()[0]
    browser().post(link_in(to_new))  # whoever began it has confirmed it
    if way == "reset":
        browser().post("/reset", data={"email": OLD})
        client = browser()
        client.post(link_in(mails()[-1]), data={"password": NEW_PASSWORD})
        page = client.get("/sign-in").text
        assert not is_signed_in(sam)
    else:
        sam.post("/me/password", data={"current_password": PASSWORD, "password": NEW_PASSWORD})
        page = sam.get("/me/details").text
    assert "We stopped that" in page
    told = mails()[-1]
    assert (told.recipient, told.purpose) == (OLD, "accounts:changed")
    assert "about to change" in (told.text or "")
    now.shift(timedelta(days=4))
    work()
    assert look(sa.select(Login.email)) == [OLD]
    assert browser().get(link_in(to_new)).status_code == 410


def test_new_password_says_nothing_of_a_change_that_nobody_began(
    sam: BrowserClient, mails: Mails
) -> None:
    sam.post("/me/password", data={"current_password": PASSWORD, "password": NEW_PASSWORD})
    assert "about to change" not in (mails()[-1].text or "")
