"""Breaks that people take"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "core_0010"
down_revision = "core_0009"
branch_labels = None
depends_on = None

HOW = "how IN ('tapped', 'form', 'paper', 'ahead'%s)"


def _marked_how(more: str) -> None:
    """How a mark came about has other values from now on."""
    name = op.f("ck_attendance_change_how")
    with op.batch_alter_table("attendance_change") as batch_op:
        batch_op.drop_constraint(name, type_="check")
    with op.batch_alter_table("attendance_change") as batch_op:
        batch_op.create_check_constraint(name, HOW % more)


def upgrade() -> None:
    op.create_table(
        "pause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
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
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column(
            "ended_how",
            sa.Enum(
                "over",
                "early",
                "replaced",
                name="ended_how",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_how IS NULL)", name=op.f("ck_pause_ended")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_pause_ends_later")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_pause_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_pause_recorded_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
    )
    with op.batch_alter_table("pause", schema=None) as batch_op:
        batch_op.create_index("ix_pause_person_id", ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_pause_recorded_by_id"), ["recorded_by_id"], unique=False
        )
        batch_op.create_index(
            "uq_pause_open",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
    _marked_how(", 'pause'")


def downgrade() -> None:
    op.execute("UPDATE attendance_change SET how = 'ahead' WHERE how = 'pause'")
    _marked_how("")
    with op.batch_alter_table("pause", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_pause_open",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_pause_recorded_by_id"))
        batch_op.drop_index("ix_pause_person_id")

    op.drop_table("pause")
