"""A course's own page: from the idea to what those who came said, and to the next version."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy.orm import Session

from plugins.proposals.models import Credit, Proposal
from plugins.proposals.services import going_on, own_part
from plugins.proposals.states import Stage
from plugins.proposals.tests.making import College, actor
from portal.courses.api import courses_by_ids
from portal.plugin_api import ThreadEntry, now
from tests.plugins import make_plugin

HEARD = "Eleven of twelve would come again"
ASKED: list[tuple[int, int | None]] = []


def heard(session: Session, course_id: int, actor: Any) -> Iterator[ThreadEntry]:
    """What a plugin that asks those who came would tell."""
    ASKED.append((course_id, actor.person_id))
    yield ThreadEntry(now() - timedelta(minutes=30), "heard", HEARD, "/surveys/one")


@pytest.fixture(scope="session")
def portal_plugins() -> list[tuple[str, Any]]:
    return [("proposals", None), make_plugin("listening", course_thread=heard)]


@pytest.fixture
def engine_name() -> str:
    """What a page tells does not depend on the database."""
    return "sqlite"


def told(page: str) -> list[str]:
    """The story's lines as somebody reads them, without their dates."""
    story = page.partition('class="rc-thread"')[2].partition("</ol>")[0]
    lines = re.findall(r"<br>(.*?)</li>", story)
    return [re.sub(r"<[^>]+>", "", line) for line in lines]


def url_of(session: Session, row: Proposal) -> str:
    found = courses_by_ids(session, [row.course_id or 0])[row.course_id or 0].url
    session.commit()
    return found


def test_idea_decision_feedback_and_next_version_stand_on_one_page(
    college: College, session: Session, client: Any
) -> None:
    maker, start = college.person("Ash"), now()
    with time_machine.travel(start - timedelta(hours=2), tick=False):
        row = college.decided(people=(maker, college.person("Bo")))
    with time_machine.travel(start - timedelta(hours=1), tick=False):
        for stage in (Stage.DELIVERY, Stage.EVALUATION):
            going_on.advance(session, actor(maker), row.id, stage)
    for stage in (Stage.IMPROVEMENT, Stage.DRAFTING):
        going_on.advance(session, actor(maker), row.id, stage)
    page = client.get(url_of(session, row)).text

    assert told(page) == [
        "Somebody had the idea",
        "People began to write it together",
        "Everybody could say what they think",
        "Made by: Ash, Bo",
        "It was decided to make it a course",
        "Those who came were asked how it was",
        HEARD,
        "It is being improved with what they said",
        "People began to write it together",
    ]
    assert 'href="/surveys/one"' in page
    assert f"/proposals/{row.ref}" not in page, "the next version is being drafted"
    assert ASKED[-1] == (row.course_id, None)


@pytest.mark.parametrize(
    ("chosen", "line"),
    [
        ((Credit.NAME, Credit.NAME), "Made by: Ash, Bo"),
        ((Credit.NAME, Credit.NONE), "Made by: Ash, and 1 person more"),
        ((Credit.NONE, Credit.PSEUDONYM), "Made by: Moon, and 1 person more"),
        ((Credit.NONE, Credit.NONE), "2 people made it together"),
    ],
)
def test_names_stand_on_the_course_as_each_chose(
    college: College,
    session: Session,
    client: Any,
    chosen: Sequence[Credit],
    line: str,
) -> None:
    people = college.person("Ash"), college.person("Bo")
    row = college.decided(people=people)
    for person, credit in zip(people, chosen, strict=True):
        own_part.change_credit(session, actor(person), row.id, credit, "Moon", news=False)
    page = client.get(url_of(session, row)).text

    assert line in told(page)
    assert f'href="/proposals/{row.ref}"' in page
