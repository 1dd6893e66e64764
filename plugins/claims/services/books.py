"""The books: added to, never changed."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.claims.models import EntryRow, Line
from plugins.claims.money import postings
from plugins.claims.money.postings import About, Account, Entry
from portal.plugin_api import now

ADJUSTED = "adjusted"  # in the key of what was put right after a decision


def posted(session: Session, claim_id: int) -> dict[int, int]:
    """Pence that the books owe for each line of a claim, by line, paid or not. One query."""
    return _owed(session, claim_id)


def _owed(session: Session, claim_id: int, *conditions: sa.ColumnElement[bool]) -> dict[int, int]:
    owed = sa.case((EntryRow.out_of == Account.OWED, EntryRow.pence), else_=-EntryRow.pence)
    rows = session.execute(
        sa.select(EntryRow.about_id, sa.func.sum(owed))
        .join(Line, Line.id == EntryRow.about_id)
        .where(EntryRow.about == About.LINE, Line.claim_id == claim_id, *conditions)
        .group_by(EntryRow.about_id)
    )
    return {line_id: int(pence) for line_id, pence in rows}


def decided_so_far(session: Session, claim_id: int) -> dict[int, int]:
    """The same, without what was put right afterwards."""
    return _owed(session, claim_id, EntryRow.key.not_like(f"%:{ADJUSTED}:%"))


def post(session: Session, line_id: int, why: str, pence: int) -> None:
    """Owe so much more for a line, or less; `why` happens once to a line. Flushed.

    Raises:
        IntegrityError: it stands in the books already.
    """
    write(session, About.LINE, line_id, why, postings.allow(pence))


def write(session: Session, about: About, about_id: int, why: str, entry: Entry | None) -> None:
    """Add an entry, where there is something to add; `why` happens once to what it is about. Flushed.

    Raises:
        IntegrityError: it stands in the books already.
    """
    if entry is None:
        return
    write_many(session, about, why, {about_id: entry})


def write_many(session: Session, about: About, why: str, entries: Mapping[int, Entry]) -> None:
    """Add an entry to each of these, in one statement; `why` happens once to each. Flushed.

    Raises:
        IntegrityError: one of them stands in the books already.
    """
    if not entries:
        return
    session.flush()
    at = now()
    rows = [
        {
            "key": f"{about}:{about_id}:{why}",
            "about": about,
            "about_id": about_id,
            "out_of": entry.out_of,
            "into_account": entry.into,
            "pence": entry.pence,
            "at": at,
        }
        for about_id, entry in entries.items()
    ]
    session.execute(sa.insert(EntryRow), rows)
