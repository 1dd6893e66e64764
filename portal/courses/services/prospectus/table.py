"""A file of rows while it is read, whatever make it is of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO


class BrokenRowError(Exception):
    """Reading had to stop at a row. `row` is its number."""

    def __init__(self, row: int, message: str) -> None:
        super().__init__(message)
        self.row = row
        self.message = message


Cells = list[str]


@dataclass(slots=True)
class Table:
    """An opened file: its header, then numbered rows, and how far the reading has come (bytes)."""

    form: str
    header: Cells
    rows: Iterator[tuple[int, Cells]]
    handle: BinaryIO
    size: int
    remarks: list[str] = field(default_factory=list)
    guessed_encoding: bool = False
    digest: str = ""  # SHA-256 of the file, hexadecimal

    def position(self) -> int:
        """Bytes read so far, for a progress bar."""
        return min(self.handle.tell(), self.size)
