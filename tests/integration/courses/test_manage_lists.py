"""The staff lists: narrowed, page by page, at the price of a fixed number of queries."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.courses.models import Course, CourseChange, CourseState
from tests.factories import courses as make
from tests.integration.courses.managing import counting


def test_list_is_narrowed_by_words_state_term_and_risk(
    session: Session, coordinator: FlaskClient
) -> None:
    run = make.make_run(session, sessions=1)
    session.get_one(Course, run.course_id).title = "Walking together"
    make.make_course(session, title="Sleeping better", state=CourseState.IDEA)
    session.commit()

    def shown(query: str) -> set[str]:
        page = coordinator.get(f"/manage/?{query}").text
        return {title for title in ("Walking together", "Sleeping better") if title in page}

    assert shown("") == {"Walking together", "Sleeping better"}
    assert shown("q=sleep") == {"Sleeping better"}
    assert shown("q=%25") == set()
    assert shown("state=idea") == {"Sleeping better"}
    assert shown(f"term={run.term_id}") == {"Walking together"}
    assert shown("at_risk=1") == {"Walking together"}
    assert shown("state=nonsense&term=x&id=-1&after=%00") == {"Walking together", "Sleeping better"}


def test_list_goes_on_where_a_page_ends(session: Session, coordinator: FlaskClient) -> None:
    topic = make.make_topic(session)
    for number in range(23):
        make.make_course(session, title="Same title", slug=f"c{number}", topic_id=topic.id)
    session.commit()
    first = coordinator.get("/manage/").text
    following = re.search(r'href="(/manage/\?[^"]*after=[^"]*)"', first)
    assert following
    second = coordinator.get(following[1].replace("&amp;", "&")).text
    links = re.compile(r"/manage/courses/(\d+)\"")
    assert len(set(links.findall(first))) == 20
    assert len(set(links.findall(second))) == 3
    assert not set(links.findall(first)) & set(links.findall(second))


@pytest.mark.parametrize("address", ["/manage/", "/manage/venues", "/manage/terms"])
def test_lists_ask_the_same_number_of_queries_for_one_row_and_three(
    app: Any, session: Session, coordinator: FlaskClient, address: str
) -> None:
    counts = []
    coordinator.get(address)  # the first request of a session also notes that it was seen
    for rows in (1, 2):
        for _ in range(rows):
            make.make_run(session, sessions=2)
        session.commit()
        with counting(app) as statements:
            assert coordinator.get(address).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_run_and_history_ask_the_same_number_of_queries_for_one_row_and_three(
    app: Any, session: Session, coordinator: FlaskClient
) -> None:
    run = make.make_run(session, sessions=1)
    session.commit()
    counts = []
    coordinator.get(f"/manage/runs/{run.id}")
    for number in (2, 4):
        make.make_session(session, run_id=run.id, number=number)
        make.make_session(session, run_id=run.id, number=number + 1)
        session.add(
            CourseChange(
                subject_kind="session",
                subject_id=1,
                course_id=run.course_id,
                action="edited",
                at=run.created_at,
                actor_person_id=coordinator.person_id,  # type: ignore[attr-defined]
                changes={"venue_id": [None, run.venue_id]},
            )
        )
        session.commit()
        with counting(app) as statements:
            assert coordinator.get(f"/manage/runs/{run.id}").status_code == 200
            assert coordinator.get(f"/manage/courses/{run.course_id}").status_code == 200
            assert coordinator.get(f"/manage/history/course/{run.course_id}").status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1]
