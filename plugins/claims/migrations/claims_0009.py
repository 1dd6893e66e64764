"""A person's claims in one state, and payments that failed, are found without a look at all others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "claims_0009"
down_revision = "claims_0008"
branch_labels = None
depends_on = None

_OF_A_PERSON = "ix_claims_claim_person_id_state"
_FAILED = "ix_claims_payment_failed"
_WHERE = sa.text("outcome = 'failed'")


def upgrade() -> None:
    op.create_index(_OF_A_PERSON, "claims_claim", ["person_id", "state"])
    op.create_index(
        _FAILED,
        "claims_payment",
        ["what", "what_id"],
        sqlite_where=_WHERE,
        postgresql_where=_WHERE,
    )


def downgrade() -> None:
    op.drop_index(_FAILED, "claims_payment")
    op.drop_index(_OF_A_PERSON, "claims_claim")
