"""Reads of the audit: does the chain hold, what waits to be sealed, what is kept about a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from portal.audit.chain import GENESIS, content_hash, entry_hash
from portal.audit.models import HEAD, AuditChain, AuditEntry, AuditPayload
from portal.db import dialect_name
from portal.plugin_api.personal import Look
from portal.plugin_api.types import Words

ERASURE = "audit:payload:erase"  # the kind of the entry that says which payloads were erased
_BATCH = 1000  # entries in memory at once


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong. `n` is its place in the chain, empty for what is not sealed."""

    n: int | None
    entry_id: int | None
    problem: str


@dataclass(frozen=True, slots=True)
class Report:
    """What verification found. `head` is the last hash: noted elsewhere, it proves this length later."""

    sealed: int
    waiting: int
    erased: int
    head: str
    fault: Fault | None

    @property
    def ok(self) -> bool:
        """True when nothing was changed, removed or moved."""
        return self.fault is None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for `--json`."""
        return {"ok": self.ok, **asdict(self)}


class _FaultFoundError(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.problem)
        self.fault = fault


def verify(session: Session) -> Report:
    """Check every entry and the chain's head; stop at the first fault.

    The session must not have begun a transaction: the whole check sees one moment, whatever is
    written meanwhile. Memory grows only with the number of erased entries.
    """
    _see_one_moment(session)
    walk = _Walk(session)
    fault = None
    try:
        walk.sealed_entries()
        walk.head()
        walk.waiting_entries()
    except _FaultFoundError as found:
        fault = found.fault
    return Report(walk.sealed, walk.waiting, walk.erased, walk.prev, fault)


def _see_one_moment(session: Session) -> None:
    """SQLite's reading transactions do this by themselves; PostgreSQL's only when asked."""
    if session.in_transaction():
        raise RuntimeError("verification needs a transaction of its own")
    if dialect_name(session) == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


class _Walk:
    """One pass along the chain."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.sealed = self.waiting = self.erased = 0
        self.prev = GENESIS
        self.known_erased = _erased_ids(session)

    def sealed_entries(self) -> None:
        for entry in self._read(AuditEntry.n, AuditEntry.n.is_not(None)):
            n = self.sealed + 1
            if entry.n != n:
                raise _FaultFoundError(Fault(n, None, "this entry is missing"))
            self._content(entry)
            if entry.prev != self.prev:
                raise _FaultFoundError(Fault(n, entry.id, "it does not follow the one before"))
            link = entry_hash(
                n=n, kind=entry.kind, at=entry.at, content=entry.content, prev=self.prev
            )
            if entry.hash != link or entry.at.microsecond:  # the hash counts whole seconds
                raise _FaultFoundError(Fault(n, entry.id, "its hash does not match what it holds"))
            self.sealed, self.prev = n, link

    def head(self) -> None:
        head = self.session.get(AuditChain, HEAD, populate_existing=True)
        length, last = (head.n, head.hash) if head else (0, GENESIS)
        if length > self.sealed:
            raise _FaultFoundError(Fault(self.sealed + 1, None, "the end of the chain was removed"))
        if (length, last) != (self.sealed, self.prev):
            raise _FaultFoundError(
                Fault(self.sealed, None, "the chain's head does not match its end")
            )

    def waiting_entries(self) -> None:
        for entry in self._read(AuditEntry.id, AuditEntry.n.is_(None)):
            if entry.hash is not None or entry.prev is not None:
                raise _FaultFoundError(Fault(None, entry.id, "its place in the chain was removed"))
            self._content(entry)
            self.waiting += 1

    def _content(self, entry: AuditEntry) -> None:
        payload = entry.payload
        if payload is None:
            if entry.id not in self.known_erased:
                raise _FaultFoundError(Fault(entry.n, entry.id, "what it said is missing"))
            self.erased += 1
        elif not _matches(payload, entry.content):
            raise _FaultFoundError(Fault(entry.n, entry.id, "what it says was changed"))

    def _read(
        self, key: InstrumentedAttribute[Any], condition: sa.ColumnElement[bool]
    ) -> Iterator[AuditEntry]:
        last = 0
        statement = (
            sa.select(AuditEntry)
            .where(condition)
            .options(joinedload(AuditEntry.payload))
            .order_by(key)
            .limit(_BATCH)
            .execution_options(populate_existing=True)
        )
        while entries := list(self.session.scalars(statement.where(key > last))):
            yield from entries
            last = getattr(entries[-1], key.key)
            for entry in entries:
                self.session.expunge(entry)
                if entry.payload is not None:
                    self.session.expunge(entry.payload)


