from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
import time_machine

from portal import clock
from portal.accounts import browser_session
from portal.accounts.models import EndReason, Login, LoginSession
from portal.accounts.privacy import SESSIONS_KEPT, SOURCES
from portal.accounts.services.logins import set_active
from portal.accounts.services.roles import revoke_role
from portal.accounts.services.sessions import open_session, touch_session
from portal.audit.models import AuditEntry
from portal.plugin_api import SYSTEM
from tests.factories.accounts import PASSWORD, make_login
from tests.factories.keeping import let_go
from tests.integration.accounts.conftest import cookie_of, enter, link_in, token_in

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.testing import BrowserClient
    from portal.app import Portal
    from portal.messages.models import Message

Browser = Callable[[], "BrowserClient"]
Look = Callable[[Any], list[Any]]
START = datetime(2027, 3, 1, 9, tzinfo=clock.zone("UTC"))
PUBLIC_PAGES = ("/", "/roles")


def is_signed_in(client: BrowserClient) -> bool:
    answer = client.get("/me/details")
    answer.close()  # what is left to do after the answer is done now
    return answer.status_code == 200


@pytest.mark.parametrize(
    ("roles", "idle", "absolute"),
    [((), timedelta(minutes=30), timedelta(hours=12)),
     (("coordinator",), timedelta(minutes=15), timedelta(hours=8)),
     (("facilitator",), timedelta(minutes=30), timedelta(hours=12))],
)  # fmt: skip
def test_session_ends_when_idle_and_in_any_case_at_its_limit(
    roles: tuple[str, ...],
    idle: timedelta,
    absolute: timedelta,
    session: Session,
    browser: Browser,
) -> None:
    make_login(session, email="a@example.org", roles=roles)
    session.commit()
    client = browser()
    with time_machine.travel(START, tick=False) as now:
        session.execute(sa.text("UPDATE role_grant SET valid_from = '2020-01-01 00:00:00'"))
        session.commit()
        enter(client, "a@example.org")
        now.shift(idle - timedelta(seconds=1))
        assert is_signed_in(client)
        now.shift(idle)
        assert not is_signed_in(client)
        enter(client, "a@example.org")
        begun = clock.now()
        while clock.now() + idle - timedelta(minutes=2) < begun + absolute:
            now.shift(idle - timedelta(minutes=2))
            assert is_signed_in(client)
        now.move_to(begun + absolute - timedelta(seconds=1))
        assert is_signed_in(client)
        now.shift(timedelta(seconds=1))
        assert not is_signed_in(client)


def test_session_use_is_noted_at_most_once_a_minute_and_after_the_answer(
    login: Login, browser: Browser, queries: Any, look: Look
) -> None:
    client = browser()
    with time_machine.travel(START, tick=False) as now:
        enter(client, "sam@example.org")
        now.shift(59)
        with queries() as seen:
            is_signed_in(client)
        assert not [text for text in seen.statements if text.startswith("UPDATE")]
        now.shift(1)
        answer = client.get("/me/details", buffered=False)
        seen_at = sa.select(LoginSession.seen_at)
        assert look(seen_at) == [START]
        answer.close()
        assert look(seen_at) == [START + timedelta(minutes=1)]


def test_session_use_is_noted_once_when_two_requests_end_together(session: Session) -> None:
    login = make_login(session)
    with time_machine.travel(START, tick=False):
        open_session(session, login.id)
    row = session.scalars(sa.select(LoginSession)).one()
    for seconds, noted in ((60, 60), (100, 60), (121, 121)):
        touch_session(session, row.id, START + timedelta(seconds=seconds))
        session.refresh(row)
        assert row.seen_at == START + timedelta(seconds=noted)


def test_open_session_of_a_closed_login_is_refused(
    session: Session, login: Login, browser: Browser
) -> None:
    client = browser()
    enter(client, "sam@example.org")
    session.execute(sa.update(Login).values(active=False))
    session.commit()
    assert not is_signed_in(client)


