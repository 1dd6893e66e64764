"""What courses put on the desk."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories.courses import make_coming_run, make_course


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
