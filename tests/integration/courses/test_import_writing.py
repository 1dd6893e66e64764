"""What an import writes: everything or nothing, once, and never over what a person has changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.audit.models import AuditEntry
from portal.courses import demo
from portal.courses.models import (
    CatalogueVersion,
    Course,
    CourseChange,
    CourseSession,
    CourseState,
    Mode,
    Run,
    RunState,
    Topic,
)
from portal.courses.services import prospectus
from portal.courses.services.prospectus import RefusedError, Report
from portal.plugin_api import SYSTEM
from portal.plugin_api.events import OutboxEvent
from tests.factories import courses as make
from tests.factories.prospectus import COLUMNS, row, write_csv


def _import(
    session: Session, path: Path, rows: Iterable[Sequence[str]], header: Sequence[str] = COLUMNS
) -> Report:
    write_csv(path, rows, header)
    return _apply(session, path)


def _apply(session: Session, path: Path) -> Report:
    with prospectus.check(session, path) as checked:
        report = prospectus.apply(session, SYSTEM, checked)
    session.commit()
    return report


def _count(session: Session, model: type) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def _everything(session: Session) -> dict[str, int]:
    tables = (Course, CourseChange, Run, CourseSession, Topic, AuditEntry, OutboxEvent)
    return {model.__tablename__: _count(session, model) for model in tables} | {
        "versions": session.scalar(sa.select(sa.func.sum(Course.version))) or 0,
        "catalogue": session.scalar(sa.select(sa.func.sum(CatalogueVersion.version))) or 0,
    }


def _course(session: Session, title: str) -> Course:
    session.expire_all()
    return session.scalars(sa.select(Course).where(Course.title == title)).one()


@pytest.fixture(autouse=True)
def _words(app: Portal) -> Iterator[None]:
    with app.app_context():  # dates are said in the reader's language
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "prospectus.csv"


def test_published_facts_are_imported_with_every_gap_said(session: Session) -> None:
    report = _apply(session, demo.FACTS)
    assert (report.rows, report.created, report.wrong, report.written) == (178, 178, 0, True)
    filled = {
        message: group.count
        for (_kind, field, message), group in report.groups.items()
        if field == "planned_sessions"
    }
    assert filled["not stated: 1 assumed"] == 144
    assert filled["15 hours in total: 6 sessions of 2 hours 30 minutes assumed"] == 1
    # 147 rows state no number of sessions: besides those, two say drop-in and one says 15 hours in all.
    assert filled["the title or the notes say drop-in: no number is kept"] == 2
    assert session.scalar(sa.select(sa.func.count()).where(Course.adjacent)) == 4
    assert _count(session, Topic) == 14
    assert _course(session, "Print and Stitch").source_name.startswith("Friends Centre")
    cbt = _course(session, "Understanding Depression (CBT)")
    assert (cbt.source_name, cbt.planned_sessions, cbt.planned_minutes, cbt.planned_mode) == (
        "Kingston / Merton NHS talking therapies",
        8,
        105,
        Mode.ONLINE,
    )
    assert cbt.filled == {
        "summary": "written from the facts",
        "description": "written from the facts",
    }


def test_second_import_changes_nothing_at_all(session: Session) -> None:
    _apply(session, demo.FACTS)
    before = _everything(session)
    report = _apply(session, demo.FACTS)
    assert (report.created, report.updated, report.unchanged, report.written) == (0, 0, 178, False)
    assert _everything(session) == before


def test_import_leaves_history_an_audit_entry_and_events(session: Session, path: Path) -> None:
    _import(session, path, [row("One"), row("Two")])
    written = _everything(session)
    assert written.pop("catalogue") > 0
    assert written == {
        "course": 2,
        "course_change": 2,
        "run": 0,
        "course_session": 0,
        "topic": 1,
        "audit_entry": 1,
        "event_outbox": 2,
        "versions": 2,
    }
    change = session.scalars(sa.select(CourseChange)).first()
    assert change is not None
    assert (change.action, change.why, change.actor_person_id) == (
        "imported",
        "Import of the prospectus “prospectus.csv”",
        None,
    )
    types = session.scalars(sa.select(OutboxEvent.type)).all()
    assert set(types) == {"courses:course_changed"}
    payloads = [event.payload for event in session.scalars(sa.select(OutboxEvent))]
    ids = session.scalars(sa.select(Course.id)).all()
    assert sorted(payload["course_id"] for payload in payloads) == sorted(ids)


def test_one_wrong_row_writes_nothing(session: Session, path: Path) -> None:
    rows = [row(f"Course {number}") for number in range(1200)]
    rows.append(row("Wrong", mode="telepathy"))
    write_csv(path, rows)
    with prospectus.check(session, path) as checked, pytest.raises(RefusedError) as refused:
        prospectus.apply(session, SYSTEM, checked)
    session.rollback()
    assert refused.value.report.wrong == 1
    assert _count(session, Course) == 0


def test_row_that_turns_out_wrong_while_writing_undoes_the_rows_before(
    session: Session, path: Path
) -> None:
    term = make.make_term(session)
    _import(session, path, [row("Resting")])
    _course(session, "Resting").state = CourseState.RESTING
    session.commit()
    header = (*COLUMNS, "start")
    good = [(*row(f"Course {number}"), "") for number in range(700)]
    write_csv(path, [*good, (*row("Resting"), "1 March 2027 10:00")], header)
    with prospectus.check(session, path) as checked, pytest.raises(RefusedError) as refused:
        prospectus.apply(session, SYSTEM, checked)
    session.rollback()
    [outcome] = refused.value.report.problems
    assert (outcome.row, outcome.notes[-1].field) == (702, "start")
    assert (_count(session, Course), _count(session, Run)) == (1, 0)
    assert term.id


def test_changed_row_updates_only_its_course(session: Session, path: Path) -> None:
    _import(session, path, [row("One"), row("Two", notes="old")])
    report = _import(session, path, [row("One"), row("Two", notes="new", sessions="8")])
    assert (report.created, report.updated, report.unchanged) == (0, 1, 1)
    two = _course(session, "Two")
    assert (two.version, two.source_note, two.planned_sessions) == (2, "new", 8)
    assert _course(session, "One").version == 1
    change = session.scalars(sa.select(CourseChange).order_by(CourseChange.id.desc())).first()
    assert change is not None
    assert change.changes["version"] == [1, 2]
    assert change.changes["planned_sessions"] == [6, 8]
    assert "title" not in change.changes
    assert (
        _import(session, path, [row("One"), row("Two", notes="new", sessions="8")]).unchanged == 2
    )


def test_what_a_person_changed_is_kept_and_said(session: Session, path: Path) -> None:
    _import(session, path, [row("One", notes="old")])
    course = _course(session, "One")
    course.summary, course.planned_sessions = "Our own words", 4
    session.commit()
    report = _import(session, path, [row("One", notes="new", sessions="8")])
    assert report.updated == 1
    assert [
        (note.field, note.message)
        for note in report.outcomes[0].notes
        if "kept" in note.message and "somebody" in note.message
    ] == [("planned_sessions", "somebody changed this here since the last import: kept")]
    course = _course(session, "One")
    assert (course.summary, course.planned_sessions, course.source_note) == (
        "Our own words",
        4,
        "new",
    )


def test_moved_to_another_category_follows_it(session: Session, path: Path) -> None:
    _import(session, path, [row("One")])
    _import(session, path, [row("One", category="Creative"), row("Two", category="CREATIVE")])
    creative = session.scalars(sa.select(Topic).where(Topic.name == "Creative")).one()
    assert _course(session, "One").topic_id == creative.id
    assert _course(session, "Two").topic_id == creative.id


def test_addresses_are_unique_whatever_the_titles(session: Session, path: Path) -> None:
    make.make_course(session, slug="sleep-well")
    session.commit()
    _import(
        session,
        path,
        [
            row(),
            row(college="Other College"),
            row(college="Other, College"),
            row("睡眠"),
            row("夢"),
        ],
    )
    slugs = session.scalars(
        sa.select(Course.slug).where(Course.import_key.is_not(None)).order_by(Course.id)
    ).all()
    assert slugs[:2] == ["sleep-well-harbour-recovery-college", "sleep-well-other-college"]
    assert slugs[2].startswith("sleep-well-")
    assert slugs[3:] == ["course", "course-harbour-recovery-college"]
    assert len(set(slugs)) == 5


def test_preview_says_what_apply_does_and_writes_nothing(session: Session, path: Path) -> None:
    _import(session, path, [row("One"), row("Two")])
    before = _everything(session)
    write_csv(path, [row("One"), row("Two", notes="new"), row("Three")])
    with prospectus.check(session, path) as checked:
        seen = prospectus.preview(session, checked)
        session.rollback()
        assert _everything(session) == before
        done = prospectus.apply(session, SYSTEM, checked)
    assert not seen.written
    assert [(one.row, one.action) for one in seen.outcomes] == [
        (one.row, one.action) for one in done.outcomes
    ]
    assert [one.action.value for one in seen.outcomes] == ["unchanged", "update", "create"]


def test_new_courses_begin_where_they_are_told(session: Session, path: Path) -> None:
    write_csv(path, [row("One")])
    with prospectus.check(session, path) as checked:
        prospectus.apply(session, SYSTEM, checked, state=CourseState.IDEA)
    assert _course(session, "One").state is CourseState.IDEA


DATED = (*COLUMNS, "start", "venue", "capacity")


def test_start_makes_a_run_of_weekly_sessions(session: Session, path: Path) -> None:
    make.make_term(session)  # 11 January to 23 April 2027
    venue = make.make_venue(session, name="Quay Room", capacity=16)
    session.commit()
    dated = (*row("Hope"), "1 March 2027 10:00", "quay  room", "12")
    report = _import(session, path, [dated], DATED)
    assert (report.created, report.runs_created) == (1, 1)
    assert any("bank holidays: 29 March 2027" in one.message for one in report.outcomes[0].notes)
    run = session.scalars(sa.select(Run)).one()
    assert (run.state, run.published_at, run.learning_cap, run.venue_id) == (
        RunState.PLANNED,
        None,
        12,
        venue.id,
    )
    sessions = session.scalars(sa.select(CourseSession).order_by(CourseSession.number)).all()
    assert [one.starts_at.strftime("%d.%m. %H:%MZ") for one in sessions] == [
        "01.03. 10:00Z",
        "08.03. 10:00Z",
        "15.03. 10:00Z",
        "22.03. 10:00Z",
        "05.04. 09:00Z",
        "12.04. 09:00Z",
    ]
    assert {one.local_time.strftime("%H:%M") for one in sessions} == {"10:00"}
    before = _everything(session)
    again = _import(session, path, [dated], DATED)
    assert (again.unchanged, again.runs_created, again.written) == (1, 0, False)
    assert _everything(session) == before


def test_two_starts_of_one_course_make_two_runs(session: Session, path: Path) -> None:
    make.make_term(session)
    session.commit()
    first = (*row("Hope"), "1 March 2027 10:00", "", "")
    second = (*row("Hope"), "2 March 2027 10:00", "", "")
    report = _import(session, path, [first, second], DATED)
    assert (_count(session, Course), _count(session, Run), report.runs_created) == (1, 2, 2)
    third = (*row("Hope"), "3 March 2027 10:00", "", "")
    report = _import(session, path, [first, second, third], DATED)
    assert [one.action.value for one in report.outcomes] == ["unchanged", "unchanged", "create"]


@pytest.mark.parametrize(
    ("start", "venue", "capacity", "field", "words"),
    [
        ("28 March 2027 01:30", "", "", "start", "does not exist on 28 March 2027"),
        ("29 March 2027 10:00", "", "", "start", "is a bank holiday"),
        ("1 August 2027 10:00", "", "", "start", "no term includes 1 August 2027"),
        ("1 March 2127 10:00", "", "", "start", "Check the year"),
        ("1 March 2027", "", "", "start", "has no time"),
        ("1 March 2027 10:00", "The Moon", "", "venue", "no venue called “The Moon”"),
        ("1 March 2027 10:00", "", "0", "capacity", "not a number of places"),
        ("1 March 2027 10:00", "Quay Room", "16", "capacity", "needs a chair too"),
    ],
)
def test_dates_that_cannot_be_are_named_by_row(
    session: Session, path: Path, start: str, venue: str, capacity: str, field: str, words: str
) -> None:
    make.make_term(session)
    make.make_venue(session, name="Quay Room", capacity=16)
    write_csv(path, [(*row("Hope"), start, venue, capacity)], DATED)
    with prospectus.check(session, path) as checked:
        report = prospectus.preview(session, checked)
    [outcome] = report.problems
    assert (outcome.row, outcome.notes[0].field) == (2, field)
    assert words in outcome.notes[0].message


def test_weekly_session_in_the_hour_that_does_not_exist_is_named(
    session: Session, path: Path
) -> None:
    make.make_term(session)
    write_csv(path, [(*row("Night"), "21 March 2027 01:30", "", "")], DATED)
    with prospectus.check(session, path) as checked:
        [outcome] = prospectus.preview(session, checked).problems
    assert "01:30 does not exist on 28 March 2027" in outcome.notes[0].message


def test_same_start_twice_and_other_facts_are_named(session: Session, path: Path) -> None:
    make.make_term(session)
    rows = [
        (*row("Hope"), "1 March 2027 10:00", "", ""),
        (*row("Hope"), "Mon 1 March 2027 10am", "", ""),
        (*row("Hope", sessions="8"), "2 March 2027 10:00", "", ""),
    ]
    write_csv(path, rows, DATED)
    with prospectus.check(session, path) as checked:
        problems = prospectus.preview(session, checked).problems
    assert [(one.row, one.notes[0].message[:24]) for one in problems] == [
        (3, "the same course as row 2"),
        (4, "the same course as row 2"),
    ]
    assert "not the same facts" in problems[1].notes[0].message


def test_room_that_is_taken_is_said(session: Session, path: Path) -> None:
    make.make_term(session)
    venue = make.make_venue(session, name="Quay Room")
    make.make_run(session, sessions=1, venue_id=venue.id, reference="spring-1")
    write_csv(path, [(*row("Hope"), "1 March 2027 11:00", "Quay Room", "")], DATED)
    with prospectus.check(session, path) as checked:
        report = prospectus.preview(session, checked)
    assert report.ok
    assert any("spring-1" in note.message for note in report.outcomes[0].notes)