def test_signed_in_request_costs_one_query_to_know_who_asks(
    session: Session, app: Portal, sign_in: Callable[..., BrowserClient], queries: Any
) -> None:
    client = sign_in("coordinator", "treasurer")
    cookie = client.get_cookie("session")
    assert cookie is not None
    with (
        app.test_request_context("/", headers={"Cookie": f"session={cookie.value}"}),
        queries() as seen,
    ):
        actor = browser_session.load_actor()
    assert actor.roles == {"student", "coordinator", "treasurer"}
    assert len(seen) == 1


@pytest.mark.parametrize("path", PUBLIC_PAGES)
def test_anonymous_visitor_gets_no_cookie(path: str, browser: Browser) -> None:
    answer = browser().get(path)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


def test_anonymous_visitor_costs_no_query(browser: Browser, queries: Any) -> None:
    client = browser()
    client.get("/roles")
    with queries() as seen:
        answer = client.get("/roles")
    assert answer.status_code == 200
    assert seen.statements == []


def test_signed_in_pages_are_kept_by_no_cache(sign_in: Callable[..., BrowserClient]) -> None:
    for path in ("/me/details", "/roles"):
        assert "no-store" in sign_in().get(path).headers["Cache-Control"]


def test_cookie_is_for_this_host_alone_over_tls(portal_lab: Any, engine_name: str) -> None:
    app = portal_lab.app(engine_name, [], base_url="https://college.example")
    client = app.test_client()
    header = client.get("/sign-in", base_url="https://college.example").headers["Set-Cookie"]
    assert header.startswith("__Host-session=")
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in header
    assert "Domain" not in header


def test_revoked_role_is_refused_on_the_next_click(
    session: Session, sign_in: Callable[..., BrowserClient]
) -> None:
    from portal.accounts.models import RoleGrant

    sign_in("administrator")
    client = sign_in("administrator")
    assert client.get("/people").status_code == 200
    grant = session.scalars(sa.select(RoleGrant).order_by(RoleGrant.id.desc())).first()
    assert grant is not None
    revoke_role(session, SYSTEM, grant.id, reason="for a test")
    session.commit()
    assert client.get("/people").status_code == 403


def test_sign_ins_page_ends_one_other_device(login: Login, browser: Browser) -> None:
    here, there = browser(), browser()
    enter(here, "sam@example.org")
    enter(there, "sam@example.org")
    page = here.get("/me/sign-ins").text
    assert page.count("/me/sign-ins/") >= 2  # the other device, and everywhere
    other = int(page.split("/me/sign-ins/")[1].split("/")[0])
    assert here.post(f"/me/sign-ins/{other}/end").status_code == 303
    assert is_signed_in(here)
    assert not is_signed_in(there)


def test_sign_ins_of_somebody_else_are_not_found(
    session: Session, login: Login, browser: Browser, look: Look
) -> None:
    make_login(session, email="b@example.org")
    session.commit()
    own, other = browser(), browser()
    enter(own, "sam@example.org")
    enter(other, "b@example.org")
    (theirs,) = look(sa.select(LoginSession.id).join(Login).where(Login.email == "sam@example.org"))
    assert other.post(f"/me/sign-ins/{theirs}/end").status_code == 404
    assert is_signed_in(own)


def test_sign_out_everywhere_ends_all(login: Login, browser: Browser) -> None:
    clients = [browser(), browser()]
    for client in clients:
        enter(client, "sam@example.org")
    assert clients[0].post("/me/sign-ins/end").status_code == 303
    assert not any(is_signed_in(client) for client in clients)


def test_sign_out_everywhere_else_keeps_this_device(
    login: Login, browser: Browser, look: Look
) -> None:
    here, there, copied = browser(), browser(), browser()
    enter(here, "sam@example.org")
    assert "everywhere else" not in here.get("/me/sign-ins").text
    enter(there, "sam@example.org")
    copied.set_cookie("session", cookie_of(there))
    assert "everywhere else" in here.get("/me/sign-ins").text
    assert here.post("/me/sign-ins/end-others").headers["Location"] == "/me/sign-ins"
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert not is_signed_in(copied)
    assert "accounts:sessions:end" in look(sa.select(AuditEntry.kind))


