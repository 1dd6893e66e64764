"""The site as a role sees it: what its permissions open, with nobody's data in it."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.accounts.api import ROLES
from portal.accounts.testing import signed_in_client
from portal.app import Portal
from portal.courses.models import Course
from portal.plugin_api import Actor, Card
from portal.plugin_api.testing import Lab
from tests.factories.accounts import make_person
from tests.factories.enrolment import book, make_group
from tests.plugins import make_plugin


def main_of(page: str) -> str:
    return page.split("<main", 1)[1].split("</main>", 1)[0]


@pytest.mark.parametrize("role", ROLES)
def test_each_role_has_its_example_and_nothing_in_it_can_be_pressed(app: Portal, role: str) -> None:
    page = main_of(app.test_client().get(f"/roles/{role}/example").text)
    assert "Sleeping better" in page
    links = re.findall(r'<a\b[^>]*href="([^"]*)"', page)
    assert links in ([], [f"/roles#{role}"])  # one step back


def test_pages_of_a_role_are_named_and_no_others(app: Portal) -> None:
    client = app.test_client()
    coordinator = main_of(client.get("/roles/coordinator/example").text)
    student = main_of(client.get("/roles/student/example").text)
    assert "How to reach people" in coordinator
    assert "How to reach people" not in student
    assert "Run the college" not in student
    assert "Courses that need you" in coordinator
    assert "You lead next" in main_of(client.get("/roles/facilitator/example").text)


@pytest.mark.parametrize("as_visitor", [True, False])
def test_nothing_of_anybody_is_in_it(app: Portal, session: Session, as_visitor: bool) -> None:
    with app.test_request_context():
        person_id = make_person(session, "Zebulon Quick").id
        book(session, make_group(session, 2).id, person_id)
        title = session.scalars(sa.select(Course.title)).one()
        session.commit()
    client = app.test_client() if as_visitor else signed_in_client(app, ["administrator"])
    for role in ROLES:
        page = client.get(f"/roles/{role}/example").text
        assert "Zebulon" not in page
        assert title not in main_of(page)


def test_unknown_role_is_no_page(app: Portal) -> None:
    assert app.test_client().get("/roles/queen/example").status_code == 404


def test_guide_leads_to_each_example_and_says_what_nobody_sees(app: Portal) -> None:
    guide = app.test_client().get("/roles").text
    for role in ROLES:
        assert f'href="/roles/{role}/example"' in guide
        assert f'id="{role}"' in guide
    assert "What nobody can see" in guide


def test_plugin_joins_with_its_own_example(portal_lab: Lab) -> None:
    def example_cards(actor: Actor) -> list[Card]:
        assert actor.person_id == 0
        return [Card("courses/card_leading.html", {"led": []})]

    app = portal_lab.app("sqlite", [make_plugin("beans", example_cards=example_cards)])
    assert "You lead next" in app.test_client().get("/roles/coach/example").text