def _matches(payload: AuditPayload, content: str) -> bool:
    try:
        return content_hash(payload.salt, payload.canonical()) == content
    except (TypeError, UnicodeEncodeError):  # nothing that `record` would have taken
        return False


def _erased_ids(session: Session) -> set[int]:
    """The entries whose payload was erased, as the erasures themselves say.

    Nothing is checked yet, so an "erasure" may hold anything; its own content is checked in its turn.
    """
    statement = sa.select(AuditPayload.details).join(AuditEntry).where(AuditEntry.kind == ERASURE)
    found: set[int] = set()
    for details in session.scalars(statement):
        listed = details.get("entries") if isinstance(details, dict) else None
        found.update(one for one in listed or () if isinstance(one, int))
    return found


def oldest_waiting(session: Session) -> datetime | None:
    """When the oldest entry that is not sealed yet was written; None when all are."""
    statement = (
        sa.select(AuditEntry.at).where(AuditEntry.n.is_(None)).order_by(AuditEntry.id).limit(1)
    )
    return session.scalar(statement)


def about_person(session: Session, person_id: int) -> Sequence[tuple[AuditEntry, AuditPayload]]:
    """Entries that are about a person or that they made, oldest first."""
    statement = (
        sa.select(AuditEntry, AuditPayload)
        .join(AuditPayload)
        .where(sa.or_(AuditPayload.actor_id == person_id, is_about(person_id)))
        .order_by(AuditEntry.id)
    )
    return [(entry, payload) for entry, payload in session.execute(statement)]


@dataclass(frozen=True, slots=True)
class Looked:
    """One look at something confidential: what was read, by whom, when, and why if they said so."""

    entry_id: int
    what: Words
    by_id: int | None
    at: datetime
    reason: str
    subject: str


def looked_at(
    session: Session,
    looks: Mapping[str, Look],
    ids: Sequence[int],
    *,
    before: int | None = None,
    limit: int | None = None,
) -> list[Looked]:
    """Looks of others at what belongs to a person, known by these ids, the newest first. One query.

    `before` is the id of an entry: only older ones are wanted.
    """
    if not looks:
        return []
    numbers = sorted(ids)
    by_others = sa.or_(AuditPayload.actor_id.is_(None), AuditPayload.actor_id.not_in(numbers))
    statement = (
        sa.select(AuditEntry, AuditPayload)
        .join(AuditPayload)
        .where(by_others, sa.or_(*(_is_look(look, numbers) for look in looks.values())))
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(AuditEntry.id < before)
    return [
        Looked(
            entry.id,
            looks[entry.kind].what,
            payload.actor_id,
            entry.at,
            payload.reason,
            payload.subject_kind,
        )
        for entry, payload in session.execute(statement)
    ]


def _is_look(look: Look, ids: Sequence[int]) -> sa.ColumnElement[bool]:
    if look.theirs is None:
        whose = AuditPayload.subject_id.in_([str(number) for number in ids])
    else:
        (column,) = look.theirs(ids).selected_columns
        theirs = look.theirs(ids).with_only_columns(sa.cast(column, sa.String))
        whose = AuditPayload.subject_id.in_(theirs)
    return sa.and_(AuditEntry.kind == look.action, AuditPayload.subject_kind == look.subject, whose)


def is_about(person_id: int) -> sa.ColumnElement[bool]:
    """The condition that an entry's subject is this person."""
    return sa.and_(AuditPayload.subject_kind == "person", AuditPayload.subject_id == str(person_id))
