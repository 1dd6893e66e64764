"""Writing, changing and copying courses: history, versions, and two people at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.audit.models import AuditPayload
from portal.courses.models import CatalogueVersion, ChangeKind, Course, CourseChange, CourseState
from portal.courses.services import courses
from portal.courses.services.courses import CourseText
from portal.courses.services.errors import Clash, InvalidError, StaleEditError
from portal.plugin_api import Actor
from portal.plugin_api.events import OutboxEvent
from tests.factories import courses as make
from tests.factories.accounts import make_person


@pytest.fixture
def actor(session: Session) -> Actor:
    return Actor(person_id=make_person(session, "Noor Haddad").id, name="Noor Haddad")


def _text(session: Session, **values: Any) -> CourseText:
    return CourseText(
        **{"title": "Sleeping better", "topic_id": make.make_topic(session).id, **values}
    )


def _history(session: Session) -> list[CourseChange]:
    return list(session.scalars(sa.select(CourseChange).order_by(CourseChange.id)))


def _catalogue(session: Session) -> int:
    return session.scalar(sa.select(sa.func.sum(CatalogueVersion.version))) or 0


def test_new_course_is_an_idea_with_an_address_history_and_event(
    session: Session, actor: Actor
) -> None:
    course = courses.create_course(session, actor, _text(session, summary=" Rest. "))
    assert (course.state, course.slug, course.summary) == (
        CourseState.IDEA,
        "sleeping-better",
        "Rest.",
    )
    (row,) = _history(session)
    assert (row.action, row.actor_person_id, row.course_id) == (
        "created",
        actor.person_id,
        course.id,
    )
    kinds = set(session.scalars(sa.select(OutboxEvent.type)))
    assert "courses:course_changed" in kinds
    assert _catalogue(session) > 0


def test_second_course_of_one_title_has_an_address_of_its_own(
    session: Session, actor: Actor
) -> None:
    made = [courses.create_course(session, actor, _text(session)) for _ in range(3)]
    assert [course.slug for course in made] == [
        "sleeping-better",
        "sleeping-better-2",
        "sleeping-better-3",
    ]


def test_title_without_latin_letters_has_an_address(session: Session, actor: Actor) -> None:
    assert courses.create_course(session, actor, _text(session, title="نوم")).slug == "course"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "  "),
        ("title", "x" * 201),
        ("planned_sessions", 0),
        ("planned_sessions", 61),
        ("planned_minutes", 721),
        ("topic_id", 999_999),
        ("source_url", "javascript:alert(1)"),
        ("source_url", "https://"),
        ("source_url", "http://[broken"),
        ("source_name", "x" * 201),
    ],
)
def test_value_that_cannot_stand_is_refused_at_its_field(
    session: Session, actor: Actor, field: str, value: Any
) -> None:
    with pytest.raises(InvalidError) as caught:
        courses.create_course(session, actor, _text(session, **{field: value}))
    assert set(caught.value.errors) == {field}
    assert session.scalar(sa.select(sa.func.count(Course.id))) == 0


def test_edit_says_who_why_and_what(session: Session, actor: Actor) -> None:
    course = courses.create_course(session, actor, _text(session))
    before = _catalogue(session)
    text = replace(CourseText.of(course), title="Sleeping well", for_supporters=True)
    courses.edit_course(session, actor, course.id, text, version=1, why="Said it better")
    row = _history(session)[-1]
    assert (row.subject_kind, row.action, row.why) == (
        ChangeKind.COURSE,
        "edited",
        "Said it better",
    )
    assert row.changes == {
        "title": ["Sleeping better", "Sleeping well"],
        "for_supporters": [False, True],
        "version": [1, 2],
    }
    assert course.slug == "sleeping-better"
    assert _catalogue(session) > before


def test_audit_names_the_fields_and_never_their_content(session: Session, actor: Actor) -> None:
    course = courses.create_course(session, actor, _text(session))
    text = replace(CourseText.of(course), summary="Private words")
    courses.edit_course(session, actor, course.id, text, version=1, why="Clearer")
    session.flush()
    stored = " ".join(str(payload.details) for payload in session.scalars(sa.select(AuditPayload)))
    assert "summary" in stored
    assert "Private words" not in stored


def test_saving_what_is_there_changes_nothing(session: Session, actor: Actor) -> None:
    course = courses.create_course(session, actor, _text(session))
    courses.edit_course(session, actor, course.id, CourseText.of(course), version=1, why="")
    assert course.version == 1
    assert len(_history(session)) == 1


def test_edit_without_a_reason_is_refused(session: Session, actor: Actor) -> None:
    course = courses.create_course(session, actor, _text(session))
    text = replace(CourseText.of(course), title="Other")
    with pytest.raises(InvalidError) as caught:
        courses.edit_course(session, actor, course.id, text, version=1, why=" ")
    assert set(caught.value.errors) == {"why"}
    assert course.title == "Sleeping better"


def test_stale_edit_keeps_both_texts(session: Session, actor: Actor) -> None:
    course = courses.create_course(session, actor, _text(session, summary="First"))
    seen = CourseText.of(course)
    theirs = replace(seen, title="Their title", summary="Their summary")
    courses.edit_course(session, actor, course.id, theirs, version=1, why="Theirs")

    mine = replace(seen, summary="My summary", what_to_bring="A pen")
    with pytest.raises(StaleEditError) as caught:
        courses.edit_course(session, actor, course.id, mine, version=1, why="Mine")
    assert caught.value.version == 2
    assert caught.value.merged["title"] == "Their title"
    assert caught.value.merged["summary"] == "My summary"
    assert caught.value.merged["what_to_bring"] == "A pen"
    assert caught.value.clashes == (Clash("summary", "Their summary", "My summary"),)
    assert course.summary == "Their summary"


def test_stale_edit_looks_back_over_several_versions(session: Session, actor: Actor) -> None:
    course = courses.create_course(session, actor, _text(session))
    seen = CourseText.of(course)
    for title in ("Second", "Third"):
        text = replace(CourseText.of(course), title=title)
        courses.edit_course(session, actor, course.id, text, version=course.version, why="Again")
    mine = replace(seen, summary="Mine")
    with pytest.raises(StaleEditError) as caught:
        courses.edit_course(session, actor, course.id, mine, version=1, why="Mine")
    assert (caught.value.merged["title"], caught.value.clashes) == ("Third", ())


def test_two_people_who_write_the_same_do_not_clash(session: Session, actor: Actor) -> None:
    course = courses.create_course(session, actor, _text(session))
    text = replace(CourseText.of(course), title="Agreed")
    courses.edit_course(session, actor, course.id, text, version=1, why="One")
    with pytest.raises(StaleEditError) as caught:
        courses.edit_course(session, actor, course.id, text, version=1, why="Two")
    assert caught.value.clashes == ()


def test_copy_takes_the_words_and_starts_as_an_idea(session: Session, actor: Actor) -> None:
    original = make.make_course(session, description="Long words", state=CourseState.LIVE)
    copy = courses.copy_course(session, actor, original.id, title="Another")
    assert (copy.description, copy.state, copy.version) == ("Long words", CourseState.IDEA, 1)
    assert copy.import_key is None
    assert _history(session)[-1].changes == {"copied_from": [None, original.title]}
