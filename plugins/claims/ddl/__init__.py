"""Triggers that keep the books, and what moved of money paid ahead, append-only on both databases.

They run wherever the table is created, in tests and in the migration. A later migration that rebuilds the
table on SQLite (a batch alter) drops its triggers and must run `statements` again.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

TABLE = "claims_entry"


def function_of(table: str) -> str:
    """The name of the function that guards a table on PostgreSQL."""
    return f"{table}_guard"


FUNCTION = function_of(TABLE)


def statements(dialect: str, table: str = TABLE) -> Sequence[str]:
    """The statements that guard a table, which has an `id` and a `key`. `dialect` is `sqlite` or
    `postgresql`.
    """
    said = f"{table} is append-only"
    if dialect == "sqlite":
        # INSERT OR REPLACE would remove the old row without asking the delete trigger.
        there = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id OR key = NEW.key)"  # noqa: S608 - a table of ours
        guards = (
            ("no_replace", "INSERT", there),
            ("no_change", "UPDATE", "1"),
            ("no_delete", "DELETE", "1"),
        )
        return [
            f"CREATE TRIGGER IF NOT EXISTS {table}_{name} BEFORE {event} ON {table} WHEN {refused}"
            f" BEGIN SELECT RAISE(ABORT, '{said}'); END"
            for name, event, refused in guards
        ]
    return [
        f"CREATE OR REPLACE FUNCTION {function_of(table)}() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN RAISE EXCEPTION '{said}'; END $$",
        f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {function_of(table)}()",
    ]


def attach(table: sa.Table) -> None:
    """Have the statements run when the table is created."""
    for dialect in ("sqlite", "postgresql"):
        for statement in statements(dialect, table.name):
            guard = sa.DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy's own
            sa.event.listen(table, "after_create", guard.execute_if(dialect=dialect))
