"""Ideas from a spreadsheet. Nobody's name is read: each looks for somebody who goes on with it."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from zipfile import BadZipFile

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals.models import LONGEST_TITLE, LONGEST_WORDS, Credit, Proposal
from plugins.proposals.services.taking_part import Part, begin
from plugins.proposals.states import Perspective
from plugins.proposals.texts import first_line, folded
from portal.plugin_api import SYSTEM

MOST_ROWS = 5_000
HEADINGS = frozenset({"idea", "ideas", "what would you like people to learn"})


class SheetError(Exception):
    """The file cannot be read; the message says what to do."""


def read_sheet(file: Path) -> list[str]:
    """The ideas of the first column, without its heading, blank rows and repetitions.

    Raises:
        SheetError: it is no such file, or has too many rows.
    """
    cells = _from_xlsx(file) if file.suffix.lower() == ".xlsx" else _from_csv(file)
    found = dict.fromkeys(" ".join(cell.split("\0")).strip()[:LONGEST_WORDS] for cell in cells)
    found.pop("", None)
    lines = list(found)
    if lines and folded(lines[0]).rstrip("?") in HEADINGS:
        lines = lines[1:]
    if len(lines) > MOST_ROWS:
        raise SheetError(f"{file.name} has more than {MOST_ROWS} ideas: make two files of it")
    return lines


def _from_csv(file: Path) -> list[str]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as rows:
            return [row[0] for row in csv.reader(rows) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise SheetError(f"{file.name} is no CSV in UTF-8: save it as one, or as .xlsx") from error


def _from_xlsx(file: Path) -> list[str]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(file, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, OSError) as error:
        raise SheetError(f"{file.name} is no .xlsx file: save it as one, or as .csv") from error
    rows: Iterable[tuple[object, ...]] = book.worksheets[0].iter_rows(
        max_col=1, max_row=2 * MOST_ROWS, values_only=True
    )
    found = [str(row[0]) for row in rows if row and row[0] is not None]
    book.close()
    return found


def add_ideas(session: Session, lines: Sequence[str]) -> int:
    """Begin an idea for each that is not here yet; how many. Flushes."""
    keys = {hashlib.sha256(folded(line).encode()).hexdigest(): line for line in lines}
    here = set(
        session.scalars(sa.select(Proposal.import_key).where(Proposal.import_key.is_not(None)))
    )
    added = 0
    part = Part(Perspective.LEARNER, Credit.NONE)
    for key, line in keys.items():
        if key in here:
            continue
        row = begin(session, SYSTEM, first_line(line, LONGEST_TITLE), line, None, part)
        row.import_key = key
        added += 1
    session.flush()
    return added
