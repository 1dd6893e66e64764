"""Saying how the college's bank wants its file."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.bankfiles.values import Columns, FileKind, Payer
from plugins.claims.models import FileColumn, Layout
from portal.audit import api as audit
from portal.plugin_api import Actor, insert_once, lock_rows


def save(
    session: Session, actor: Actor, kind: FileKind, columns: Columns, payer: Payer | None
) -> None:
    """Write it down, in the place of what was there. Files that are made stay as they are."""
    bare = {"headings": True, "hyphens": False, "user_number": "", "sort_code": "", "account": ""}
    insert_once(session, Layout, id=1, kind=kind, dates=columns.dates, name="", **bare)
    (row,) = lock_rows(session, Layout, [1])
    row.kind, row.dates = kind, columns.dates
    row.headings, row.hyphens = columns.headings, columns.hyphens
    row.user_number = payer.user_number if payer else ""
    row.sort_code = payer.account.sort_code if payer else ""
    row.account = payer.account.number if payer else ""
    row.name = payer.account.name if payer else ""
    session.execute(sa.delete(FileColumn))
    session.add_all(
        FileColumn(field=field, place=place, heading=heading)
        for place, (field, heading) in enumerate(columns.fields, 1)
    )
    session.flush()
    audit.record(
        session,
        actor,
        "claims:layout:save",
        ("claims_layout", 1),
        details={"kind": kind.value, "columns": [field.value for field, _ in columns.fields]},
    )
