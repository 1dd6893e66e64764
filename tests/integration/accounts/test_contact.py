"""How people can be reached: what staff and they themselves see, change and are told; the record of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
import time_machine

from portal.accounts.address_book import find_reach
from portal.accounts.models import AgreedHow, ContactRoute, Person, RouteKind
from portal.accounts.privacy import erase_person, export_person, export_routes
from portal.accounts.services import people, routes
from portal.accounts.services.routes import Consent, RouteInput, agreed
from portal.audit.models import AuditEntry, AuditPayload
from portal.plugin_api import SYSTEM
from portal.ui.display import Display, serialise
from tests.factories.accounts import make_person

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.testing import BrowserClient

SignIn = Callable[..., "BrowserClient"]
Look = Callable[[Any], list[Any]]
NOW = datetime(2027, 3, 25, 10, tzinfo=UTC)
LANDLINE = "+441632960123"


@pytest.fixture(autouse=True)
def today() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def bo(session: Session) -> int:
    """Bo, whom a landline and, less gladly, a letter reach."""
    person = make_person(session, "Bo").id
    for kind, value in ((RouteKind.LANDLINE, "01632 960123"), (RouteKind.LETTER, "1 Quay Lane")):
        routes.add_route(session, SYSTEM, person, RouteInput(kind, value, consent=agreed()))
    session.commit()
    return person


def route_ids(look: Look, person_id: int) -> list[int]:
    return look(
        sa.select(ContactRoute.id)
        .where(ContactRoute.person_id == person_id)
        .order_by(ContactRoute.id)
    )


def one(look: Look, route_id: int) -> ContactRoute:
    (found,) = look(sa.select(ContactRoute).where(ContactRoute.id == route_id))
    assert isinstance(found, ContactRoute)
    return found


def entries(look: Look, verb: str) -> list[Any]:
    return look(
        sa.select(AuditPayload)
        .join(AuditEntry, AuditEntry.id == AuditPayload.entry_id)
        .where(AuditEntry.kind == f"accounts:contact_route:{verb}")
        .order_by(AuditEntry.id)
    )


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_look_at_a_person_is_on_record(sign_in: SignIn, look: Look, bo: int) -> None:
    client = sign_in("coordinator")
    answer = client.get(f"/people/{bo}/contact")
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    assert "01632 960123" in answer.text
    (entry,) = entries(look, "read")
    assert (entry.subject_id, entry.actor_id) == (str(bo), client.person_id)  # type: ignore[attr-defined]


@pytest.mark.parametrize("role", ["facilitator", "treasurer", "administrator"])
def test_others_do_not_see_it(sign_in: SignIn, look: Look, bo: int, role: str) -> None:
    (first, _second) = route_ids(look, bo)
    client = sign_in(role)
    for page in ("", "/new", f"/{first}", f"/{first}/remove", "/language"):
        assert client.get(f"/people/{bo}/contact{page}").status_code == 403
    assert entries(look, "read") == []


def test_way_is_added_with_how_and_when_they_agreed(sign_in: SignIn, look: Look, bo: int) -> None:
    data = {
        "kind": "mobile",
        "value": "07700 900123",
        "safe_to_leave_message": "y",
        "how": "in_person",
        "agreed_on": ["20", "March", "2027"],
        "preferred": "y",
    }
    client = sign_in("coordinator")
    for _click in range(2):
        assert client.post(f"/people/{bo}/contact/new", data=data).status_code == 303
    *before, mobile = [one(look, number) for number in route_ids(look, bo)]
    assert [route.preferred for route in before] == [False, False]
    assert (mobile.value, mobile.safe_to_leave_message, mobile.preferred) == (
        "+447700900123",
        True,
        True,
    )
    assert mobile.consent_how is AgreedHow.IN_PERSON
    assert mobile.consent_at == datetime(2027, 3, 20, 12, tzinfo=UTC)
    assert "Agreed in person, Saturday 20 March 2027" in words(client.get(f"/people/{bo}/contact"))
    added = entries(look, "add")[-1]
    assert added.details == {"route": mobile.id, "kind": "mobile"}
    assert len([entry for entry in entries(look, "add") if entry.subject_id == str(bo)]) == 3


def test_way_without_consent_is_kept_and_not_used(
    session: Session, sign_in: SignIn, look: Look
) -> None:
    person = make_person(session, "Cat").id
    session.commit()
    client = sign_in("coordinator")
    data = {"kind": "letter", "value": "2 Quay Lane", "how": "not_yet"}
    assert client.post(f"/people/{person}/contact/new", data=data).status_code == 303
    (number,) = route_ids(look, person)
    assert one(look, number).consent_at is None
    page = words(client.get(f"/people/{person}/contact"))
    assert "There is no way to reach them that they agreed to." in page
    assert "They have not agreed that we use it." in page
    reach = find_reach(session, person, ("en",))
    assert reach is not None
    assert reach.routes == ()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"kind": "mobile", "value": "call me", "how": "phone"}, "value"),
        ({"kind": "letter", "value": "", "how": "phone"}, "value"),
        ({"kind": "letter", "value": "2 Quay Lane"}, "how"),
        ({"kind": "letter", "value": "2 Quay Lane", "how": "themselves"}, "how"),
        (
            {"kind": "letter", "value": "2 Quay Lane", "how": "phone", "agreed_on": ["26", "3", "2027"]},
            "agreed_on-day",
        ),
    ],
)  # fmt: skip
def test_way_that_cannot_be_is_refused_and_what_was_typed_stays(
    sign_in: SignIn, look: Look, bo: int, data: dict[str, Any], field: str
) -> None:
    answer = sign_in("coordinator").post(f"/people/{bo}/contact/new", data=data)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert data["value"] in answer.text
    assert len(route_ids(look, bo)) == 2


def test_another_number_needs_a_new_consent(sign_in: SignIn, look: Look, bo: int) -> None:
    (number, _letter) = route_ids(look, bo)
    address, client = f"/people/{bo}/contact/{number}", sign_in("coordinator")
    data = {"kind": "landline", "value": "01632 960124", "how": "before", "version": "1"}
    answer = client.post(address, data=data)
    assert answer.status_code == 422
    assert "Say how they agreed that we use it" in answer.text
    assert one(look, number).value == LANDLINE
    assert client.post(address, data={**data, "how": "phone"}).status_code == 303
    changed = one(look, number)
    assert (changed.value, changed.consent_how, changed.version) == (
        "+441632960124",
        AgreedHow.PHONE,
        2,
    )
    (entry,) = entries(look, "change")
    assert sorted(entry.details["fields"]) == ["consent_how", "value"]
    assert "960124" not in str(entry.details)


def test_same_number_keeps_its_consent(sign_in: SignIn, look: Look, bo: int) -> None:
    (number, _letter) = route_ids(look, bo)
    before = one(look, number).consent_at
    data = {
        "kind": "landline", "value": "01632 960123", "how": "before", "version": "1",
        "safe_to_leave_message": "y",
    }  # fmt: skip
    with time_machine.travel(datetime(2027, 3, 28, tzinfo=UTC)):
        client = sign_in("coordinator")
        assert client.post(f"/people/{bo}/contact/{number}", data=data).status_code == 303
    changed = one(look, number)
    assert (changed.consent_at, changed.safe_to_leave_message) == (before, True)


def test_change_that_comes_too_late_overwrites_nothing_and_loses_nothing(
    sign_in: SignIn, look: Look, bo: int
) -> None:
    (number, _letter) = route_ids(look, bo)
    address = f"/people/{bo}/contact/{number}"
    one_of_them, other = sign_in("coordinator"), sign_in("coordinator")
    data = {"kind": "landline", "how": "phone", "version": "1"}
    assert one_of_them.post(address, data={**data, "value": "01632 960124"}).status_code == 303
    answer = other.post(address, data={**data, "value": "01632 960125"})
    assert answer.status_code == 422
    assert "Somebody changed this while you were writing" in answer.text
    assert "01632 960124" in words(answer)
    assert 'value="01632 960125"' in answer.text
    assert one(look, number).value == "+441632960124"
    (version,) = re.findall(r'name="version"[^>]*value="(\d+)"', answer.text)
    again = other.post(address, data={**data, "value": "01632 960125", "version": version})
    assert again.status_code == 303
    assert one(look, number).value == "+441632960125"


def test_change_of_what_was_removed_meanwhile_can_be_added_again(
    sign_in: SignIn, look: Look, bo: int
) -> None:
    (number, _letter) = route_ids(look, bo)
    client = sign_in("coordinator")
    assert client.post(f"/people/{bo}/contact/{number}/remove").status_code == 303
    data = {"kind": "landline", "value": "01632 960125", "how": "phone", "version": "1"}
    answer = client.post(f"/people/{bo}/contact/{number}", data=data)
    assert answer.status_code == 404
    assert 'value="01632 960125"' in answer.text
    assert f'action="/people/{bo}/contact/new"' in answer.text
    assert client.get(f"/people/{bo}/contact/{number}").status_code == 404


def test_change_to_a_way_that_is_there_already_is_refused(
    sign_in: SignIn, look: Look, bo: int
) -> None:
    (_number, letter) = route_ids(look, bo)
    data = {"kind": "landline", "value": "01632 960123", "how": "phone", "version": "1"}
    answer = sign_in("coordinator").post(f"/people/{bo}/contact/{letter}", data=data)
    assert answer.status_code == 422
    assert "on the list already" in answer.text
    assert len(route_ids(look, bo)) == 2


def test_one_way_at_most_is_preferred(sign_in: SignIn, look: Look, bo: int) -> None:
    (number, letter) = route_ids(look, bo)
    client = sign_in("coordinator")
    for _click in range(2):
        assert client.post(f"/people/{bo}/contact/{letter}/prefer").status_code == 303
    assert [one(look, each).preferred for each in (number, letter)] == [False, True]
    (entry,) = entries(look, "prefer")
    assert entry.details == {"route": letter, "kind": "letter"}


def test_page_says_what_follows_before_the_last_way_is_removed(
    sign_in: SignIn, look: Look, bo: int
) -> None:
    (number, letter) = route_ids(look, bo)
    client = sign_in("coordinator")
    page = words(client.get(f"/people/{bo}/contact/{number}/remove"))
    assert "the desk writes a letter" in page
    assert "the last one" not in page
    client.post(f"/people/{bo}/contact/{number}/remove")
    page = words(client.get(f"/people/{bo}/contact/{letter}/remove"))
    assert "It is the last one that can be used" in page
    assert "waits on the desk until somebody finds one" in page
    assert client.post(f"/people/{bo}/contact/{letter}/remove").status_code == 303
    assert route_ids(look, bo) == []
    assert [entry.details["kind"] for entry in entries(look, "remove")] == ["landline", "letter"]


def test_number_of_a_household_is_marked(session: Session, sign_in: SignIn, bo: int) -> None:
    sister = make_person(session, "Cat").id
    given = RouteInput(RouteKind.LANDLINE, "+44 1632 960123", consent=agreed())
    routes.add_route(session, SYSTEM, sister, given)
    session.commit()
    page = words(sign_in("coordinator").get(f"/people/{bo}/contact"))
    assert page.count("Somebody else here has the same number") == 1


def test_person_is_found_by_name_and_an_erased_one_is_not(
    session: Session, sign_in: SignIn, look: Look, bo: int
) -> None:
    client = sign_in("coordinator")
    assert f"/people/{bo}/contact" in client.get("/people/contact?q=bo").text
    assert "Nobody by that name" in client.get("/people/contact?q=zzz").text
    assert "01632" not in client.get("/people/contact?q=bo").text
    assert entries(look, "read") == []
    erase_person(session, bo, "delete")
    session.commit()
    assert client.get(f"/people/{bo}/contact").status_code == 404
    assert client.post(f"/people/{bo}/contact/new", data={"kind": "email"}).status_code == 404


def test_way_of_another_person_is_not_found_under_this_one(
    session: Session, sign_in: SignIn, look: Look, bo: int
) -> None:
    other = make_person(session, "Cat").id
    session.commit()
    (number, _letter) = route_ids(look, bo)
    client = sign_in("coordinator")
    assert client.get(f"/people/{other}/contact/{number}").status_code == 404
    for verb in ("prefer", "remove"):
        assert client.post(f"/people/{other}/contact/{number}/{verb}").status_code == 404
    assert len(route_ids(look, bo)) == 2


def test_way_back_leads_to_the_task_that_one_came_from(sign_in: SignIn, bo: int) -> None:
    client = sign_in("coordinator")
    page = client.get(f"/people/{bo}/contact?task=7").text
    assert 'href="/desk/tasks/7"' in page
    assert f"/people/{bo}/contact/new?task=7" in page
    data = {"kind": "letter", "value": "2 Quay Lane", "how": "wrote"}
    answer = client.post(f"/people/{bo}/contact/new?task=7", data=data)
    assert answer.location == f"/people/{bo}/contact?task=7"


def test_own_way_is_changed_and_agreed_to_by_saving(sign_in: SignIn, look: Look) -> None:
    client = sign_in()
    (email,) = route_ids(look, client.person_id)  # type: ignore[attr-defined]
    page = client.get(f"/me/contact/{email}").text
    assert 'value="person' in page
    data = {"kind": "mobile", "value": "07700 900124", "version": "1"}
    assert client.post(f"/me/contact/{email}", data=data).status_code == 303
    changed = one(look, email)
    assert (changed.kind, changed.value) == (RouteKind.MOBILE, "+447700900124")
    assert changed.consent_how is AgreedHow.THEMSELVES
    assert changed.preferred
    stale = client.post(f"/me/contact/{email}", data={**data, "value": "07700 900125"})
    assert stale.status_code == 422
    assert 'value="07700 900125"' in stale.text


def test_own_way_of_somebody_else_can_neither_be_seen_nor_changed(
    sign_in: SignIn, look: Look, bo: int
) -> None:
    (number, _letter) = route_ids(look, bo)
    client = sign_in()
    for page in ("", "/remove"):
        answer = client.get(f"/me/contact/{number}{page}")
        assert answer.status_code == 404
    data = {"kind": "mobile", "value": "07700 900124", "version": "1"}
    answer = client.post(f"/me/contact/{number}", data=data)
    assert answer.status_code == 404
    assert "960123" not in answer.text
    assert one(look, number).value == LANDLINE


def test_own_last_way_says_what_follows(sign_in: SignIn, look: Look) -> None:
    client = sign_in()
    (email,) = route_ids(look, client.person_id)  # type: ignore[attr-defined]
    page = words(client.get(f"/me/contact/{email}/remove"))
    assert "It is the last one" in page
    assert "You can still see it on this site" in page
    assert client.post(f"/me/contact/{email}/remove").status_code == 303
    assert "We have no way to reach you" in words(client.get("/me/details"))


def test_language_they_chose_comes_before_that_of_their_pages(session: Session) -> None:
    person = make_person(session, "Cat")
    person.display = serialise(Display(language="fr"))
    session.flush()

    def spoken() -> str:
        reach = find_reach(session, person.id, ("en", "fr", "ur"))
        assert reach is not None
        return reach.language

    assert spoken() == "fr"
    people.choose_language(session, SYSTEM, person, "ur")
    assert spoken() == "ur"
    people.choose_language(
        session, SYSTEM, person, "cy"
    )  # which the college does not offer any more
    assert spoken() == "fr"


def test_language_is_chosen_by_staff_and_by_oneself(sign_in: SignIn, look: Look, bo: int) -> None:
    client = sign_in("coordinator")
    for address, person in (
        (f"/people/{bo}/contact/language", bo),
        ("/me/details/language", client.person_id),  # type: ignore[attr-defined]
    ):
        assert client.post(address, data={"language": "en", "seen": ""}).status_code == 303
        assert look(sa.select(Person.language).where(Person.id == person)) == ["en"]
        assert client.post(address, data={"language": "xx", "seen": "en"}).status_code == 422
        late = client.post(address, data={"language": "-", "seen": ""})
        assert late.status_code == 422
        assert "Somebody chose English" in late.text
        assert client.post(address, data={"language": "-", "seen": "en"}).status_code == 303
        assert look(sa.select(Person.language).where(Person.id == person)) == [""]


def test_export_and_erasure_know_consent_and_language(session: Session, bo: int) -> None:
    person = session.get_one(Person, bo)
    people.choose_language(session, SYSTEM, person, "en")
    given = RouteInput(RouteKind.LETTER, "3 Quay Lane", consent=Consent(NOW, AgreedHow.WROTE))
    routes.add_route(session, SYSTEM, bo, given)
    assert export_person(session, bo)[0]["language"] == "en"
    assert [row["consent_how"] for row in export_routes(session, bo)] == [None, None, "wrote"]
    erase_person(session, bo, "delete")
    assert person.language == ""


def test_consent_without_a_day_is_refused_by_the_schema(session: Session, bo: int) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        session.execute(
            sa.update(ContactRoute).values(consent_at=None, consent_how=AgreedHow.PHONE)
        )
    session.rollback()
