"""The staff pages of venues and terms."""

from __future__ import annotations

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.courses.models import Term, Venue
from tests.factories import courses as make
from tests.integration.courses.managing import send_form


def test_venue_is_made_changed_and_removed(session: Session, coordinator: FlaskClient) -> None:
    made = send_form(
        coordinator, "/manage/venues/new", name="The Boathouse", capacity="20", access=["step_free"]
    )
    assert made.status_code == 303
    venue = session.scalars(sa.select(Venue)).one()
    assert (venue.slug, venue.step_free, venue.quiet_room) == ("the-boathouse", True, False)
    address = f"/manage/venues/{venue.id}"
    assert send_form(coordinator, address, name="", capacity="20").status_code == 422
    assert (
        send_form(
            coordinator, address, name="The Boathouse", capacity="18", access=["quiet_room"]
        ).status_code
        == 303
    )
    history = coordinator.get(f"/manage/history/venue/{venue.id}").text
    assert "from 20 to 18" in history
    assert send_form(coordinator, f"{address}/remove").status_code == 303
    assert session.scalar(sa.select(sa.func.count(Venue.id))) == 0


def test_venue_in_use_stays(session: Session, coordinator: FlaskClient) -> None:
    run = make.make_run(session)
    session.commit()
    response = send_form(coordinator, f"/manage/venues/{run.venue_id}/remove")
    assert response.status_code == 422
    assert "the venue stays" in response.text


def test_term_is_made_changed_and_removed(session: Session, coordinator: FlaskClient) -> None:
    dates = {"starts_on": ["11", "1", "2027"], "ends_on": ["23", "4", "2027"]}
    assert (
        send_form(coordinator, "/manage/terms/new", name="Spring 2027", **dates).status_code == 303
    )
    term = session.scalars(sa.select(Term)).one()
    address = f"/manage/terms/{term.id}"
    backwards = {**dates, "ends_on": ["10", "1", "2027"]}
    refused = send_form(coordinator, address, name="Spring 2027", **backwards)
    assert refused.status_code == 422
    assert 'href="#ends_on-day"' in refused.text
    assert send_form(coordinator, address, name="Spring", **dates).status_code == 303
    assert "from Spring 2027 to Spring" in coordinator.get(f"/manage/history/term/{term.id}").text
    assert send_form(coordinator, f"{address}/remove").status_code == 303
