"""Erasing somebody who asked takes a second person"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.db import UTCDateTime

revision = "core_0031"
down_revision = "core_0030"
branch_labels = None
depends_on = None

HOW = ("online", "phone", "letter", "in_person")
NOT_ENDED = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "erasure_ask",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "how",
            sa.Enum(*HOW, name="how", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("told", sa.String(length=16), nullable=False),
        sa.Column("begun_by_id", sa.Integer(), nullable=True),
        sa.Column("begun_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.CheckConstraint("how <> 'online'", name=op.f("ck_erasure_ask_written_down")),
        sa.CheckConstraint("length(words) > 0", name=op.f("ck_erasure_ask_words_given")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_erasure_ask_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["begun_by_id"], ["person.id"], name=op.f("fk_erasure_ask_begun_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure_ask")),
    )
    for column in ("person_id", "begun_by_id", "ended_at"):
        op.create_index(op.f(f"ix_erasure_ask_{column}"), "erasure_ask", [column])
    op.create_index(
        "uq_erasure_ask_open",
        "erasure_ask",
        ["person_id"],
        unique=True,
        sqlite_where=NOT_ENDED,
        postgresql_where=NOT_ENDED,
    )


def downgrade() -> None:
    op.drop_table("erasure_ask")
