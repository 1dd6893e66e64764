"""Another address to sign in with; helping people in again"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "core_0019"
down_revision = "core_0018"
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
    op.create_table(
        "help_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login_id", sa.Integer(), nullable=False),
        sa.Column("begun_by_id", sa.Integer(), nullable=False),
        sa.Column("begun_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column(
            "checked",
            sa.Enum(
                "in_person",
                "called_back",
                "document",
                name="checked",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("stop_hash", sa.String(length=64), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("ended_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "confirmed_by_id != begun_by_id", name=op.f("ck_help_request_two_people")
        ),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (code_hash IS NULL)",
            name=op.f("ck_help_request_code_when_confirmed"),
        ),
        sa.ForeignKeyConstraint(
            ["login_id"], ["login.id"], name=op.f("fk_help_request_login_id_login")
        ),
        sa.ForeignKeyConstraint(
            ["begun_by_id"], ["person.id"], name=op.f("fk_help_request_begun_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["person.id"], name=op.f("fk_help_request_confirmed_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_request")),
        sa.UniqueConstraint("stop_hash", name=op.f("uq_help_request_stop_hash")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_help_request_code_hash")),
    )
    with op.batch_alter_table("help_request") as batch_op:
        for column in ("login_id", "begun_by_id", "confirmed_by_id"):
            batch_op.create_index(batch_op.f(f"ix_help_request_{column}"), [column], unique=False)


def downgrade() -> None:
    op.drop_table("help_request")
    op.drop_table("email_change")
