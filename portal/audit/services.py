"""Writing to the audit: record what happened, chain what was committed, erase what an entry says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.chain import GENESIS, content_hash, entry_hash, new_salt
from portal.audit.models import HEAD, AuditChain, AuditEntry, AuditPayload, canonical
from portal.audit.queries import ERASURE
from portal.db import dialect_name, insert_row
from portal.plugin_api.types import SYSTEM, Actor

SEAL_BATCH = 500  # entries chained in one transaction: a few milliseconds of the write lock
_KIND = re.compile(r"[a-z][a-z0-9_]*(:[a-z][a-z0-9_]*){1,2}")


def record(
    session: Session,
    actor: Actor,
    action: str,
    subject: tuple[str, int | str],
    *,
    reason: str = "",
    details: Mapping[str, object] | None = None,
) -> int:
    """Append an entry in the caller's transaction, flushed; if it fails, so does the action.

    `action` is `room:thing:verb` or `room:verb`. `subject` is a kind of record and its id, such as
    `("person", 12)`. `reason` is what the actor gave as their reason. `details` holds references and
    states, never a person's own values: text, whole numbers, booleans, null, lists and maps.

    Returns the entry's id.

    Raises:
        ValueError: the action is not spelled like that.
        TypeError: `details` holds a value that has no single spelling, such as a fraction or a date.
    """
    if not _KIND.fullmatch(action):
        raise ValueError(f"audit action {action!r} is not spelled room:thing:verb")
    kind, identity = subject
    said: dict[str, Any] = {
        "actor_id": actor.person_id,
        "subject_kind": kind,
        "subject_id": str(identity),
        "reason": reason,
        "details": dict(details or {}),
    }
    salt = new_salt()
    entry_id = insert_row(
        session,
        AuditEntry,
        kind=action,
        at=clock.now().replace(microsecond=0),  # the chain counts in seconds
        content=content_hash(salt, canonical(**said)),
    )
    insert_row(session, AuditPayload, entry_id=entry_id, salt=salt, **said)
    return entry_id


def seal(session: Session, limit: int = SEAL_BATCH) -> int:
    """Chain up to `limit` committed entries in order of id; the number chained.

    Sealers wait for each other at the head's row. An entry committed late, after others with a
    higher id were chained, takes the next place.
    """
    head = _locked_head(session)
    waiting = session.scalars(
        sa.select(AuditEntry)
        .where(AuditEntry.n.is_(None))
        .order_by(AuditEntry.id)
        .limit(limit)
        .execution_options(populate_existing=True)
    ).all()
    for entry in waiting:
        entry.n, entry.prev = head.n + 1, head.hash
        entry.hash = entry_hash(
            n=entry.n, kind=entry.kind, at=entry.at, content=entry.content, prev=entry.prev
        )
        # Only the head's last values are written: the session flushes after the loop.
        head.n, head.hash = entry.n, entry.hash
    session.flush()
    return len(waiting)


def _locked_head(session: Session) -> AuditChain:
    insert = sqlite.insert if dialect_name(session) == "sqlite" else postgresql.insert
    first = insert(AuditChain).values(id=HEAD, n=0, hash=GENESIS).on_conflict_do_nothing()
    session.execute(first)
    return session.scalars(
        sa.select(AuditChain).with_for_update().execution_options(populate_existing=True)
    ).one()


def erase_payloads(session: Session, entry_ids: Sequence[int], actor: Actor = SYSTEM) -> int:
    """Erase what entries say, salts included, and record that it was done; the number erased.

    The chain still verifies. The erasures' own entries are kept: they are what tells an erased
    payload from a stolen one.
    """
    erasable = session.scalars(
        sa.select(AuditPayload.entry_id)
        .join(AuditEntry)
        .where(AuditPayload.entry_id.in_(entry_ids), AuditEntry.kind != ERASURE)
        .order_by(AuditPayload.entry_id)
    ).all()
    if not erasable:
        return 0
    session.execute(sa.delete(AuditPayload).where(AuditPayload.entry_id.in_(erasable)))
    record(session, actor, ERASURE, ("audit", "payload"), details={"entries": list(erasable)})
    return len(erasable)
