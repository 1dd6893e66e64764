"""A digest for each table, over every row: what was put back is the same only when all of them are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

_AT_ONCE = 1_000  # rows in memory


@dataclass(frozen=True, slots=True)
class Digest:
    """How many rows a table has, and SHA-256 (hexadecimal) over the SHA-256 of each, in their order."""

    rows: int
    sha256: str


def digests(connection: sa.Connection) -> dict[str, Digest]:
    """The digest of every table of the database, whoever made it. Compare only those of one engine."""
    return {
        table: _digest(connection, table)
        for table in sorted(sa.inspect(connection).get_table_names())
    }


def differences(expected: dict[str, Digest], found: dict[str, Digest]) -> list[str]:
    """The tables that are not the same, each with what differs; none when all is well."""
    lines = []
    for table in sorted({*expected, *found}):
        before, after = expected.get(table), found.get(table)
        if before != after:
            lines.append(f"{table}: {_words(before)} in the backup, {_words(after)} now")
    return lines


def _words(digest: Digest | None) -> str:
    return "missing" if digest is None else f"{digest.rows} rows ({digest.sha256[:12]})"


def _digest(connection: sa.Connection, table: str) -> Digest:
    columns = sorted(column["name"] for column in sa.inspect(connection).get_columns(table))
    named = sa.table(table, *(sa.column(name) for name in columns))
    # Rows without a key of their own (an index for search) are put in order by their digests.
    rows = connection.execution_options(yield_per=_AT_ONCE).execute(sa.select(named))
    each = sorted(hashlib.sha256("\x1f".join(map(_spell, row)).encode()).digest() for row in rows)
    whole = hashlib.sha256()
    for one in each:
        whole.update(one)
    return Digest(len(each), whole.hexdigest())


def _spell(value: Any) -> str:
    """A value's one spelling, its kind with it: the text 1 is not the number 1."""
    shown = value.hex() if isinstance(value, bytes | memoryview) else repr(value)
    return f"{type(value).__name__}:{shown}"
