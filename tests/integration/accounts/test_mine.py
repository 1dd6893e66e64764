from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from portal.accounts.models import ContactRoute, Person, RouteKind
from portal.accounts.queries import may_send
from portal.accounts.services.routes import RouteInput, add_route
from portal.plugin_api import SYSTEM
from tests.factories.accounts import make_login, make_person
from tests.integration.accounts.conftest import enter

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.models import Login
    from portal.accounts.testing import BrowserClient

Browser = Callable[[], "BrowserClient"]
SignIn = Callable[..., "BrowserClient"]
Look = Callable[[Any], list[Any]]


def test_name_and_pronouns_change(sign_in: SignIn, look: Look) -> None:
    client = sign_in()
    data = {"name": " Ada   Lovelace ", "pronouns": "she/her"}
    assert client.post("/me/details/name", data=data).status_code == 303
    (person,) = look(sa.select(Person))
    assert (person.name, person.pronouns) == ("Ada Lovelace", "she/her")
    page = client.get("/me/details").text
    assert "she/her" in page


def test_empty_name_is_refused(sign_in: SignIn) -> None:
    answer = sign_in().post("/me/details/name", data={"name": "  ", "pronouns": "they/them"})
    assert answer.status_code == 422
    assert "they/them" in answer.text


def test_contact_route_is_added_preferred_and_removed(sign_in: SignIn, look: Look) -> None:
    client = sign_in()
    data = {
        "kind": "mobile",
        "value": "07700 900123",
        "safe_to_leave_message": "y",
        "preferred": "y",
    }
    assert client.post("/me/contact/new", data=data).status_code == 303
    email, mobile = look(sa.select(ContactRoute).order_by(ContactRoute.id))
    assert (mobile.kind, mobile.safe_to_leave_message) == (RouteKind.MOBILE, True)
    assert mobile.consent_at is not None
    assert (email.preferred, mobile.preferred) == (False, True)
    assert client.post(f"/me/contact/{email.id}/prefer").status_code == 303
    assert client.post(f"/me/contact/{mobile.id}/remove").status_code == 303
    (left,) = look(sa.select(ContactRoute))
    assert (left.id, left.preferred) == (email.id, True)
    assert client.post(f"/me/contact/{mobile.id}/remove").status_code == 404


def test_contact_route_that_cannot_be_is_refused(sign_in: SignIn) -> None:
    client = sign_in()
    for kind, value in (
        ("email", "nonsense"),
        ("mobile", "call me"),
        ("pigeon", "Bo"),
        ("letter", ""),
    ):
        answer = client.post("/me/contact/new", data={"kind": kind, "value": value})
        assert answer.status_code == 422, kind


def test_contact_route_of_somebody_else_is_not_found(
    session: Session, sign_in: SignIn, look: Look
) -> None:
    other = make_person(session)
    route = add_route(session, SYSTEM, other.id, RouteInput(RouteKind.LETTER, "1 High Street"))
    route_id = route.id
    session.commit()
    client = sign_in()
    for verb in ("prefer", "remove"):
        assert client.post(f"/me/contact/{route_id}/{verb}").status_code == 404
    assert route_id in look(sa.select(ContactRoute.id))


def test_same_contact_route_twice_is_one(session: Session) -> None:
    person = make_person(session)
    first = add_route(session, SYSTEM, person.id, RouteInput(RouteKind.LANDLINE, "01 234"))
    again = add_route(session, SYSTEM, person.id, RouteInput(RouteKind.LANDLINE, " 01 234 "))
    assert first.id == again.id
    assert first.preferred


def test_display_settings_come_along_to_another_browser(login: Login, browser: Browser) -> None:
    first, second = browser(), browser()
    enter(first, "sam@example.org")
    page = first.get("/display").text
    assert "text" in page
    answer = first.post(
        "/display",
        data={"text": "xl", "spacing": "usual", "contrast": "usual", "calm": "no", "next": "/"},
    )
    assert answer.status_code == 303
    enter(second, "sam@example.org")
    cookie = second.get_cookie("display")
    assert cookie is not None
    assert cookie.value == "text-xl"


def test_messages_need_consent_but_for_those_about_the_login(session: Session) -> None:
    login = make_login(session, email="a@example.org")
    person_id = login.person_id
    assert may_send(session, person_id, "a@example.org", "accounts:reset")
    assert may_send(session, person_id, "a@example.org", "courses:moved")
    session.execute(sa.update(ContactRoute).values(consent_at=None))
    assert may_send(session, person_id, "a@example.org", "accounts:reset")
    assert not may_send(session, person_id, "a@example.org", "courses:moved")
    assert not may_send(session, person_id, "old@example.org", "accounts:reset")


def test_person_may_have_no_login_and_no_address(session: Session) -> None:
    person = make_person(session, "Bo")
    session.commit()
    assert person.id
    assert not may_send(session, person.id, "bo@example.org", "courses:moved")
