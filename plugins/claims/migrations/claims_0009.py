"""What of a person's claims is in which state is found without looking through everybody's."""

from __future__ import annotations

from alembic import op

revision = "claims_0009"
down_revision = "claims_0008"
branch_labels = None
depends_on = None

_INDEX = "ix_claims_claim_person_id_state"


def upgrade() -> None:
    op.create_index(_INDEX, "claims_claim", ["person_id", "state"])


def downgrade() -> None:
    op.drop_index(_INDEX, "claims_claim")
