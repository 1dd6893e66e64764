"""What whoever leads writes around a session is sealed

All or nothing: the rows are sealed in the transaction that changes the tables, with the keys of the
college. On PostgreSQL the change of type writes the table anew, so nothing of the old rows stays in its file.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

from portal.vault import Place, Vault

revision = "core_0030"
down_revision = "core_0029"
branch_labels = None
depends_on = None

_TABLES = ("raised_hand", "debrief_note")
_BATCH = 500


def upgrade() -> None:
    vault = _vault()
    for table in _TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("uid", sa.String(length=36), nullable=True))
        _rewrite(table, _sealing(vault, table))
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column("uid", existing_type=sa.String(length=36), nullable=False)
            batch_op.alter_column(
                "words",
                existing_type=sa.Text(),
                type_=sa.LargeBinary(),
                existing_nullable=False,
                postgresql_using="decode(words, 'hex')",
            )
            batch_op.create_unique_constraint(op.f(f"uq_{table}_uid"), ["uid"])


def downgrade() -> None:
    vault = _vault()
    for table in _TABLES:
        _rewrite(table, _opening(vault, table))
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(op.f(f"uq_{table}_uid"), type_="unique")
            batch_op.alter_column(
                "words",
                existing_type=sa.LargeBinary(),
                type_=sa.Text(),
                existing_nullable=False,
                postgresql_using="convert_from(words, 'UTF8')",
            )
            batch_op.drop_column("uid")


def _vault() -> Vault:
    config = op.get_context().config
    if config is None:
        raise RuntimeError("these rows are sealed by `portal db upgrade`, which knows the keys")
    return Vault(config.attributes["settings"])


def _sealing(vault: Vault, table: str) -> Callable[[Any], tuple[str, Any]]:
    def change(row: Any) -> tuple[str, Any]:
        uid = str(uuid.uuid4())
        sealed = vault.seal(Place(table, "words", uid), row.words)
        return uid, sealed if _is_sqlite() else sealed.hex()

    return change


def _opening(vault: Vault, table: str) -> Callable[[Any], tuple[str, Any]]:
    def change(row: Any) -> tuple[str, Any]:
        opened = vault.unseal(Place(table, "words", row.uid), bytes(row.words))
        return row.uid, opened if _is_sqlite() else opened.encode()

    return change


def _rewrite(table: str, change: Callable[[Any], tuple[str, Any]]) -> None:
    """Give every row its name and words anew, in lots. SQLite keeps bytes and text in either column."""
    connection, after = op.get_bind(), 0
    chosen = sa.text(
        f"SELECT id, uid, words FROM {table} WHERE id > :after ORDER BY id LIMIT {_BATCH}"  # noqa: S608 - names of this file
    )
    written = sa.text(f"UPDATE {table} SET uid = :uid, words = :words WHERE id = :id")  # noqa: S608 - names of this file
    while rows := connection.execute(chosen, {"after": after}).all():
        values = [(row.id, *change(row)) for row in rows]
        connection.execute(
            written, [{"id": id_, "uid": uid, "words": words} for id_, uid, words in values]
        )
        after = rows[-1].id


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
