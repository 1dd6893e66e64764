"""Somebody who is written down by a coordinator is written to in the language they want."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.models import Person
from portal.app import Portal
from portal.plugin_api.testing import Lab, watched
from tests.factories.telling import send as send_letters
from tests.integration.enrolment.taking import SignIn, coming_group, letting_go, newest_person, send

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
NEW = {"name": "Edith Holloway", "kind": "email", "value": "edith@example.org", "how": "phone"}
ON_THE_PHONE = {"how": "phone", "agreed_on": ["5", "1", "2026"], "company": "alone"}


@pytest.fixture
def portal_app(
    request: pytest.FixtureRequest, portal_lab: Lab, engine_name: str
) -> Iterator[Portal]:
    """A college that writes in two languages."""
    yield from watched(request, portal_lab.app(engine_name, [], languages=["en", "fr"]))


@pytest.fixture
def coordinator(sign_in: SignIn, session: Session) -> FlaskClient:
    return letting_go(sign_in("coordinator"), session)


@pytest.mark.parametrize(
    ("answer", "kept", "french"), [("fr", "fr", True), ("en", "en", False), ("-", "", False)]
)
def test_letters_come_in_the_language_that_was_noted(
    app: Portal,
    coordinator: FlaskClient,
    session: Session,
    answer: str,
    kept: str,
    french: bool,
) -> None:
    run_id = coming_group(session).id
    session.commit()
    page = f"/manage/places/runs/{run_id}/new"
    assert "français" in coordinator.get(page).text

    made = send(coordinator, page, **NEW, language=answer)
    person_id = newest_person(session)
    assert session.scalar(sa.select(Person.language).where(Person.id == person_id)) == kept
    send(coordinator, made.location, **ON_THE_PHONE)

    session.rollback()
    with app.test_request_context():
        (letter,) = send_letters(session)
    assert any(day in letter.text for day in DAYS) is french


def test_a_language_the_college_has_not_is_refused(
    coordinator: FlaskClient, session: Session
) -> None:
    run_id = coming_group(session).id
    session.commit()

    refused = send(coordinator, f"/manage/places/runs/{run_id}/new", **NEW, language="xx")

    assert refused.status_code == 422
