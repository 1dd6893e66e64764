"""Wrap every sealed value for the college's current key, in small transactions, without reading any.

Each value names the key that opens it, so what was done stays done: whoever is killed begins again, and finds
only what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.db import metadata, run_unit, unit_of_work
from portal.vault import HEAD, VERSION, Place, Vault, VaultError, sealed_columns

BATCH = 200  # values in one transaction: some milliseconds of the write lock
Progress = Callable[[int, int], None]  # done, of all that there were to do


@dataclass(slots=True)
class Rotated:
    """How many values were wrapped anew, and a line for each that could not be."""

    done: int = 0
    refused: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of sealed values, and the statements over it."""

    value: sa.Column[Any]
    row: sa.Column[Any]
    current: bytes  # how the envelope of a value begins that needs nothing

    @property
    def keys(self) -> list[sa.Column[Any]]:
        return list(self.value.table.primary_key.columns)

    @property
    def left(self) -> sa.ColumnElement[bool]:
        begins = sa.func.substr(self.value, 1, HEAD, type_=sa.LargeBinary())
        return sa.and_(self.value.is_not(None), begins != self.current)

    def page(self, after: tuple[Any, ...] | None) -> sa.Select[Any]:
        chosen = sa.select(*self.keys, self.row.label("row_name"), self.value.label("sealed"))
        chosen = chosen.where(self.left).order_by(*self.keys).limit(BATCH).with_for_update()
        if after is None:
            return chosen
        beyond = sa.tuple_(*self.keys) > sa.tuple_(
            *(sa.literal(part, key.type) for part, key in zip(after, self.keys, strict=True))
        )
        return chosen.where(beyond)


def rotate(vault: Vault, progress: Progress | None = None) -> Rotated:
    """Wrap every value of every known table that another key opens. Needs an app context.

    Raises:
        VaultError: there is no key.
    """
    begins = VERSION + vault.current()[0]
    with unit_of_work("read") as session:
        # A plugin in quarantine may have brought models, and no tables.
        tables = frozenset(sa.inspect(session.connection()).get_table_names())
        columns = [
            _Column(value, row, begins)
            for value, row in sealed_columns(metadata)
            if value.table.name in tables
        ]
        total = sum(_count(session, column) for column in columns)
    outcome, seen = Rotated(), 0
    for column in columns:
        for done, refused in _batches(vault, column):
            outcome.done += done
            outcome.refused += refused
            seen += done + len(refused)
            if progress is not None:
                progress(seen, total)
    return outcome


def _count(session: Session, column: _Column) -> int:
    counted = sa.select(sa.func.count()).select_from(column.value.table).where(column.left)
    return session.scalar(counted) or 0


def _batches(vault: Vault, column: _Column) -> Iterator[tuple[int, list[str]]]:
    after: tuple[Any, ...] | None = None
    while True:
        done, refused, after = run_unit(
            lambda session, beyond=after: _batch(session, vault, column, beyond)  # type: ignore[misc]
        )
        if after is None:
            return
        yield done, refused


def _batch(
    session: Session, vault: Vault, column: _Column, after: tuple[Any, ...] | None
) -> tuple[int, list[str], tuple[Any, ...] | None]:
    """How many were wrapped, what was refused, and the last row looked at: None at the end."""
    done, refused, last = 0, [], None
    table, count = column.value.table, len(column.keys)
    for row in session.execute(column.page(after)).all():
        last = tuple(row[:count])
        place = Place(table.name, column.value.name, str(row.row_name))
        try:
            anew = vault.rewrap(place, bytes(row.sealed))
        except VaultError as error:
            refused.append(str(error))
            continue
        here = [key == part for key, part in zip(column.keys, last, strict=True)]
        session.execute(sa.update(table).where(*here).values({column.value: anew}))
        done += 1
    return done, refused, last
