"""What courses put on the desk."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.courses.models import Mode
from tests.factories.courses import make_coming_run, make_course, make_venue


def test_desk_shows_sessions_of_the_next_weeks_without_a_pair(
    session: Session, sign_in: Callable[..., FlaskClient]
) -> None:
    for title, days in (("Sleep well", 7), ("Much later", 60)):
        course = make_course(session, title=title, slug=title.replace(" ", "-").lower())
        make_coming_run(session, days, course_id=course.id)
    session.commit()
    page = sign_in("coordinator").get("/desk/").text
    assert "Sleep well, session 1" in page
    assert "Find somebody to lead it" in page
    assert "Much later" not in page


def test_desk_shows_sessions_of_the_next_weeks_without_a_room(
    session: Session, sign_in: Callable[..., FlaskClient]
) -> None:
    for title, values in (
        ("Nowhere yet", {"venue_id": None}),
        ("At home", {"venue_id": None, "mode": Mode.ONLINE}),
        ("In its room", {"venue_id": make_venue(session).id}),
    ):
        course = make_course(session, title=title, slug=title.replace(" ", "-").lower())
        make_coming_run(session, 7, course_id=course.id, **values)
    session.commit()
    page = sign_in("coordinator").get("/desk/").text
    lines = [line for line in page.split("<li>") if "Find a room for it" in line]
    assert len(lines) == 1
    assert "Nowhere yet, session 1" in lines[0]
