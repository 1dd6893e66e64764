"""Concerns that came in heaps ring nobody by themselves"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0032"
down_revision = "core_0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "concern", sa.Column("rings", sa.Boolean(), server_default=sa.true(), nullable=False)
    )


def downgrade() -> None:
    with op.batch_alter_table("concern") as batch_op:
        batch_op.drop_column("rings")
