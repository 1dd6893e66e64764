"""Concerns, and whom to call in an emergency"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "core_0020"
down_revision = "core_0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "concern",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("once", sa.String(length=64), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("reach", sa.LargeBinary(), nullable=True),
        sa.Column("raised_by_id", sa.Integer(), nullable=True),
        sa.Column("raised_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("waiting_since", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("acknowledged_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("holder_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "supported",
                "passed_on",
                "safeguarding",
                "no_action",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (outcome IS NULL)", name=op.f("ck_concern_closed_with_outcome")
        ),
        sa.CheckConstraint("level BETWEEN 0 AND 2", name=op.f("ck_concern_level")),
        sa.ForeignKeyConstraint(
            ["holder_id"], ["person.id"], name=op.f("fk_concern_holder_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["raised_by_id"], ["person.id"], name=op.f("fk_concern_raised_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern")),
        sa.UniqueConstraint("once", name=op.f("uq_concern_once")),
        sa.UniqueConstraint("uid", name=op.f("uq_concern_uid")),
    )
    with op.batch_alter_table("concern", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_concern_closed_at"), ["closed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_concern_holder_id"), ["holder_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_concern_raised_by_id"), ["raised_by_id"], unique=False)
        batch_op.create_index(
            "ix_concern_waits",
            ["waiting_since"],
            unique=False,
            sqlite_where=sa.text("acknowledged_at IS NULL AND closed_at IS NULL"),
            postgresql_where=sa.text("acknowledged_at IS NULL AND closed_at IS NULL"),
        )

    op.create_table(
        "emergency_contact",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_emergency_contact_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_emergency_contact")),
    )
    op.create_table(
        "concern_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("once", sa.String(length=64), nullable=False),
        sa.Column("concern_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "acknowledged",
                "note",
                "handed_on",
                "closed",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("to_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_concern_step_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["concern_id"],
            ["concern.id"],
            name=op.f("fk_concern_step_concern_id_concern"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["to_id"], ["person.id"], name=op.f("fk_concern_step_to_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern_step")),
        sa.UniqueConstraint("once", name=op.f("uq_concern_step_once")),
        sa.UniqueConstraint("uid", name=op.f("uq_concern_step_uid")),
    )
    with op.batch_alter_table("concern_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_concern_step_by_id"), ["by_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_concern_step_concern_id"), ["concern_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_concern_step_to_id"), ["to_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("concern_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_concern_step_to_id"))
        batch_op.drop_index(batch_op.f("ix_concern_step_concern_id"))
        batch_op.drop_index(batch_op.f("ix_concern_step_by_id"))

    op.drop_table("concern_step")
    op.drop_table("emergency_contact")
    with op.batch_alter_table("concern", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_concern_waits",
            sqlite_where=sa.text("acknowledged_at IS NULL AND closed_at IS NULL"),
            postgresql_where=sa.text("acknowledged_at IS NULL AND closed_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_concern_raised_by_id"))
        batch_op.drop_index(batch_op.f("ix_concern_holder_id"))
        batch_op.drop_index(batch_op.f("ix_concern_closed_at"))

    op.drop_table("concern")
