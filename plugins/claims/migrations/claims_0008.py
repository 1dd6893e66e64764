"""What is to be paid stands in its order, whichever of two states it is in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "claims_0008"
down_revision = "claims_0007"
branch_labels = None
depends_on = None

_INDEX = "ix_claims_claim_to_pay"
_TO_PAY = sa.text("CASE WHEN state IN ('decided', 'failed') THEN 1 ELSE 0 END = 1")


def upgrade() -> None:
    op.create_index(
        _INDEX,
        "claims_claim",
        ["sent_at", "id"],
        sqlite_where=_TO_PAY,
        postgresql_where=_TO_PAY,
    )


def downgrade() -> None:
    op.drop_index(_INDEX, "claims_claim")
