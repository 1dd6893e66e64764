"""Search finds letters with marks by the plain ones, and the other way round"""

from __future__ import annotations

from alembic import op

from portal.courses.ddl import renew_search

revision = "core_0011"
down_revision = "core_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    renew_search(op.get_bind())


def downgrade() -> None:
    """Nothing: what finds letters with marks also finds those without."""
