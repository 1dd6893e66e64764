"""Requests for the whole record"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.db import UTCDateTime

revision = "core_0016"
down_revision = "core_0015"
branch_labels = None
depends_on = None

STATES = ("asked", "waiting", "released", "refused", "withdrawn")
OPEN = sa.text("state IN ('asked', 'waiting')")


def upgrade() -> None:
    op.create_table(
        "record_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="state", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("paused_on", sa.Date(), nullable=True),
        sa.Column("paused_days", sa.Integer(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("approved", sa.JSON(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'waiting') = (paused_on IS NOT NULL)",
            name=op.f("ck_record_request_paused"),
        ),
        sa.CheckConstraint(
            "(state IN ('asked', 'waiting')) = (decided_at IS NULL)",
            name=op.f("ck_record_request_decided"),
        ),
        sa.CheckConstraint("paused_days >= 0", name=op.f("ck_record_request_paused_days")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_record_request_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_record_request_decided_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_request")),
    )
    op.create_index(op.f("ix_record_request_person_id"), "record_request", ["person_id"])
    op.create_index(op.f("ix_record_request_decided_at"), "record_request", ["decided_at"])
    op.create_index(op.f("ix_record_request_decided_by_id"), "record_request", ["decided_by_id"])
    op.create_index(
        "uq_record_request_open",
        "record_request",
        ["person_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    op.drop_table("record_request")
