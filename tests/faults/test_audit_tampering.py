"""Whoever may write to the database directly and switches the triggers off is found out all the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.audit.api import erase_payloads, record
from portal.audit.models import AuditChain, AuditEntry, AuditPayload
from portal.audit.queries import ERASURE, verify
from portal.audit.services import seal
from portal.plugin_api import Actor

EXAMPLES = 600 if os.environ.get("SOAK") == "1" else 20
ENTRIES = 8  # and one more for the erasure of the third
TABLES: tuple[sa.Table, ...] = tuple(
    sa.inspect(model).local_table  # type: ignore[misc]  # a Table, not any FromClause
    for model in (AuditEntry, AuditPayload, AuditChain)
)
ENTRY, PAYLOAD, HEAD = TABLES
Tampering = Callable[[Session], Any]

place = st.integers(1, ENTRIES + 1)
kept_place = place.filter(lambda n: n != 3)  # the third's payload is erased
hexadecimal = st.text("0123456789abcdef", min_size=64, max_size=64)
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
number = st.integers(-5, 2**31 - 1)


def at_place(table: sa.Table, n: int) -> sa.ColumnElement[bool]:
    """The row of entry `n`, in either table."""
    if table is ENTRY:
        return ENTRY.c.n == n
    return PAYLOAD.c.entry_id == sa.select(ENTRY.c.id).where(ENTRY.c.n == n).scalar_subquery()


def change(table: sa.Table, n: int, column: str, value: object) -> Tampering:
    def apply(session: Session) -> None:
        session.execute(sa.update(table).where(at_place(table, n)).values({column: value}))

    return apply


def change_head(column: str, value: object) -> Tampering:
    return lambda session: session.execute(sa.update(HEAD).values({column: value}))


def of_entry(column: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Tampering]:
    return st.builds(lambda n, value: change(ENTRY, n, column, value), place, values)


def of_payload(column: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Tampering]:
    return st.builds(lambda n, value: change(PAYLOAD, n, column, value), kept_place, values)


def move_time(n: int, seconds: float) -> Tampering:
    def apply(session: Session) -> None:
        at = session.scalar(sa.select(ENTRY.c.at).where(ENTRY.c.n == n))
        assert at is not None
        change(ENTRY, n, "at", at + timedelta(seconds=seconds))(session)

    return apply


def swap(columns: Sequence[str], first: int, second: int) -> Tampering:
    """Exchange what two entries hold in these columns; exchanging `n` reorders them."""

    def apply(session: Session) -> None:
        rows = {
            n: dict(session.execute(sa.select(ENTRY).where(ENTRY.c.n == n)).mappings().one())
            for n in (first, second)
        }
        for n in (first, second):  # `n` is unique, so both step aside first
            change(ENTRY, n, "n", n + 1000)(session)
        for n, other in ((first, second), (second, first)):
            values = {"n": n} | {column: rows[other][column] for column in columns}
            session.execute(sa.update(ENTRY).where(ENTRY.c.n == n + 1000).values(values))

    return apply


def remove_payload(n: int) -> Tampering:
    return lambda session: session.execute(sa.delete(PAYLOAD).where(at_place(PAYLOAD, n)))


def remove(n: int) -> Tampering:
    def apply(session: Session) -> None:
        remove_payload(n)(session)
        session.execute(sa.delete(ENTRY).where(at_place(ENTRY, n)))

    return apply


def unseal(n: int) -> Tampering:
    return lambda session: session.execute(
        sa.update(ENTRY).where(ENTRY.c.n == n).values(n=None, prev=None, hash=None)
    )


def repeat(n: int) -> Tampering:
    """A copy of an entry, with its payload, behind the last."""

    def apply(session: Session) -> None:
        entry = dict(session.execute(sa.select(ENTRY).where(at_place(ENTRY, n))).mappings().one())
        payload = dict(
            session.execute(sa.select(PAYLOAD).where(at_place(PAYLOAD, n))).mappings().one()
        )
        entry |= {"id": entry["id"] + 1000, "n": ENTRIES + 2}
        session.execute(sa.insert(ENTRY).values(entry))
        session.execute(sa.insert(PAYLOAD).values(payload | {"entry_id": entry["id"]}))

    return apply


tamperings = st.one_of(
    of_entry("kind", st.sampled_from(["a:b:d", "x:y", "audit:payload:erase"])),
    of_entry("content", hexadecimal),
    of_entry("prev", hexadecimal),
    of_entry("hash", hexadecimal),
    of_entry("n", st.integers(ENTRIES + 2, 10_000)),
    st.builds(move_time, place, st.sampled_from([1, -1, 0.25, 86_400])),
    of_payload("salt", st.binary(min_size=32, max_size=32)),
    of_payload("actor_id", st.none() | number.filter(lambda value: value != 7)),
    of_payload("subject_kind", words.filter(lambda value: value not in {"run", "audit"})),
    of_payload("subject_id", words.filter(lambda value: value not in {"1", "payload"})),
    of_payload("reason", words.map(lambda value: f"{value}!")),
    of_payload("details", st.dictionaries(words, number, min_size=1)),
    of_payload(
        "details", st.sampled_from([{"a": 1.5}, [1], "x", {"entries": [{}]}, {"entries": 0}])
    ),
    st.builds(remove, place),
    st.builds(unseal, place),
    st.builds(repeat, kept_place),
    st.builds(remove_payload, kept_place),
    st.builds(
        swap,
        st.sampled_from([("n",), ("content",), ("prev", "hash"), ("hash",), ("n", "prev", "hash")]),
        st.just(2),
        st.sampled_from([1, 3, 4, 7, 9]),
    ),
    number.filter(lambda n: n != ENTRIES + 1).map(lambda n: change_head("n", n)),
    hexadecimal.map(lambda value: change_head("hash", value)),
)


def rows_of(session: Session) -> list[list[dict[str, Any]]]:
    return [
        [dict(row) for row in session.execute(sa.select(table).order_by(sa.text("1"))).mappings()]
        for table in TABLES
    ]


def put_back(session: Session, rows: Sequence[Sequence[dict[str, Any]]]) -> None:
    for table in (PAYLOAD, ENTRY, HEAD):
        session.execute(sa.delete(table))
    for table, content in zip(TABLES, rows, strict=True):
        session.execute(sa.insert(table), list(content))
    session.commit()


@contextmanager
def without_triggers(session: Session) -> Iterator[None]:
    """SQLite's file is replaced after the test; PostgreSQL's tables are emptied, so theirs come back."""
    if session.get_bind().dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit%'"
        for name in session.scalars(sa.text(query)).all():
            session.execute(sa.text(f"DROP TRIGGER {name}"))
        session.commit()
        yield
        return
    _switch(session, "DISABLE")
    try:
        yield
    finally:
        _switch(session, "ENABLE")


def _switch(session: Session, how: str) -> None:
    for table in TABLES:
        session.execute(sa.text(f"ALTER TABLE {table.name} {how} TRIGGER USER"))
    session.commit()


@pytest.mark.soak
def test_any_single_tampering_is_found(session: Session) -> None:
    actor = Actor(person_id=7)
    ids = [
        record(session, actor, "a:b:c", ("run", 1), details={"state": "open"})
        for _ in range(ENTRIES)
    ]
    erase_payloads(session, ids[2:3])
    session.commit()
    assert seal(session) == ENTRIES + 1
    session.commit()
    whole = rows_of(session)
    session.commit()
    report = verify(session)
    assert (report.ok, report.sealed, report.erased) == (True, ENTRIES + 1, 1)
    session.commit()

    @settings(
        max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(tamperings)
    @example(remove(ENTRIES + 1))  # the end: nothing after it misses it
    @example(remove_payload(1))
    @example(change_head("n", ENTRIES))
    @example(lambda session: session.execute(sa.delete(HEAD)))
    @example(unseal(ENTRIES + 1))
    @example(swap(("n",), 4, 5))
    @example(move_time(2, 0.25))
    @example(change(ENTRY, 1, "kind", ERASURE))
    @example(change(PAYLOAD, ENTRIES + 1, "details", {"entries": "all"}))
    @example(change(PAYLOAD, 1, "details", {"a": 1.5}))
    def tamper(tampering: Tampering) -> None:
        try:
            tampering(session)
            session.commit()
            changed = rows_of(session) != whole
            session.commit()
            found = verify(session).fault
        finally:
            session.rollback()
            put_back(session, whole)
        assert changed == (found is not None), found

    with without_triggers(session):
        tamper()
