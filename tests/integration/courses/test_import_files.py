"""Files of every make: what is read, what is refused, and in which words. Nothing is written here."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.services import prospectus
from portal.courses.services.prospectus import FileFault, Options, Report, reading, workbook
from tests.factories.prospectus import COLUMNS, row, write_csv, write_xlsx

HEADER = ",".join(COLUMNS)
GOOD = ",".join(row())


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # reading a file asks the database only for terms and venues


@pytest.fixture(autouse=True)
def _words(app: Portal) -> Iterator[None]:
    with app.app_context():  # dates are said in the reader's language
        yield


def _report(session: Session, path: Path, **options: object) -> Report:
    with prospectus.check(session, path, Options(**options)) as checked:  # type: ignore[arg-type]
        return prospectus.preview(session, checked)


def _problems(report: Report) -> list[tuple[int, str, str]]:
    return [
        (outcome.row, note.field, note.message)
        for outcome in report.problems
        for note in outcome.notes
    ]


def _text(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "prospectus.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_good_file_has_nothing_wrong(session: Session, tmp_path: Path) -> None:
    report = _report(session, _text(tmp_path, f"{HEADER}\r\n{GOOD}\r\n\r\n"))
    assert (report.rows, report.created, report.wrong) == (1, 1, 0)
    assert report.form == "CSV, UTF-8"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n", "empty"),
        (b"%PDF-1.7 \x00", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel"),
        (b"\x00\x01\x02\x03", "not text"),
        ("titles".encode("utf-16-le"), "not text"),
        (b"\xff\xfe\x00\x00a\x00\x00\x00", "UTF-32"),
        (b"Dear all, here is our prospectus.\nBest wishes\n", "does not look like a prospectus"),
        (HEADER.encode() + b"\n" + GOOD.encode() + b"\x81", "neither UTF-8 nor Windows-1252"),
        (HEADER.encode() + b"\n", "headings and no rows"),
        (b'title,"college\nx,y\n', "headings cannot be read"),
    ],
)
def test_file_that_is_no_prospectus_is_refused(
    session: Session, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "prospectus.csv"
    path.write_bytes(content)
    with pytest.raises(FileFault, match=words):
        _report(session, path)


def test_folder_missing_file_and_pipe_are_refused(session: Session, tmp_path: Path) -> None:
    with pytest.raises(FileFault, match="is a folder"):
        _report(session, tmp_path)
    with pytest.raises(FileFault, match="no file called"):
        _report(session, tmp_path / "gone.csv")
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with pytest.raises(FileFault, match="not an ordinary file"):
        _report(session, pipe)


def test_file_that_vanishes_after_it_was_opened_is_read_to_its_end(
    session: Session, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "prospectus.csv", [row(f"Course {n}") for n in range(3)])
    with prospectus.check(session, path) as checked:
        path.unlink()
        assert prospectus.preview(session, checked).created == 3


def test_file_beyond_the_limit_is_refused(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LARGEST_FILE", 100)
    with pytest.raises(FileFault, match="larger than"):
        _report(session, _text(tmp_path, f"{HEADER}\n{GOOD}\n"))


def test_latin_1_is_read_as_windows_1252_and_each_such_row_is_named(
    session: Session, tmp_path: Path
) -> None:
    rows = [row("Café talk"), row("Plain")]
    text = "\n".join([HEADER, *(",".join(one) for one in rows)])
    report = _report(session, _text(tmp_path, text, "latin-1"))
    assert report.form == "CSV, Windows-1252"
    assert "not UTF-8" in report.remarks[0]
    assert report.ok
    remarks = {one.row: [note.message for note in one.notes] for one in report.outcomes}
    assert "read as Windows-1252: “Café talk”" in remarks[2]
    assert not any("1252" in message for message in remarks[3])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_text_with_a_byte_order_mark_is_read(
    session: Session, tmp_path: Path, encoding: str
) -> None:
    report = _report(session, _text(tmp_path, f"{HEADER}\n{','.join(row('Café'))}\n", encoding))
    assert (report.created, report.outcomes[0].title) == (1, "Café")


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_are_found(session: Session, tmp_path: Path, delimiter: str) -> None:
    text = f"{delimiter.join(COLUMNS)}\n{delimiter.join(row())}\n"
    assert _report(session, _text(tmp_path, text)).created == 1


def test_missing_columns_are_named(session: Session, tmp_path: Path) -> None:
    path = _text(tmp_path, "title,college\nSleep,Harbour\n")
    with pytest.raises(
        FileFault, match="category, sessions, hours_per_session, mode, notes, source"
    ):
        _report(session, path)


def test_doubled_columns_are_named(session: Session, tmp_path: Path) -> None:
    with pytest.raises(FileFault, match="More than one column is called: title"):
        _report(session, _text(tmp_path, f"{HEADER},Title\n{GOOD},x\n"))


def test_columns_can_be_mapped_and_left_out(session: Session, tmp_path: Path) -> None:
    path = _text(tmp_path, "Name of course,Hours-per Session,extra\nSleep,2,x\n")
    without = [name for name in COLUMNS if name not in {"title", "hours_per_session"}]
    report = _report(session, path, mapping={"name of COURSE": "title"}, without=without)
    assert (report.created, report.outcomes[0].title) == (1, "Sleep")
    assert any("not read: extra" in remark for remark in report.remarks)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mapping": {"title": "titel"}}, "no field called titel"),
        ({"mapping": {"Kurs": "title"}}, "no column headed Kurs"),
        ({"without": ["title"]}, "needs a title"),
        ({"mapping": {"notes": "title"}}, "More than one column"),
    ],
)
def test_mapping_that_makes_no_sense_is_refused(
    session: Session, tmp_path: Path, options: dict[str, object], words: str
) -> None:
    with pytest.raises(FileFault, match=words):
        _report(session, _text(tmp_path, f"{HEADER}\n{GOOD}\n"), **options)


def test_every_wrong_row_is_named_with_its_fields(session: Session, tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "prospectus.csv",
        [
            row("Good"),
            row(""),
            row("Bad numbers", sessions="lots", hours_per_session="0", mode="telepathy"),
            row("Bad link", source="javascript:alert(1)"),
            row("=cmd|' /C calc'!A0"),
            row("NUL\x00"),
            row("Bell\x07"),
            row("x" * 201),
        ],
    )
    report = _report(session, path)
    assert (report.rows, report.created, report.wrong) == (8, 1, 7)
    problems = _problems(report)
    assert [(row_number, field) for row_number, field, _message in problems] == [
        (3, "title"),
        (4, "sessions"),
        (4, "hours_per_session"),
        (4, "mode"),
        (5, "source"),
        (6, "title"),
        (7, "title"),
        (8, "title"),
        (9, "title"),
    ]
    messages = [message for _row, _field, message in problems]
    assert "formula" in messages[5]
    assert "NUL" in messages[6]
    assert messages[8] == "201 characters long; the most is 200"


def test_leading_signs_are_text_with_a_remark(session: Session, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "prospectus.csv", [row("@ the library"), row("+44 ways"), row("-")])
    report = _report(session, path)
    assert report.ok
    remarks = [[note.message for note in one.notes] for one in report.outcomes]
    assert "begins like a formula; taken as text" in remarks[0]
    assert "begins like a formula; taken as text" in remarks[1]


def test_ragged_rows_are_named(session: Session, tmp_path: Path) -> None:
    path = _text(tmp_path, f"{HEADER}\n{GOOD},more\nonly,two\n")
    report = _report(session, path)
    assert [(number, message[:11]) for number, _field, message in _problems(report)] == [
        (2, "has 9 cells"),
        (3, "has 2 cells"),
    ]


def test_same_course_twice_is_named_with_its_first_row(session: Session, tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "prospectus.csv",
        [row("Sleep"), row("Other"), row("  SLEEP ", sessions="8"), row("Sleep", college="Else")],
    )
    assert _problems(_report(session, path)) == [
        (4, "", "the same course as row 2. Leave one of them.")
    ]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ('"' + "x" * 10_000_000 + '"', "far too long"),
        ('"never closed', "opened here and never closed"),
        ('"closed" early', "text after a closing quotation mark"),
    ],
)
def test_cell_that_breaks_the_reading_is_named_by_its_row(
    session: Session, tmp_path: Path, cell: str, words: str
) -> None:
    path = _text(tmp_path, f"{HEADER}\n{GOOD}\n{GOOD.replace('Sleep well', cell)}\n")
    report = _report(session, path)
    [(number, _field, message)] = _problems(report)
    assert number == 3
    assert words in message
    assert "Reading stopped here." in message


def test_bytes_that_are_no_text_stop_at_their_row(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "prospectus.csv"
    path.write_bytes(f"{HEADER}\n{GOOD}\n".encode("utf-16") + b"\x00")
    [(number, _field, message)] = _problems(_report(session, path))
    assert (number, message[:17]) == (3, "There are bytes h")


def test_too_many_categories_point_at_the_wrong_column(session: Session, tmp_path: Path) -> None:
    rows = [row(f"Course {n}", category=f"Category {n}") for n in range(202)]
    report = _report(session, write_csv(tmp_path / "prospectus.csv", rows))
    assert [number for number, _field, _message in _problems(report)] == [202, 203]


def test_workbook_is_read_like_csv(session: Session, tmp_path: Path) -> None:
    values: list[object] = list(row())
    values[3], values[4] = 6, 1.5
    report = _report(session, write_xlsx(tmp_path / "prospectus.xlsx", [values]))
    assert (report.created, report.wrong) == (1, 0)
    assert report.form == "Excel, sheet “Spring”"


def test_workbook_with_a_formula_names_its_row(session: Session, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "prospectus.xlsx", [row(), row("=SUM(A1:A9)")])
    [(number, field, message)] = _problems(_report(session, path))
    assert (number, field) == (3, "title")
    assert "=SUM(A1:A9)" in message


def test_workbook_with_a_10_mb_cell_names_its_row(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "prospectus.xlsx"
    write_xlsx(tmp_path / "small.xlsx", [row("GIANT")])
    with (
        zipfile.ZipFile(tmp_path / "small.xlsx") as small,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as large,
    ):
        for part in small.namelist():
            large.writestr(part, small.read(part).replace(b"GIANT", b"x" * 10_000_000))
    [(number, field, message)] = _problems(_report(session, path))
    assert (number, field) == (2, "title")
    assert message.startswith("10000000 characters long")


def test_wrong_extension_is_read_and_said(session: Session, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "prospectus.csv", [row()])
    assert "it is an Excel file" in _report(session, path).remarks[0]
    path = write_csv(tmp_path / "prospectus.xlsx", [row()])
    assert "it is a CSV file" in _report(session, path).remarks[0]


def test_damage_inside_a_workbook_is_said_and_never_a_fault_of_ours(
    session: Session, tmp_path: Path
) -> None:
    whole = write_xlsx(tmp_path / "whole.xlsx", [row() for _ in range(40)]).read_bytes()
    said = 0
    for place in range(40, len(whole) - 40, len(whole) // 60):
        path = tmp_path / "prospectus.xlsx"
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x5A]) + whole[place + 1 :])
        try:
            said += bool(_report(session, path).problems)
        except FileFault:
            said += 1

    assert said > 10


def test_other_archives_and_damaged_ones_are_refused(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "prospectus.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(FileFault, match="not an Excel"):
        _report(session, path)
    whole = write_xlsx(path, [row()]).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileFault, match="damaged"):
        _report(session, path)


def test_zip_bomb_is_refused_before_it_is_unpacked(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "LARGEST_INFLATED", 5_000_000)
    path = tmp_path / "bomb.xlsx"
    write_xlsx(tmp_path / "small.xlsx", [row()])
    with (
        zipfile.ZipFile(tmp_path / "small.xlsx") as small,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as large,
    ):
        for part in small.namelist():
            large.writestr(part, small.read(part))
        large.writestr("xl/media/zeros.bin", b"\0" * 6_000_000)
    assert path.stat().st_size < 50_000
    with pytest.raises(FileFault, match="too large when unpacked"):
        _report(session, path)


def test_sheet_is_chosen_by_name(session: Session, tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "Notes"
    book.active.append(["nothing", "here"])
    sheet = book.create_sheet("Courses")
    sheet.append(list(COLUMNS))
    sheet.append(list(row()))
    path = tmp_path / "prospectus.xlsx"
    book.save(path)
    assert _report(session, path, sheet="Courses").created == 1
    with pytest.raises(FileFault, match="Notes, Courses"):
        _report(session, path, sheet="Autumn")
    with pytest.raises(FileFault, match="does not look like a prospectus"):
        _report(session, path)
