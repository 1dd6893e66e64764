"""Ideas from a spreadsheet. Nobody's name is read: each looks for somebody who goes on with it."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import IO
from zipfile import BadZipFile, ZipFile

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals.models import LONGEST_TITLE, LONGEST_WORDS, Credit, Proposal
from plugins.proposals.services.taking_part import Part, begin
from plugins.proposals.states import Perspective
from plugins.proposals.texts import first_line, folded, paragraphs
from portal.plugin_api import SYSTEM, Actor

MOST_ROWS = 5_000
LAST_ROW = 2 * MOST_ROWS  # of a workbook: rows may be blank or say the same
# A sheet may go on with a million blank rows, which take half a minute to read.
FURTHEST = 5 * LAST_ROW
LARGEST_BOOK = 50_000_000  # bytes of a workbook when it is unpacked
# What a damaged workbook makes of zipfile, zlib, openpyxl and two readers of XML: the first is theirs.
BROKEN = (
    SyntaxError,
    zlib.error,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
_NO_LETTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]+")  # as in a form
HEADINGS = frozenset({"idea", "ideas", "what would you like people to learn"})


class Fault(StrEnum):
    """Why ideas cannot be read."""

    NO_CSV = "no_csv"
    NO_BOOK = "no_book"
    TOO_MANY = "too_many"
    TOO_LONG = "too_long"  # one of them


class SheetError(Exception):
    """Nothing was read, and what is wrong."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def read_sheet(content: IO[bytes], name: str) -> list[str]:
    """The ideas of the first column, without its heading, blank rows and repetitions.

    Raises:
        SheetError: it is no such file, has too many rows, or a cell is too long.
    """
    cells = _from_book(content) if name.lower().endswith(".xlsx") else _from_csv(content)
    lines = _different("\n".join(paragraphs(_NO_LETTERS.sub(" ", cell))) for cell in cells)
    if lines and folded(lines[0]).rstrip("?") in HEADINGS:
        lines = lines[1:]
    return _fitting(lines)


def read_text(words: str) -> list[str]:
    """The ideas of a text that has an empty line between one and the next, without repetitions.

    Raises:
        SheetError: they are too many, or one is too long.
    """
    return _fitting(_different(paragraphs(words)))


def _different(texts: Iterable[str]) -> list[str]:
    found = dict.fromkeys(one.strip() for one in texts)
    return [
        text for text in found if any(letter.isprintable() and letter != " " for letter in text)
    ]


def _fitting(lines: list[str]) -> list[str]:
    if len(lines) > MOST_ROWS:
        raise SheetError(Fault.TOO_MANY)
    if any(len(line) > LONGEST_WORDS for line in lines):
        raise SheetError(Fault.TOO_LONG)
    return lines


def _from_csv(content: IO[bytes]) -> list[str]:
    try:
        text = io.StringIO(content.read().decode("utf-8-sig"), newline="")
        return [row[0] for row in csv.reader(text) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise SheetError(Fault.NO_CSV) from error


def _from_book(content: IO[bytes]) -> list[str]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    found: list[str] = []
    try:
        with ZipFile(content) as packed:
            if sum(part.file_size for part in packed.infolist()) > LARGEST_BOOK:
                raise SheetError(Fault.TOO_MANY)
        book = load_workbook(content, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # how far it says that it reaches is wrong in some
        rows: Iterable[tuple[object, ...]] = sheet.iter_rows(
            max_col=1, max_row=FURTHEST, values_only=True
        )
        for number, row in enumerate(rows):
            if not row or row[0] is None:
                continue
            if number > LAST_ROW:
                raise SheetError(Fault.TOO_MANY)
            found.append(str(row[0]))
        book.close()
    except (BadZipFile, InvalidFileException, *BROKEN) as error:
        raise SheetError(Fault.NO_BOOK) from error
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """An idea to be added, and whether it is here already."""

    words: str
    here: bool


def looked_up(session: Session, lines: Sequence[str]) -> list[Line]:
    """Which of these are here already. One query."""
    here = _keys_here(session)
    return [Line(line, _key(line) in here) for line in lines]


def add_ideas(session: Session, lines: Sequence[str], actor: Actor = SYSTEM) -> int:
    """Begin an idea for each that is not here yet; how many. Flushes."""
    here = _keys_here(session)
    added = 0
    part = Part(Perspective.LEARNER, Credit.NONE)
    for key, line in {_key(line): line for line in lines}.items():
        if key in here:
            continue
        row = begin(session, actor, first_line(line, LONGEST_TITLE), line, None, part)
        row.import_key = key
        added += 1
    session.flush()
    return added


def _key(line: str) -> str:
    return hashlib.sha256(folded(line).encode()).hexdigest()


def _keys_here(session: Session) -> set[str | None]:
    keys = sa.select(Proposal.import_key).where(Proposal.import_key.is_not(None))
    return set(session.scalars(keys))
