"""How far letting go of what was kept long enough has come"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.db import UTCDateTime

revision = "core_0015"
down_revision = "core_0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "retention_run",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.Column("after_id", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("last_done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_retention_run")),
    )

    # Their work is the one nightly run's now; what came of their last run is nobody's worry any more.
    op.execute(
        "DELETE FROM job_run WHERE name IN ('accounts:forget-sessions', 'desk:forget', 'messages:forget',"
        " 'enrolment:enrolment-forget-needs')"
    )


def downgrade() -> None:
    op.drop_table("retention_run")
