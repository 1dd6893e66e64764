"""What was approved once more before it was paid."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.plugin_api import UTCDateTime

revision = "claims_0005"
down_revision = "claims_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claims_again",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "what",
            sa.Enum(
                "claim",
                "choice",
                "advance",
                name="what",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("what_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("pence", sa.Integer(), nullable=False),
        sa.Column("detail_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("pence > 0", name=op.f("ck_claims_again_pence_positive")),
        sa.ForeignKeyConstraint(
            ["detail_id"],
            ["claims_bank_detail.id"],
            name=op.f("fk_claims_again_detail_id_claims_bank_detail"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_claims_again_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_again")),
        sa.UniqueConstraint(
            "what",
            "what_id",
            "version",
            "pence",
            "detail_id",
            "person_id",
            name=op.f("uq_claims_again_what_what_id_version_pence_detail_id_person_id"),
        ),
        info={"branch": "claims"},
    )
    for column in ("detail_id", "person_id"):
        op.create_index(op.f(f"ix_claims_again_{column}"), "claims_again", [column])


def downgrade() -> None:
    op.drop_table("claims_again")
