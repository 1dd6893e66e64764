"""Excel workbooks (.xlsx), read row by row.

A workbook is a zip archive, so its inflated size is checked before anything is inflated. Formulas are
not worked out: a cell with one is handed on as its own text, which the row's check refuses.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

from flask_babel import gettext as _

from portal.courses.services.prospectus.report import FileFault
from portal.courses.services.prospectus.table import BrokenRowError, Cells, Table

LARGEST_INFLATED = 400 * 1024 * 1024  # bytes, the whole archive
LARGEST_STRINGS = 64 * 1024 * 1024  # bytes: this part is held in memory
MOST_COLUMNS = 64
# What a damaged workbook makes of zipfile, zlib, openpyxl and two readers of XML: the first is theirs.
DAMAGED = (
    SyntaxError,
    zipfile.BadZipFile,
    zlib.error,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
HALF_A_MINUTE = timedelta(seconds=30)


def read_workbook(handle: BinaryIO, size: int, sheet: str | None) -> Table:
    """The first sheet, or the one named.

    Raises:
        FileFault: it is another kind of archive, too large inside, damaged, or has no such sheet.
    """
    _check_archive(handle)
    import openpyxl

    try:
        book = openpyxl.load_workbook(handle, read_only=True, data_only=False)
    except DAMAGED as error:
        raise FileFault(_("The Excel file is damaged: %(why)s.", why=error)) from None
    names = [found.title for found in book.worksheets]
    if not names:
        raise FileFault(_("The Excel file has no sheet with cells."))
    if sheet is not None and sheet not in names:
        raise FileFault(
            _(
                "There is no sheet “%(sheet)s”. The file has: %(names)s.",
                sheet=sheet,
                names=", ".join(names),
            )
        )
    chosen = sheet or names[0]
    worksheet = book[chosen]
    # Files state how far their cells reach, some wrongly: what is there is read instead.
    worksheet.reset_dimensions()
    rows = _rows(worksheet)
    try:
        header = next(rows, (1, []))[1]
    except BrokenRowError as error:
        raise FileFault(_("The headings cannot be read: %(why)s", why=error.message)) from None
    if not header:
        raise FileFault(_("The sheet “%(sheet)s” is empty.", sheet=chosen))
    while header and not header[-1]:
        header.pop()
    table = Table(
        form=_("Excel, sheet “%(sheet)s”", sheet=chosen),
        header=header,
        rows=_trimmed(rows, len(header)),
        handle=handle,
        size=size,
    )
    if len(names) > 1 and sheet is None:
        table.remarks.append(
            _(
                "The file has %(count)d sheets. Only “%(sheet)s” was read.",
                count=len(names),
                sheet=chosen,
            )
        )
    return table


def _check_archive(handle: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(handle) as archive:
            parts = archive.infolist()
            encrypted = any(part.flag_bits & 1 for part in parts)
    except DAMAGED:
        raise FileFault(_("The Excel file is damaged or incomplete.")) from None
    handle.seek(0)
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        raise FileFault(_("This is a zip archive, but not an Excel (.xlsx) file."))
    if encrypted:
        raise FileFault(_("The file is protected by a password. Save it without one."))
    # A part is never inflated beyond the size that the archive states, so the sum is a true limit.
    strings = sum(part.file_size for part in parts if part.filename.endswith("sharedStrings.xml"))
    if sum(part.file_size for part in parts) > LARGEST_INFLATED or strings > LARGEST_STRINGS:
        raise FileFault(_("The Excel file would be far too large when unpacked. Use CSV."))


def _rows(worksheet: Any) -> Iterator[tuple[int, Cells]]:
    row = 0
    found = worksheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)
    while True:
        row += 1
        try:
            values = next(found)
        except StopIteration:
            return
        except DAMAGED as error:
            raise BrokenRowError(
                row, _("The Excel file is damaged here: %(why)s.", why=error)
            ) from None
        cells = [_text(value) for value in values]
        if any(cells):
            yield row, cells


def _trimmed(rows: Iterator[tuple[int, Cells]], width: int) -> Iterator[tuple[int, Cells]]:
    """Rows as wide as the header where nothing stands beyond it: Excel leaves out empty cells."""
    for row, cells in rows:
        while len(cells) > width and not cells[-1]:
            cells.pop()
        if len(cells) < width:
            cells.extend([""] * (width - len(cells)))
        yield row, cells


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        # Excel keeps a time as a fraction of a day, so 10:00 may come out as 09:59:59.999997.
        return (value + HALF_A_MINUTE).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
