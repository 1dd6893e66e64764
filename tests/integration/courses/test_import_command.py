"""`portal import prospectus`: what it prints, its exit status, its bar, and its report file."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses import demo
from portal.courses.cli import import_group
from portal.courses.models import Course, CourseState
from tests.factories import courses as make
from tests.factories.prospectus import COLUMNS, generated, row, write_csv

Run = Callable[..., Result]


@pytest.fixture
def run(app: Portal) -> Run:
    def invoke(*arguments: object) -> Result:
        with app.app_context():
            return CliRunner().invoke(import_group, ["prospectus", *map(str, arguments)])

    return invoke


def _count(session: Session) -> int:
    count = session.scalar(sa.select(sa.func.count()).select_from(Course)) or 0
    session.rollback()  # a writing session would keep the command out
    return count


def test_preview_is_the_default_and_writes_nothing(session: Session, run: Run) -> None:
    result = run(demo.FACTS)
    assert result.exit_code == 0, result.output
    assert "178 rows, 178 to create, 0 to update, 0 unchanged, 0 wrong" in result.output
    assert "row     2  create     Behavioural Activation Workshop" in result.output
    assert "Number of sessions: not stated: 1 assumed (144 rows: 2, 3, 4" in result.output
    assert "Add --apply to write it." in result.output
    assert _count(session) == 0


def test_apply_writes_and_a_second_time_has_nothing_to_change(session: Session, run: Run) -> None:
    first = run(demo.FACTS, "--apply")
    assert (first.exit_code, first.output.splitlines()[-1]) == (0, "Written."), first.output
    assert _count(session) == 178
    second = run(demo.FACTS, "--apply")
    assert (second.exit_code, second.output.splitlines()[-1]) == (0, "Nothing to change.")
    assert "178 unchanged" in second.output


def test_wrong_rows_end_with_status_1_and_write_nothing(
    session: Session, run: Run, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "p.csv", [row("Good"), row("Bad", mode="telepathy")])
    result = run(path, "--apply")
    assert result.exit_code == 1
    assert "row     3  wrong      Bad" in result.output
    assert "telepathy" in result.output
    assert "Nothing was written." in result.output
    assert _count(session) == 0


def test_row_that_clashes_while_writing_ends_with_status_1(
    session: Session, run: Run, tmp_path: Path
) -> None:
    make.make_term(session)
    session.commit()
    path = tmp_path / "p.csv"
    run(write_csv(path, [row("Hope")]), "--apply")
    session.execute(sa.update(Course).values(state=CourseState.RESTING))
    session.commit()
    write_csv(path, [(*row("Hope"), "1 March 2027 10:00")], (*COLUMNS, "start"))
    result = run(path, "--apply")
    assert result.exit_code == 1
    assert "cannot have dates" in result.output


def test_file_that_cannot_be_read_ends_with_status_3(run: Run, tmp_path: Path) -> None:
    result = run(tmp_path)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "is a folder" in result.stderr
    missing = run(tmp_path / "gone.csv", "--json")
    assert missing.exit_code == 3
    assert "no file called" in json.loads(missing.stdout)["fault"]


def test_wrong_mapping_ends_with_status_2(run: Run) -> None:
    result = run(demo.FACTS, "--map", "nonsense")
    assert result.exit_code == 2
    assert "HEADING=FIELD" in result.output


def test_mapping_and_left_out_columns(session: Session, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("Course\nSleep\n")
    names = [name for name in COLUMNS if name != "title"]
    without = [part for name in names for part in ("--without", name)]
    result = run(path, "--map", "course=title", *without, "--state", "idea", "--apply")
    assert result.exit_code == 0, result.output
    session.rollback()
    course = session.scalars(sa.select(Course)).one()
    assert (course.title, course.state) == ("Sleep", CourseState.IDEA)


def test_json_has_each_row_with_what_was_filled(run: Run) -> None:
    found = json.loads(run(demo.FACTS, "--json").stdout)
    assert (found["rows"], found["created"], found["written"]) == (178, 178, False)
    assert len(found["outcomes"]) == 178
    assert found["outcomes"][0]["action"] == "create"
    assert {note["field"] for note in found["outcomes"][0]["notes"]} == {
        "planned_sessions",
        "planned_minutes",
        "summary",
        "description",
    }


def test_report_file_lists_every_row_and_is_safe_to_open(run: Run, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "p.csv", [*generated(1500), row("@SUM(A1)")])
    report = tmp_path / "report.csv"
    result = run(path, "--apply", "--report", report)
    assert "--report FILE" not in result.output.split("Written.")[0].split("by row")[0]
    with report.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert {int(line["row"]) for line in lines} == set(range(2, 1503))
    assert lines[-1]["title"] == "'@SUM(A1)"


def test_long_file_shows_some_rows_and_a_bar_when_asked(run: Run, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "p.csv", generated(1500))
    result = run(path, "--apply", "--progress")
    assert result.exit_code == 0
    assert "Checking" in result.stderr
    assert "Writing" in result.stderr
    assert "100%" in result.stderr
    quiet = run(path)
    assert quiet.stderr == ""


def test_preview_of_changed_rows_needs_no_right_to_write(
    session: Session, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "p.csv"
    run(write_csv(path, [row("One"), row("Two")]), "--apply")
    result = run(write_csv(path, [row("One", notes="new"), row("Two"), row("Three")]))
    assert result.exit_code == 0, result.output
    assert "3 rows, 1 to create, 1 to update, 1 unchanged, 0 wrong" in result.output
