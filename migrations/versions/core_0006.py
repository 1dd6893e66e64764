"""Runs: how many places everybody is told are free"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0006"
down_revision = "core_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("run") as batch_op:
        batch_op.add_column(sa.Column("places_free", sa.Integer(), nullable=True))
    with op.batch_alter_table("run") as batch_op:
        batch_op.create_check_constraint(
            op.f("ck_run_places_free_not_negative"), "places_free >= 0"
        )


def downgrade() -> None:
    with op.batch_alter_table("run") as batch_op:
        batch_op.drop_constraint(op.f("ck_run_places_free_not_negative"), type_="check")
        batch_op.drop_column("places_free")
