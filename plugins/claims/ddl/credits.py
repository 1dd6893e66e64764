"""Triggers that keep hours append-only on both databases.

Whose they are and who wrote them may change, and words may be emptied: two records become one, somebody is
erased. What they are does not. See `ddl` for what a later migration has to mind.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

TABLE = "claims_time_credit"
FUNCTION = f"{TABLE}_guard"
_FIXED = "id, key, kind, minutes, at"
_TWICE = "EXISTS (SELECT 1 FROM claims_time_credit WHERE id = NEW.id OR key = NEW.key)"
_SQLITE = (
    # INSERT OR REPLACE would remove the old row without asking the delete trigger.
    ("no_replace", "INSERT", _TWICE),
    ("no_change", f"UPDATE OF {_FIXED}", "1"),
    ("no_other_words", "UPDATE OF words", "NEW.words <> ''"),
    ("no_delete", "DELETE", "1"),
)
_POSTGRESQL = (
    ("no_change", f"UPDATE OF {_FIXED} OR DELETE", ""),
    ("no_other_words", "UPDATE OF words", " WHEN (NEW.words <> '')"),
)


def statements(dialect: str) -> Sequence[str]:
    """The statements that guard the hours. `dialect` is `sqlite` or `postgresql`."""
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
        *(
            f"CREATE OR REPLACE TRIGGER {TABLE}_{name} BEFORE {event} ON {TABLE}"
            f" FOR EACH ROW{when} EXECUTE FUNCTION {FUNCTION}()"
            for name, event, when in _POSTGRESQL
        ),
    ]


def attach(table: sa.Table) -> None:
    """Have the statements run when the table is created."""
    for dialect in ("sqlite", "postgresql"):
        for statement in statements(dialect):
            guard = sa.DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy's own
            sa.event.listen(table, "after_create", guard.execute_if(dialect=dialect))
