"""Codes to sign in with, and what a session was begun with"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "core_0017"
down_revision = "core_0016"
branch_labels = None
depends_on = None

HOW = "how IN ('password', 'email', 'passkey', 'helped')"


def upgrade() -> None:
    op.create_table(
        "login_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login_id", sa.Integer(), nullable=True),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("link_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["login_id"], ["login.id"], name=op.f("fk_login_code_login_id_login")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_code")),
        sa.UniqueConstraint("browser_hash", name=op.f("uq_login_code_browser_hash")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_login_code_link_hash")),
    )
    with op.batch_alter_table("login_code") as batch_op:
        batch_op.create_index(batch_op.f("ix_login_code_login_id"), ["login_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_login_code_created_at"), ["created_at"], unique=False)
    with op.batch_alter_table("login_session") as batch_op:
        batch_op.add_column(sa.Column("how", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("strong", sa.Boolean(), nullable=True))
        batch_op.add_column(
            sa.Column("proved_at", portal.db.UTCDateTime(timezone=True), nullable=True)
        )
    # Until now there was no other way than a password.
    op.execute(
        sa.text(
            "UPDATE login_session SET how = 'password', strong = :no, proved_at = created_at"
        ).bindparams(sa.bindparam("no", False, type_=sa.Boolean()))
    )
    with op.batch_alter_table("login_session") as batch_op:
        batch_op.alter_column("how", existing_type=sa.String(length=20), nullable=False)
        batch_op.create_check_constraint(op.f("ck_login_session_how"), HOW)
        batch_op.alter_column("strong", existing_type=sa.Boolean(), nullable=False)
        batch_op.alter_column(
            "proved_at", existing_type=portal.db.UTCDateTime(timezone=True), nullable=False
        )


def downgrade() -> None:
    with op.batch_alter_table("login_session") as batch_op:
        batch_op.drop_constraint(op.f("ck_login_session_how"), type_="check")
    with op.batch_alter_table("login_session") as batch_op:
        batch_op.drop_column("proved_at")
        batch_op.drop_column("strong")
        batch_op.drop_column("how")
    op.drop_table("login_code")
