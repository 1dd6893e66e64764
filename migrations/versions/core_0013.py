"""Search finds words of descriptions too"""

from __future__ import annotations

from alembic import op

from portal.courses.ddl import renew_search

revision = "core_0013"
down_revision = "core_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    renew_search(op.get_bind())


def downgrade() -> None:
    """Nothing: what finds words of descriptions also finds those of titles and summaries."""
