"""Records that became one, pauses, and closed ways to sign in"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "core_0022"
down_revision = "core_0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_closing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("starts_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "ends_at IS NULL OR ends_at > starts_at", name=op.f("ck_account_closing_ends_later")
        ),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_account_closing_reason_given")),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_account_closing_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["person.id"], name=op.f("fk_account_closing_ended_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_account_closing_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_closing")),
    )
    with op.batch_alter_table("account_closing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_closing_by_id"), ["by_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_account_closing_ended_by_id"), ["ended_by_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_account_closing_person_id"), ["person_id"], unique=False
        )
        batch_op.create_index(
            "uq_account_closing_open",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("paused_at", portal.db.UTCDateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_person_merged_into_id"), ["merged_into_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_person_merged_into_id_person"), "person", ["merged_into_id"], ["id"]
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_person_nobody_once_merged"),
            "merged_into_id IS NULL OR erased_at IS NOT NULL",
        )
        batch_op.create_check_constraint(
            batch_op.f("ck_person_merged_into_another"), "merged_into_id <> id"
        )


def downgrade() -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_person_merged_into_another"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_person_nobody_once_merged"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_person_merged_into_id_person"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_person_merged_into_id"))
        batch_op.drop_column("merged_into_id")
        batch_op.drop_column("paused_at")

    with op.batch_alter_table("account_closing", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_account_closing_open",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_account_closing_person_id"))
        batch_op.drop_index(batch_op.f("ix_account_closing_ended_by_id"))
        batch_op.drop_index(batch_op.f("ix_account_closing_by_id"))

    op.drop_table("account_closing")
