"""From a file of unknown make to rows of text: what it is, its encoding, its limits.

A file is known by its first bytes, not by its name. It is opened once and read through that one handle,
so nobody can swap or remove it halfway. Every limit ends in a sentence that says what to do.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from flask_babel import gettext as _

from portal.courses.services.prospectus.report import FileFault
from portal.courses.services.prospectus.table import BrokenRowError, Cells, Table

LARGEST_FILE = 200 * 1024 * 1024  # bytes; 100,000 rows of a prospectus are about 25 MB
LONGEST_LINE = 1_000_000  # characters
BLOCK = 1024 * 1024
SNIFFED = 4096
# Bytes that Windows-1252 leaves without a meaning: text with one of them is something else.
NOT_IN_WINDOWS_1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")
DELIMITERS = (",", ";", "\t")
ZIP = b"PK\x03\x04"
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
OTHER_MAKES = {b"%PDF": "PDF", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF"}


@contextmanager
def open_table(path: Path, sheet: str | None = None) -> Iterator[Table]:
    """The file as a table.

    Raises:
        FileFault: there is no such file, it is no file, too large, empty, or neither CSV nor XLSX.
    """
    try:
        kind = path.stat().st_mode
        if stat.S_ISDIR(kind):
            raise FileFault(_("%(file)s is a folder. Name the file in it.", file=path))
        if not stat.S_ISREG(kind):  # a pipe or a device may never end
            raise FileFault(_("%(file)s is not an ordinary file. Save it as one first.", file=path))
        handle = path.open("rb")
    except FileNotFoundError:
        raise FileFault(_("There is no file called %(file)s.", file=path)) from None
    except OSError as error:
        raise FileFault(
            _("%(file)s could not be opened: %(why)s.", file=path, why=error.strerror)
        ) from None
    with handle:
        size = os.fstat(handle.fileno()).st_size
        if size > LARGEST_FILE:
            raise FileFault(
                _("The file is larger than %(limit)d MB. Split it.", limit=LARGEST_FILE // 2**20)
            )
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
        handle.seek(0)
        table = _recognise(handle, size, path, sheet)
        table.digest = digest
        yield table


def _recognise(handle: BinaryIO, size: int, path: Path, sheet: str | None) -> Table:
    start = handle.read(SNIFFED)
    handle.seek(0)
    if not start.strip(b"\xef\xbb\xbf \t\r\n"):
        raise FileFault(_("The file is empty."))
    if start.startswith(OLD_EXCEL):
        raise FileFault(_("This is an old Excel file (.xls). Save it as .xlsx or CSV first."))
    for magic, name in OTHER_MAKES.items():
        if start.startswith(magic):
            raise FileFault(_("This is a %(make)s file, not CSV or Excel.", make=name))
    if start.startswith(ZIP):
        from portal.courses.services.prospectus.workbook import read_workbook

        table = read_workbook(handle, size, sheet)
        if path.suffix.lower() not in {".xlsx", ".xlsm"}:
            table.remarks.append(
                _("The name ends in “%(suffix)s”, but it is an Excel file.", suffix=path.suffix)
            )
        return table
    table = _read_csv(handle, size, start)
    if path.suffix.lower() in {".xlsx", ".xlsm", ".xls"}:
        table.remarks.append(
            _("The name ends in “%(suffix)s”, but it is a CSV file.", suffix=path.suffix)
        )
    return table


def _read_csv(handle: BinaryIO, size: int, start: bytes) -> Table:
    encoding, label = _encoding(handle, start)
    text = io.TextIOWrapper(handle, encoding=encoding, newline="")
    lines = _Lines(text)
    first = lines.peek()
    delimiter = max(DELIMITERS, key=first.count)
    # `strict`: a quote that is never closed must not swallow the rows after it.
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    rows = _numbered(reader)
    try:
        header = next(rows, (1, []))[1]
    except BrokenRowError as error:
        raise FileFault(_("The headings cannot be read: %(why)s", why=error.message)) from None
    table = Table(
        form=_("CSV, %(encoding)s", encoding=label),
        header=header,
        rows=rows,
        handle=handle,
        size=size,
    )
    if encoding == "cp1252":
        table.guessed_encoding = True
        table.remarks.append(
            _(
                "The file is not UTF-8. It was read as Windows-1252 (Western European): check the"
                " accents in the rows named below."
            )
        )
    return table


def _encoding(handle: BinaryIO, start: bytes) -> tuple[str, str]:
    """The codec and its name for people.

    Raises:
        FileFault: no encoding that we know gives text.
    """
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise FileFault(_("The file is UTF-32. Save it as UTF-8 (“CSV UTF-8” in Excel)."))
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "UTF-16"
    if b"\x00" in start[:200]:
        raise FileFault(
            _(
                "This is not text, or it is UTF-16 without its mark. Save it as UTF-8 (“CSV UTF-8”"
                " in Excel)."
            )
        )
    is_utf8, could_be_windows_1252 = _try_encodings(handle)
    if is_utf8:
        return "utf-8-sig", "UTF-8"
    if not could_be_windows_1252:
        raise FileFault(
            _(
                "The file is neither UTF-8 nor Windows-1252. Save it as UTF-8 (“CSV UTF-8” in"
                " Excel)."
            )
        )
    return "cp1252", "Windows-1252"


def _try_encodings(handle: BinaryIO) -> tuple[bool, bool]:
    """Whether the whole file is UTF-8, and whether it could be Windows-1252."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, could_be_windows_1252 = True, True
    block = handle.read(BLOCK)
    while block:
        following = handle.read(BLOCK)
        try:
            if is_utf8:
                decoder.decode(block, final=not following)
        except UnicodeDecodeError:
            is_utf8 = False
        could_be_windows_1252 = could_be_windows_1252 and NOT_IN_WINDOWS_1252.isdisjoint(block)
        block = following
    handle.seek(0)
    return is_utf8, could_be_windows_1252


class _Lines:
    """Lines of the text, none longer than `LONGEST_LINE`."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._first: str | None = None

    def peek(self) -> str:
        self._first = self._read()
        return self._first

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line, self._first = (self._first, None) if self._first is not None else (None, None)
        if line is None:
            line = self._read()
        if not line:
            raise StopIteration
        return line

    def _read(self) -> str:
        line = self._text.readline(LONGEST_LINE)
        if len(line) >= LONGEST_LINE and not line.endswith(("\n", "\r")):
            raise csv.Error("line too long")
        return line


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, Cells]]:
    """Rows with their numbers; blank ones are left out but counted, as a spreadsheet does."""
    row = 0
    while True:
        row += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BrokenRowError(row, _explain(str(error))) from None
        except UnicodeDecodeError:
            raise BrokenRowError(row, _("There are bytes here that are not text.")) from None
        if cells and any(cells):
            yield row, cells


def _explain(error: str) -> str:
    if "limit" in error or "too long" in error:
        words = _("A cell or line here is far too long. Is a quotation mark never closed?")
    elif "end of data" in error:
        words = _("A quotation mark is opened here and never closed.")
    elif "expected after" in error:
        words = _("There is text after a closing quotation mark. Double the marks inside a cell.")
    else:
        words = _("This row is not CSV: %(why)s.", why=error)
    return str(words)
