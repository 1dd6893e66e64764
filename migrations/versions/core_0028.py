"""Two records wait for a second person who makes one of them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "core_0028"
down_revision = "core_0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "merge_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kept_id", sa.Integer(), nullable=False),
        sa.Column("gone_id", sa.Integer(), nullable=False),
        sa.Column(
            "sign_in",
            sa.Enum(
                "kept", "gone", name="sign_in", native_enum=False, create_constraint=True, length=20
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("begun_by_id", sa.Integer(), nullable=False),
        sa.Column("begun_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kept_id != gone_id", name=op.f("ck_merge_request_two_records")),
        sa.ForeignKeyConstraint(
            ["kept_id"], ["person.id"], name=op.f("fk_merge_request_kept_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["gone_id"], ["person.id"], name=op.f("fk_merge_request_gone_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["begun_by_id"], ["person.id"], name=op.f("fk_merge_request_begun_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge_request")),
        sa.UniqueConstraint("gone_id", name=op.f("uq_merge_request_gone_id")),
    )
    with op.batch_alter_table("merge_request") as batch_op:
        for column in ("kept_id", "begun_by_id"):
            batch_op.create_index(batch_op.f(f"ix_merge_request_{column}"), [column], unique=False)


def downgrade() -> None:
    op.drop_table("merge_request")
