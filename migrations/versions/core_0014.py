"""Who was erased, so that a restored backup is erased again"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.db import UTCDateTime

revision = "core_0014"
down_revision = "core_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasure_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_note")),
        sa.UniqueConstraint("uid", name=op.f("uq_erasure_note_uid")),
    )
    op.create_index(op.f("ix_erasure_note_at"), "erasure_note", ["at"])
    op.create_index(op.f("ix_erasure_note_person_id"), "erasure_note", ["person_id"])


def downgrade() -> None:
    op.drop_table("erasure_note")
