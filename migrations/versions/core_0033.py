"""References are sealed; moving somebody on past a step to come leaves why; who handed a session back

All or nothing: the rows are sealed in the transaction that changes the table, with the keys of the college.
On PostgreSQL the change of type writes the table anew, so nothing of the old rows stays in its file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

from portal.db import UTCDateTime
from portal.vault import Place, Vault

revision = "core_0033"
down_revision = "core_0032"
branch_labels = None
depends_on = None

_STAGES = ("interested", "checks", "trained", "shadowing", "active", "resting", "left")
_ASKS = ("waiting", "yes", "no", "taken")
_BATCH = 500
_SIGNED = "state <> 'signed' OR (signed_at IS NOT NULL AND {given} AND length(signed_as) > 0)"
_RULE = "ck_reference_signed_by_name"


def upgrade() -> None:
    _ask_states((*_ASKS, "handed_back"))
    op.create_table(
        "pathway_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(*_STAGES, name="stage", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("passed", sa.JSON(), nullable=False),
        sa.Column("why", sa.String(length=1_000), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("length(why) > 0", name=op.f("ck_pathway_move_why_given")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_pathway_move_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_pathway_move_recorded_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pathway_move")),
    )
    with op.batch_alter_table("pathway_move") as batch_op:
        batch_op.create_index("ix_pathway_move_person_id", ["person_id", "id"])
        batch_op.create_index(op.f("ix_pathway_move_recorded_by_id"), ["recorded_by_id"])
    _seal()


def downgrade() -> None:
    _open()
    op.drop_table("pathway_move")
    # Whoever handed a session back without being asked has no question there.
    op.execute("DELETE FROM lead_ask WHERE state = 'handed_back' AND times = 0")
    op.execute("UPDATE lead_ask SET state = 'no' WHERE state = 'handed_back'")
    _ask_states(_ASKS)


def _ask_states(states: tuple[str, ...]) -> None:
    """What may come of asking somebody to lead."""
    with op.batch_alter_table("lead_ask") as batch_op:
        batch_op.drop_constraint(op.f("ck_lead_ask_state"), type_="check")
        allowed = ", ".join(f"'{one}'" for one in states)
        batch_op.create_check_constraint(op.f("ck_lead_ask_state"), f"state IN ({allowed})")


def _seal() -> None:
    with op.batch_alter_table("reference") as batch_op:
        batch_op.drop_constraint(op.f(_RULE), type_="check")
        batch_op.alter_column("words", existing_type=sa.Text(), nullable=True)
    op.execute("UPDATE reference SET words = NULL WHERE words = ''")
    vault, hexed = _vault(), not _is_sqlite()

    def sealed(row: Any) -> Any:
        made = vault.seal(Place("reference", "words", str(row.id)), row.words)
        return made.hex() if hexed else made

    _rewrite(sealed)
    with op.batch_alter_table("reference") as batch_op:
        batch_op.alter_column(
            "words",
            existing_type=sa.Text(),
            type_=sa.LargeBinary(),
            existing_nullable=True,
            postgresql_using="decode(words, 'hex')",
        )
        batch_op.create_check_constraint(op.f(_RULE), _SIGNED.format(given="words IS NOT NULL"))


def _open() -> None:
    vault, encoded = _vault(), not _is_sqlite()

    def opened(row: Any) -> Any:
        words = vault.unseal(Place("reference", "words", str(row.id)), bytes(row.words))
        return words.encode() if encoded else words

    with op.batch_alter_table("reference") as batch_op:
        batch_op.drop_constraint(op.f(_RULE), type_="check")
    _rewrite(opened)
    with op.batch_alter_table("reference") as batch_op:
        batch_op.alter_column(
            "words",
            existing_type=sa.LargeBinary(),
            type_=sa.Text(),
            existing_nullable=True,
            postgresql_using="convert_from(words, 'UTF8')",
        )
    op.execute("UPDATE reference SET words = '' WHERE words IS NULL")
    with op.batch_alter_table("reference") as batch_op:
        batch_op.alter_column("words", existing_type=sa.Text(), nullable=False)
        batch_op.create_check_constraint(op.f(_RULE), _SIGNED.format(given="length(words) > 0"))


def _vault() -> Vault:
    config = op.get_context().config
    if config is None:
        raise RuntimeError("these rows are sealed by `portal db upgrade`, which knows the keys")
    return Vault(config.attributes["settings"])


def _rewrite(change: Callable[[Any], Any]) -> None:
    """Give every row that says something its words anew, in lots. SQLite keeps bytes and text in either
    column.
    """
    connection, after = op.get_bind(), 0
    chosen = sa.text(
        "SELECT id, words FROM reference WHERE id > :after AND words IS NOT NULL"
        " ORDER BY id LIMIT :batch"
    )
    written = sa.text("UPDATE reference SET words = :words WHERE id = :id")
    while rows := connection.execute(chosen, {"after": after, "batch": _BATCH}).all():
        connection.execute(written, [{"id": row.id, "words": change(row)} for row in rows])
        after = rows[-1].id


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
