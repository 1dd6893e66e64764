"""The notices."""

import sqlalchemy as sa
from alembic import op

from portal.db import UTCDateTime

revision = "noticeboard_0001"
down_revision = None
branch_labels = ("noticeboard",)
depends_on = "core_0001"


def upgrade():
    op.create_table(
        "noticeboard_notice",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("until", UTCDateTime, nullable=False, index=True),
        sa.Column("written_by", sa.Integer, sa.ForeignKey("person.id")),
    )


def downgrade():
    op.drop_table("noticeboard_notice")
