"""What those who make an idea say to each other before comments are invited stays with them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "proposals_0003"
down_revision = "proposals_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "proposals_comment",
        sa.Column("among", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    # Before comments are invited only those who make it can say something: the last step before a comment
    # tells where the idea stood.
    op.execute(
        "UPDATE proposals_comment SET among = true WHERE ("
        "SELECT step.stage FROM proposals_step AS step "
        "WHERE step.proposal_id = proposals_comment.proposal_id AND step.at <= proposals_comment.at "
        "ORDER BY step.id DESC LIMIT 1) IN ('idea', 'drafting')"
    )


def downgrade() -> None:
    op.drop_column("proposals_comment", "among")
