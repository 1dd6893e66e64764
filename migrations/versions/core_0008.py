"""Runs whose first session is needed, and what is kept for whoever misses it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "core_0008"
down_revision = "core_0007"
branch_labels = None
depends_on = None

TABLES = ("course", "run")


def upgrade() -> None:
    # Added and dropped in place: SQLite would otherwise rebuild `course`, and lose the triggers that keep
    # what search looks in.
    for table in TABLES:
        needed = sa.Column(
            "first_required", sa.Boolean(), nullable=False, server_default=sa.false()
        )
        op.add_column(table, needed)

    op.create_table(
        "missed_first",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "looking",
                "kept",
                "settled",
                "taken_back",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("noted_interest", sa.Boolean(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state <> 'looking' OR entry_id IS NULL", name=op.f("ck_missed_first_looking")
        ),
        sa.CheckConstraint("times > 0", name=op.f("ck_missed_first_times_positive")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolment.id"],
            name=op.f("fk_missed_first_enrolment_id_enrolment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["wait_entry.id"],
            name=op.f("fk_missed_first_entry_id_wait_entry"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["course_session.id"],
            name=op.f("fk_missed_first_session_id_course_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missed_first")),
        sa.UniqueConstraint("enrolment_id", name=op.f("uq_missed_first_enrolment_id")),
    )
    with op.batch_alter_table("missed_first") as batch_op:
        batch_op.create_index(batch_op.f("ix_missed_first_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_missed_first_session_id"), ["session_id"], unique=False
        )
        batch_op.create_index("ix_missed_first_state", ["state"], unique=False)


def downgrade() -> None:
    op.drop_table("missed_first")
    for table in TABLES:
        op.drop_column(table, "first_required")
