"""Ideas from a box on paper: what is read of a sheet, what the page shows first, and that each comes once."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from zipfile import ZipFile

import openpyxl
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.proposals.models import LONGEST_WORDS, Contributor, Proposal
from plugins.proposals.services.importing import (
    Fault,
    SheetError,
    add_ideas,
    read_sheet,
    read_text,
)
from plugins.proposals.states import Stage
from plugins.proposals.tests.making import College

SignIn = Callable[..., FlaskClient]
PAGE = "/proposals/from-a-box"
CSV = b"Idea,Who\nMore walks,Sam\n\nMore walks,Sam\n=1+1,Sam\n"


def book(*cells: str) -> io.BytesIO:
    file = io.BytesIO()
    made = openpyxl.Workbook()
    sheet = made.worksheets[0]
    for row, cell in enumerate(cells, 1):
        sheet.cell(row, 1).value = cell
        sheet.cell(row, 2).value = "Quillcanary"
    made.save(file)
    file.seek(0)
    return file


def titles(session: Session) -> list[str]:
    session.expire_all()
    return list(session.scalars(sa.select(Proposal.title).order_by(Proposal.id)))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (io.BytesIO(CSV), "box.csv"),
        (book("What would you like people to learn?", "More walks", "", "=1+1"), "Box.XLSX"),
    ],
)
def test_first_column_is_read_and_nothing_else(content: io.BytesIO, name: str) -> None:
    lines = read_sheet(content, name)

    assert lines[0] == "More walks"
    assert "Quillcanary" not in str(lines)
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize(
    ("content", "name", "fault"),
    [
        (b"caf\xe9", "box.csv", Fault.NO_CSV),
        (b"PK but no book", "box.xlsx", Fault.NO_BOOK),
        (b"a" * (LONGEST_WORDS + 1), "box.csv", Fault.TOO_LONG),
        ("\n".join(str(n) for n in range(5_001)).encode(), "box.csv", Fault.TOO_MANY),
    ],
)
def test_what_cannot_be_read_says_why(content: bytes, name: str, fault: Fault) -> None:
    with pytest.raises(SheetError) as caught:
        read_sheet(io.BytesIO(content), name)

    assert caught.value.fault is fault


def damaged(content: io.BytesIO, name: str) -> io.BytesIO:
    """The workbook with one of its parts cut short."""
    made = io.BytesIO()
    with ZipFile(content) as before, ZipFile(made, "w") as after:
        for part in before.infolist():
            words = before.read(part)
            after.writestr(part.filename, words[:-9] if part.filename == name else words)
    made.seek(0)
    return made


@pytest.mark.parametrize(
    "part", ["[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"]
)
def test_a_workbook_that_is_damaged_inside_says_so(sign_in: SignIn, part: str) -> None:
    sent = {"file": (damaged(book("Clay"), part), "box.xlsx"), "words": "Ink"}
    answer = sign_in("coordinator").post(PAGE, data=sent)

    assert answer.status_code == 422
    assert "This is no .xlsx file that can be read" in answer.text
    assert "Ink" in answer.text


@pytest.mark.parametrize("name", ["cut.xlsx", "flipped.xlsx"])
def test_a_workbook_whose_bytes_are_damaged_says_so(name: str) -> None:
    whole = book(*(f"Idea {number}" for number in range(400))).getvalue()
    for place in range(40, len(whole) - 40, len(whole) // 60):
        if name == "cut.xlsx":
            content = whole[:place]
        else:
            content = whole[:place] + bytes([whole[place] ^ 0x5A]) + whole[place + 1 :]
        with suppress(SheetError):  # some bytes of a workbook mean nothing
            read_sheet(io.BytesIO(content), name)


def test_no_row_of_a_long_workbook_is_left_out_in_silence() -> None:
    said = read_sheet(book(*["More walks"] * 10_000), "box.xlsx")
    with pytest.raises(SheetError) as caught:
        read_sheet(book(*["More walks"] * 10_001, "A choir"), "box.xlsx")

    assert said == ["More walks"]
    assert caught.value.fault is Fault.TOO_MANY


def test_a_row_of_which_nothing_would_be_seen_is_no_idea() -> None:
    cells = "\x01\x02\n\u200b \u200d\nMore\x0bwalks\n\u00ad\n".encode()

    assert read_sheet(io.BytesIO(cells), "box.csv") == ["More walks"]


def test_typed_ideas_are_apart_by_an_empty_line() -> None:
    assert read_text("More walks\nby the sea\n \n\nA choir\n\nA choir\n") == [
        "More walks\nby the sea",
        "A choir",
    ]


def test_each_looks_for_somebody_and_comes_once(college: College, session: Session) -> None:
    lines = read_sheet(io.BytesIO(CSV), "box.csv")

    assert add_ideas(session, lines) == 2
    assert add_ideas(session, ["MORE  walks"]) == 0
    assert set(session.scalars(sa.select(Proposal.stage))) == {Stage.STEWARD}
    assert session.scalars(sa.select(Contributor)).all() == []


def test_page_shows_what_would_be_added_and_adds_nothing(session: Session, sign_in: SignIn) -> None:
    coordinator = sign_in("coordinator")
    add_ideas(session, ["A choir"])
    session.commit()
    looked = coordinator.post(
        PAGE, data={"file": (book("A choir", "More walks"), "box.xlsx"), "words": "Clay\n\nInk"}
    )

    assert looked.status_code == 200
    assert looked.text.count("Is here already") == 1
    assert "Add 3 ideas" in looked.text
    for words in ("Clay", "Ink", "A choir", "More walks"):
        assert words in looked.text
    assert titles(session) == ["A choir"]


def test_a_second_click_adds_nothing_more(session: Session, sign_in: SignIn) -> None:
    coordinator = sign_in("coordinator")
    for _click in range(2):
        added = coordinator.post(PAGE, data={"words": "Clay\n\nInk", "add": "y"})
        assert added.status_code == 303
    assert titles(session) == ["Clay", "Ink"]
    assert "Clay" in coordinator.get(added.location).text


def test_a_file_that_cannot_be_read_loses_nothing_that_is_typed(sign_in: SignIn) -> None:
    sent = {"file": (io.BytesIO(b"PK"), "box.xlsx"), "words": "Clay", "add": "y"}
    answer = sign_in("coordinator").post(PAGE, data=sent)

    assert answer.status_code == 422
    assert "This is no .xlsx file that can be read" in answer.text
    assert "Clay" in answer.text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "Write the ideas here, or choose a spreadsheet"),
        ("\n\n".join(f"Idea {n}" for n in range(301)), "too many ideas for one time"),
        ("x" * (LONGEST_WORDS + 1), "longer than 5,000 letters"),
    ],
)
def test_page_says_what_to_mend(session: Session, sign_in: SignIn, words: str, said: str) -> None:
    answer = sign_in("coordinator").post(PAGE, data={"words": words, "add": "y"})

    assert answer.status_code == 422
    assert said in answer.text
    assert titles(session) == []
