"""A CSV whose columns are the bank's."""

from __future__ import annotations

import io

from plugins.claims.bankfiles.values import PATTERNS, Columns, Field, Run, Transfer
from portal.ui.sheets import Rows

POUND = 100  # pence


def written(run: Run, columns: Columns) -> str:
    """The file's text: one line for each payment, quoted, and no cell is ever taken for a formula."""
    text = io.StringIO(newline="")
    rows = Rows(text)
    if columns.headings:
        rows.write(heading for _field, heading in columns.fields)
    day = run.made_on.strftime(PATTERNS[columns.dates])
    for one in run.transfers:
        cells = _cells(one, day, hyphens=columns.hyphens)
        rows.write(cells[field] for field, _heading in columns.fields)
    return text.getvalue()


def _cells(one: Transfer, day: str, *, hyphens: bool) -> dict[Field, str]:
    code = one.to.sort_code
    return {
        Field.NAME: one.to.name,
        Field.SORT_CODE: f"{code[:2]}-{code[2:4]}-{code[4:]}" if hyphens else code,
        Field.ACCOUNT: one.to.number,
        Field.POUNDS: f"{one.pence // POUND}.{one.pence % POUND:02d}",
        Field.PENCE: str(one.pence),
        Field.REFERENCE: one.reference,
        Field.DATE: day,
    }
