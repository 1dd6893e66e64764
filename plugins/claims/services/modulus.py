"""The table of the banks: taken in whole, and asked whether a sort code and an account fit together."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import ModulusRow
from plugins.claims.money.modulus import Row, fits, read_table
from portal.audit import api as audit
from portal.plugin_api import SYSTEM


def load(session: Session, text: str) -> int:
    """Put the rows of the publisher's file in the place of those that are there; returns how many.

    Raises:
        TableError: a line is no row; nothing is changed.
    """
    rows = read_table(text)
    session.execute(sa.delete(ModulusRow))
    session.add_all(
        ModulusRow(
            first=row.first,
            last=row.last,
            method=row.method,
            weights=" ".join(map(str, row.weights)),
            exception=row.exception,
        )
        for row in rows
    )
    session.flush()
    audit.record(
        session, SYSTEM, "claims:modulus:load", ("claims_modulus", 0), details={"rows": len(rows)}
    )
    return len(rows)


def loaded(session: Session) -> bool:
    """Whether the college has the table: without it only the form of the numbers is checked."""
    return session.scalar(sa.select(ModulusRow.id).limit(1)) is not None


def numbers_fit(session: Session, sort_code: str, account: str) -> bool:
    """Whether they fit together as far as the table says. One query."""
    code = int(sort_code)
    found = session.scalars(
        sa.select(ModulusRow)
        .where(ModulusRow.first <= code, ModulusRow.last >= code)
        .order_by(ModulusRow.id)
        .limit(2)
    )
    rows = [
        Row(one.first, one.last, one.method, tuple(map(int, one.weights.split())), one.exception)
        for one in found
    ]
    return fits(rows, sort_code, account)
