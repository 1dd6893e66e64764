"""What a claim was for: an activity, whose budget pays."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "claims_0006"
down_revision = "claims_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("claims_claim", schema=None) as batch_op:
        batch_op.add_column(sa.Column("activity_id", sa.Integer(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_claims_claim_activity_id"), ["activity_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_claims_claim_activity_id_claims_activity"),
            "claims_activity",
            ["activity_id"],
            ["id"],
        )


def downgrade() -> None:
    with op.batch_alter_table("claims_claim", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_claims_claim_activity_id_claims_activity"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_claims_claim_activity_id"))
        batch_op.drop_column("activity_id")