def test_copied_cookie_is_refused_after_a_reset(
    app: Portal, login: Login, browser: Browser, mails: Callable[[], list[Message]]
) -> None:
    client, copied = browser(), browser()
    enter(client, "sam@example.org")
    copied.set_cookie("session", cookie_of(client))
    assert is_signed_in(copied)
    browser().post("/reset", data={"email": "sam@example.org"})
    (letter,) = mails()
    new = {"password": "nine copper kettles sing"}
    assert browser().post(link_in(letter), data=new).status_code == 303
    assert not is_signed_in(client)
    assert not is_signed_in(copied)


def test_copied_cookie_is_refused_after_disabling(
    session: Session, login: Login, browser: Browser
) -> None:
    client, copied = browser(), browser()
    enter(client, "sam@example.org")
    copied.set_cookie("session", cookie_of(client))
    set_active(session, SYSTEM, login, False, "for a test")
    session.commit()
    assert not is_signed_in(copied)
    set_active(session, SYSTEM, login, True, "for a test")
    session.commit()
    assert not is_signed_in(copied), "what was ended does not come back"


def test_sessions_past_their_longest_time_are_not_listed(login: Login, browser: Browser) -> None:
    old, new = browser(), browser()
    with time_machine.travel(START, tick=False) as now:
        enter(old, "sam@example.org")
        for _ in range(25):
            now.shift(timedelta(minutes=29))
            is_signed_in(old)
        now.move_to(START + timedelta(hours=12, minutes=1))
        enter(new, "sam@example.org")
        assert new.get("/me/sign-ins").text.count("<article") == 1


def test_reader_who_is_still_there_keeps_the_session(login: Login, browser: Browser) -> None:
    client = browser()
    with time_machine.travel(START, tick=False) as now:
        enter(client, "sam@example.org")
        for _ in range(3):
            now.shift(timedelta(minutes=29))
            answer = client.get("/me/here")
            answer.close()
            assert (answer.status_code, answer.data) == (204, b"")
        now.shift(timedelta(minutes=31))
        assert client.get("/me/here").status_code == 303


def test_typed_text_survives_an_ended_session(
    session: Session, login: Login, browser: Browser
) -> None:
    client = browser()
    with time_machine.travel(START, tick=False) as now:
        enter(client, "sam@example.org")
        now.shift(timedelta(hours=1))
        answer = client.post(
            "/me/details/name", data={"name": "Samira of the long words", "pronouns": "she/her"}
        )
        assert answer.status_code == 401
        assert "What you typed is kept" in answer.text
        assert "Samira" not in (client.get_cookie("session") or answer).value  # type: ignore[union-attr]
        held = answer.text.split('name="held"')[1].split('value="')[1].split('"')[0]
        wrong = enter(client, "sam@example.org", "wrong", held=held)
        assert held in wrong.text
        page = enter(client, "sam@example.org", held=held)
        assert page.status_code == 200
        assert "Samira of the long words" in page.text
        assert 'action="/me/details/name"' in page.text
        sent = client.post(
            "/me/details/name",
            data={"name": "Samira of the long words", "csrf_token": token_in(page.text)},
            csrf=False,
        )
        assert sent.status_code == 303


def held_form(client: BrowserClient, **data: str) -> str:
    answer = client.post("/me/details/name", data=data)
    assert answer.status_code == 401
    held: str = answer.text.split('name="held"')[1].split('value="')[1].split('"')[0]
    return held


def test_typed_text_is_not_shown_to_somebody_else(
    session: Session, login: Login, browser: Browser
) -> None:
    make_login(session, email="b@example.org")
    session.commit()
    client = browser()
    with time_machine.travel(START, tick=False) as now:
        enter(client, "sam@example.org")
        now.shift(timedelta(hours=1))
        held = held_form(client, name="A secret of Sam")
        answer = enter(client, "b@example.org", held=held)
    assert answer.status_code == 303
    assert "A secret" not in answer.text


