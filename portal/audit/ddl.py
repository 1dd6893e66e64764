"""Triggers that keep the audit append-only on both databases.

They run wherever the tables are created, in tests and in migrations. A later migration that rebuilds
one of these tables on SQLite (a batch alter) drops its triggers and must run `statements` again.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from portal.audit.models import AuditEntry

# Sealing is the only change an entry may see, once, whole, and touching nothing else.
_SEALING = (
    "OLD.n IS NULL AND NEW.n IS NOT NULL AND NEW.id = OLD.id AND NEW.kind = OLD.kind"
    " AND NEW.at = OLD.at AND NEW.content = OLD.content"
)
_GROWING = "NEW.id = OLD.id AND NEW.n > OLD.n"

_SQLITE = {
    "audit_entry": (
        # INSERT OR REPLACE would remove the old row without asking the delete trigger.
        ("no_replace", "INSERT", "NEW.n IS NOT NULL OR EXISTS"
         " (SELECT 1 FROM audit_entry WHERE id = NEW.id)"),
        ("sealed_once", "UPDATE", f"NOT ({_SEALING})"),
        ("no_delete", "DELETE", "1"),
    ),
    "audit_payload": (
        ("no_replace", "INSERT", "EXISTS"
         " (SELECT 1 FROM audit_payload WHERE entry_id = NEW.entry_id)"),
        ("no_change", "UPDATE", "1"),
    ),
    "audit_chain": (
        ("only_grows", "UPDATE", f"NOT ({_GROWING})"),
        ("no_delete", "DELETE", "1"),
    ),
}  # fmt: skip

# Per table: when a change is allowed. Inserting a row that stands already is refused by its key.
_POSTGRESQL = {
    "audit_entry": (
        f"(TG_OP = 'UPDATE' AND {_SEALING}) OR (TG_OP = 'INSERT' AND NEW.n IS NULL)",
        "INSERT OR UPDATE OR DELETE",
    ),
    "audit_payload": ("FALSE", "UPDATE"),
    "audit_chain": (f"TG_OP = 'UPDATE' AND {_GROWING}", "UPDATE OR DELETE"),
}


def statements(table: str, dialect: str) -> Sequence[str]:
    """The statements that guard one table. `dialect` is `sqlite` or `postgresql`."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {table}_{name} BEFORE {event} ON {table} WHEN {refused}"
            f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for name, event, refused in _SQLITE[table]
        ]
    allowed, events = _POSTGRESQL[table]
    return [
        f"CREATE OR REPLACE FUNCTION {table}_guard() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN IF {allowed} THEN RETURN NEW; END IF;"
        f" RAISE EXCEPTION '{table} is append-only'; END $$",
        f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE {events} ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {table}_guard()",
    ]


def _attach() -> None:
    for name in _SQLITE:
        table = AuditEntry.metadata.tables[name]
        for dialect in ("sqlite", "postgresql"):
            for statement in statements(name, dialect):
                guard = sa.DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy's own
                sa.event.listen(table, "after_create", guard.execute_if(dialect=dialect))


_attach()
