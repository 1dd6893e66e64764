"""Stopping somebody's places for a time, and saying that this is wrong"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "core_0009"
down_revision = "core_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "block",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("starts_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("reviewed_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column(
            "ended_how",
            sa.Enum(
                "over",
                "lifted",
                "replaced",
                name="ended_how",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_how IS NULL)", name=op.f("ck_block_ended")),
        sa.CheckConstraint("by_id <> person_id", name=op.f("ck_block_two_people")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_block_ends_later")),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_block_reason_given")),
        sa.CheckConstraint("review_on < last_day", name=op.f("ck_block_reviewed_before_its_end")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_block_by_id_person")),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["person.id"], name=op.f("fk_block_ended_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_block_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by_id"], ["person.id"], name=op.f("fk_block_reviewed_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_block")),
    )
    with op.batch_alter_table("block", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_block_by_id"), ["by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_block_ended_by_id"), ["ended_by_id"], unique=False)
        batch_op.create_index("ix_block_person_id", ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_block_reviewed_by_id"), ["reviewed_by_id"], unique=False
        )
        batch_op.create_index(
            "uq_block_open",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "block_appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("block_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column(
            "how",
            sa.Enum(
                "online",
                "phone",
                "paper",
                "supporter",
                "walk_in",
                name="how",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.Column("at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "stands",
                "lifted",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (outcome IS NULL)", name=op.f("ck_block_appeal_answered")
        ),
        sa.CheckConstraint("length(words) > 0", name=op.f("ck_block_appeal_words_given")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name=op.f("fk_block_appeal_answered_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["block_id"],
            ["block.id"],
            name=op.f("fk_block_appeal_block_id_block"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["person.id"], name=op.f("fk_block_appeal_written_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_block_appeal")),
    )
    with op.batch_alter_table("block_appeal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_block_appeal_answered_by_id"), ["answered_by_id"], unique=False
        )
        batch_op.create_index("ix_block_appeal_block_id", ["block_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_block_appeal_written_by_id"), ["written_by_id"], unique=False
        )
        batch_op.create_index(
            "uq_block_appeal_open",
            ["block_id"],
            unique=True,
            sqlite_where=sa.text("answered_at IS NULL"),
            postgresql_where=sa.text("answered_at IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("block_appeal", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_block_appeal_open",
            sqlite_where=sa.text("answered_at IS NULL"),
            postgresql_where=sa.text("answered_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_block_appeal_written_by_id"))
        batch_op.drop_index("ix_block_appeal_block_id")
        batch_op.drop_index(batch_op.f("ix_block_appeal_answered_by_id"))

    op.drop_table("block_appeal")
    with op.batch_alter_table("block", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_block_open",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_block_reviewed_by_id"))
        batch_op.drop_index("ix_block_person_id")
        batch_op.drop_index(batch_op.f("ix_block_ended_by_id"))
        batch_op.drop_index(batch_op.f("ix_block_by_id"))

    op.drop_table("block")
