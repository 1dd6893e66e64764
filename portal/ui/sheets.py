"""Tables for spreadsheet programs, in which no cell is ever taken for a formula.

A workbook of XlsxWriter needs none of this, made with `strings_to_formulas` and `strings_to_urls` False.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable
from typing import IO, Any

SIGNS = frozenset(
    "=+-@\t\r\n"
)  # what a formula begins with, or what a program passes over before one


def harmless(value: object) -> object:
    """The value for a cell: a text that begins like a formula gets a quote in front; numbers stay."""
    if not isinstance(value, str) or not value:
        return value
    # Full-width signs are formulas to some programs, and most pass over spaces.
    first = unicodedata.normalize("NFKC", value.lstrip(" \u00a0\u3000\ufeff")[:1])
    return f"'{value}" if value[0] in SIGNS or first in SIGNS else value


class Rows:
    """Writes rows of CSV to a file that was opened with `newline=""`."""

    def __init__(self, file: IO[str]) -> None:
        # All quoted: where a comma is for decimals, a semicolon in a text would begin another cell.
        self._writer: Any = csv.writer(file, quoting=csv.QUOTE_ALL)

    def write(self, cells: Iterable[object]) -> None:
        """One row."""
        self._writer.writerow([harmless(cell) for cell in cells])