def test_typed_passwords_are_not_kept(login: Login, browser: Browser) -> None:
    from portal.accounts.held import read_held

    client = browser()
    held = held_form(client, name="Sam", new_password="hush", password="hush")
    with client.application.app_context():
        form = read_held(held)
    assert form is not None
    assert dict(form.fields) == {"name": "Sam"}


def test_forged_typed_text_is_ignored(login: Login, browser: Browser) -> None:
    assert enter(browser(), "sam@example.org", held="eyJwYXRoIjoiLyJ9.abc.def").status_code == 303


def test_old_sessions_are_forgotten(session: Session, login: Login, browser: Browser) -> None:
    with time_machine.travel(START, tick=False) as now:
        enter(browser(), "sam@example.org")
        now.shift(timedelta(days=SESSIONS_KEPT))
        let_go(session, SOURCES)
        assert session.scalar(sa.select(sa.func.count(LoginSession.id))) == 1
        now.shift(timedelta(seconds=1))
        let_go(session, SOURCES)
        assert session.scalar(sa.select(sa.func.count(LoginSession.id))) == 0


def test_changed_password_ends_other_sessions(login: Login, browser: Browser, look: Look) -> None:
    here, there = browser(), browser()
    enter(here, "sam@example.org")
    enter(there, "sam@example.org")
    from tests.factories.accounts import PASSWORD

    new = "nine copper kettles sing"
    answer = here.post("/me/password", data={"current_password": PASSWORD, "password": new})
    assert answer.status_code == 303
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert enter(browser(), "sam@example.org", new).status_code == 303
    assert EndReason.PASSWORD in look(sa.select(LoginSession.ended_why))


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        ("Mozilla/5.0 (Linux; Android 9; SM-J600) AppleWebKit/537.36 Chrome/96.0 Mobile Safari/537.36",
         "Chrome · Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit Version/16.0 Safari/604.1",
         "Safari · iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:120.0) Gecko/20100101 Firefox/120.0", "Firefox · Windows"),
        ("curl/8", ""),
    ],
)  # fmt: skip
def test_device_label_names_browser_and_system(agent: str, label: str) -> None:
    assert browser_session.device_label(agent) == label


def test_what_was_typed_when_a_session_was_ended_elsewhere_is_shown_to_nobody_else(
    login: Login, session: Session, browser: Browser
) -> None:
    make_login(session, name="B", email="b@example.org")
    session.commit()
    client, elsewhere = browser(), browser()
    enter(client, "sam@example.org")
    enter(elsewhere, "sam@example.org")
    token = client.csrf_token()
    elsewhere.post("/me/sign-ins/end-others")
    answer = client.post(
        "/me/details/name", data={"csrf_token": token, "name": "A secret of Sam"}, csrf=False
    )
    held = answer.text.split('name="held"')[1].split('value="')[1].split('"')[0]
    assert held
    assert enter(browser(), "b@example.org", held=held).status_code == 303
    page = enter(browser(), "sam@example.org", held=held)
    assert "A secret of Sam" in page.text


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/me/password", {"current_password": PASSWORD, "password": "nine copper kettles sing"}),
        ("/me/prove", {"number": "abcd-efgh-jkmn-pqrs"}),
        ("/me/prove/code", {"code": "12345678"}),
        ("/me/authenticator/new", {"number": "123456"}),
    ],
)
def test_proofs_are_never_held(
    login: Login, browser: Browser, path: str, typed: dict[str, str]
) -> None:
    client = browser()
    enter(client, "sam@example.org")
    token = client.csrf_token()
    other = browser()
    enter(other, "sam@example.org")
    other.post("/me/sign-ins/end-others")
    answer = client.post(path, data={"csrf_token": token, **typed}, csrf=False)
    assert answer.status_code == 401
    again = client.post("/sign-in", data={
        "email": "sam@example.org", "password": PASSWORD,
        "held": answer.text.split('name="held"')[1].split('value="')[1].split('"')[0],
    })  # fmt: skip
    for secret in typed.values():
        assert secret not in again.text
