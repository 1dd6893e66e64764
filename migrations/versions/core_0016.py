"""Another address to sign in with"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "core_0016"
down_revision = "core_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "email_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login_id", sa.Integer(), nullable=False),
        sa.Column("new_email", sa.String(length=254), nullable=False),
        sa.Column("confirm_hash", sa.String(length=64), nullable=False),
        sa.Column("stop_hash", sa.String(length=64), nullable=False),
        sa.Column("asked_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["login_id"], ["login.id"], name=op.f("fk_email_change_login_id_login")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_change")),
        sa.UniqueConstraint("login_id", name=op.f("uq_email_change_login_id")),
        sa.UniqueConstraint("confirm_hash", name=op.f("uq_email_change_confirm_hash")),
        sa.UniqueConstraint("stop_hash", name=op.f("uq_email_change_stop_hash")),
    )


def downgrade() -> None:
    op.drop_table("email_change")
