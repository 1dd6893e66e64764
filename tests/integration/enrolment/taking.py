"""What tests of the pages of places share: a client that can be used beside the test's own session."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import Person
from portal.courses.models import Run
from portal.enrolment.models import Enrolment, EnrolmentState
from tests.factories.enrolment import fill, make_group

KEY = re.compile(r'name="form_key"[^>]*value="([0-9a-f]{32})"')
SignIn = Callable[..., FlaskClient]


def coming_group(session: Session, cap: int = 3, **values: Any) -> Run:
    """An open run that begins five weeks from today, when pages look at the clock."""
    return make_group(session, cap, first=clock.now().date() + timedelta(weeks=5), **values)


def fill_now(session: Session, run_id: int, many: int) -> list[int]:
    """That many new students with a place; their enrolments."""
    return fill(session, run_id, many, at=clock.now())


def letting_go(client: FlaskClient, session: Session) -> FlaskClient:
    """On SQLite one writer holds the database, so the test lets go of it before each request."""
    opened = client.open

    def open_after(*arguments: Any, **keywords: Any) -> Any:
        session.rollback()
        return opened(*arguments, **keywords)

    client.open = open_after  # type: ignore[method-assign]
    return client


def newest_person(session: Session) -> int:
    """The id of whoever was made last: the one who has just been signed in."""
    session.rollback()
    return session.scalars(sa.select(Person.id).order_by(Person.id.desc()).limit(1)).one()


def send(client: FlaskClient, address: str, **answers: Any) -> Any:
    """Open the page and send its form, with its key and whatever else it hides."""
    page = client.get(address)
    assert page.status_code == 200, (address, page.status_code)
    hidden = dict(
        re.findall(r'<input[^>]*name="(form_key|wish|turn)"[^>]*value="([^"]*)"', page.text)
    )
    return client.post(address, data={**hidden, **answers})


def answer_everything(client: FlaskClient, run_id: int, **answers: Any) -> None:
    """Go through the questions of a run that is held in one way only."""
    steps = f"/places/runs/{run_id}"
    assert (
        client.post(f"{steps}/needs", data={"needs": answers.get("needs", "")}).status_code == 303
    )
    company = {"company": "alone", **answers.get("company", {})}
    assert client.post(f"{steps}/company", data=company).status_code == 303


def places_of(session: Session, person_id: int) -> list[Enrolment]:
    """The places that somebody has now."""
    session.rollback()
    return list(
        session.scalars(
            sa.select(Enrolment).where(
                Enrolment.person_id == person_id, Enrolment.state == EnrolmentState.ENROLLED
            )
        )
    )
