"""Nobody leads two sessions at once"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db
from portal.courses.clash_ddl import create_clash_rules, drop_clash_rules, fill_times

revision = "core_0025"
down_revision = "core_0024b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("starts_at", "ends_at"):
        op.add_column(
            "assignment", sa.Column(name, portal.db.UTCDateTime(timezone=True), nullable=True)
        )
    op.add_column(
        "assignment", sa.Column("holds", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.create_index(
        "ix_assignment_person_id_starts_at", "assignment", ["person_id", "starts_at"], unique=False
    )
    op.create_index("ix_assignment_starts_at", "assignment", ["starts_at"], unique=False)
    op.drop_index("ix_assignment_person_id", "assignment")
    fill_times(op.get_bind())
    create_clash_rules(op.get_bind())


def downgrade() -> None:
    drop_clash_rules(op.get_bind())
    op.create_index("ix_assignment_person_id", "assignment", ["person_id"], unique=False)
    op.drop_index("ix_assignment_starts_at", "assignment")
    op.drop_index("ix_assignment_person_id_starts_at", "assignment")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_column("holds")
        batch_op.drop_column("ends_at")
        batch_op.drop_column("starts_at")
