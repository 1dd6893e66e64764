"""Triggers that keep the books append-only on both databases.

They run wherever the table is created, in tests and in the migration. A later migration that rebuilds the
table on SQLite (a batch alter) drops its triggers and must run `statements` again.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

TABLE = "claims_entry"
FUNCTION = f"{TABLE}_guard"
_SQLITE = (
    # INSERT OR REPLACE would remove the old row without asking the delete trigger.
    ("no_replace", "INSERT", "EXISTS (SELECT 1 FROM claims_entry WHERE id = NEW.id OR key = NEW.key)"),
    ("no_change", "UPDATE", "1"),
    ("no_delete", "DELETE", "1"),
)  # fmt: skip


def statements(dialect: str) -> Sequence[str]:
    """The statements that guard the books. `dialect` is `sqlite` or `postgresql`."""
    said = f"{TABLE} is append-only"
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {TABLE}_{name} BEFORE {event} ON {TABLE} WHEN {refused}"
            f" BEGIN SELECT RAISE(ABORT, '{said}'); END"
            for name, event, refused in _SQLITE
        ]
    return [
        f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN RAISE EXCEPTION '{said}'; END $$",
        f"CREATE OR REPLACE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE}"
        f" FOR EACH ROW EXECUTE FUNCTION {FUNCTION}()",
    ]


def attach(table: sa.Table) -> None:
    """Have the statements run when the table is created."""
    for dialect in ("sqlite", "postgresql"):
        for statement in statements(dialect):
            guard = sa.DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy's own
            sa.event.listen(table, "after_create", guard.execute_if(dialect=dialect))
