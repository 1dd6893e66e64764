"""How the college's bank wants its file."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.bankfiles.values import USUAL, Account, Columns, Dates, FileKind, Payer
from plugins.claims.models import FileColumn, Layout


@dataclass(frozen=True, slots=True)
class Wanted:
    """The kind of file, its columns, and the college's own account; None where nobody wrote it down."""

    kind: FileKind
    columns: Columns
    payer: Payer | None


def layout(session: Session) -> Wanted:
    """What the college said, or what most banks ask for. Two queries."""
    said = session.get(Layout, 1)
    rows = session.scalars(sa.select(FileColumn).order_by(FileColumn.place, FileColumn.field))
    fields = tuple((one.field, one.heading) for one in rows)
    if said is None:
        return Wanted(FileKind.CSV, USUAL, None)
    columns = Columns(fields or USUAL.fields, Dates(said.dates), said.headings, said.hyphens)
    known = said.user_number and said.sort_code and said.account
    account = Account(said.sort_code, said.account, said.name)
    return Wanted(said.kind, columns, Payer(account, said.user_number) if known else None)
