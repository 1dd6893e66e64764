"""Notices in the outbox, and the desk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "core_0002"
down_revision = "core_0001"
branch_labels = None
depends_on = None

OPEN = sa.text("state = 'open'")
# Of the table message: checks that change, before and after; and those that only notices need.
CHANGED = {
    "state": (
        "state IN ('queued', 'sending', 'sent', 'failed', 'parked')",
        "state IN ('queued', 'sending', 'sent', 'failed', 'parked', 'by_hand', 'dropped')",
    ),
    "finished": (
        "(state IN ('sent', 'failed')) = (finished_at IS NOT NULL)",
        "(state IN ('sent', 'failed', 'dropped')) = (finished_at IS NOT NULL)",
    ),
}
ADDED = {
    "channel": "channel IN ('', 'email', 'sms', 'hand')",
    "notice_whole": "(key IS NULL) = (about IS NULL)",
    "words_ready": "key IS NOT NULL OR channel = 'email'",
}


def upgrade() -> None:
    with op.batch_alter_table("message") as batch_op:
        batch_op.add_column(sa.Column("key", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("about", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(
            sa.Column("concerning", sa.String(length=60), nullable=False, server_default="")
        )
        batch_op.add_column(
            sa.Column("channel", sa.String(length=5), nullable=False, server_default="email")
        )
        batch_op.add_column(
            sa.Column("due_at", portal.db.UTCDateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(
            sa.Column("expires_at", portal.db.UTCDateTime(timezone=True), nullable=True)
        )
    op.execute("UPDATE message SET due_at = created_at")
    with op.batch_alter_table("message") as batch_op:
        batch_op.alter_column("concerning", server_default=None, existing_type=sa.String(60))
        batch_op.alter_column("channel", server_default=None, existing_type=sa.String(5))
        batch_op.alter_column(
            "due_at", nullable=False, existing_type=portal.db.UTCDateTime(timezone=True)
        )
        batch_op.create_unique_constraint(op.f("uq_message_key"), ["key"])
        batch_op.create_index("ix_message_concerning", ["concerning", "purpose"])
        for name, (_before, after) in CHANGED.items():
            batch_op.drop_constraint(op.f(f"ck_message_{name}"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_message_{name}"), after)
        for name, words in ADDED.items():
            batch_op.create_check_constraint(op.f(f"ck_message_{name}"), words)

    op.create_table(
        "desk_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("link", sa.String(length=300), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=6), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("opened_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('open', 'done', 'closed')", name=op.f("ck_desk_task_state")),
        sa.CheckConstraint(
            "(state = 'open') = (finished_at IS NULL)", name=op.f("ck_desk_task_finished")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_desk_task_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_task")),
    )
    with op.batch_alter_table("desk_task") as batch_op:
        batch_op.create_index(batch_op.f("ix_desk_task_key"), ["key"])
        batch_op.create_index(batch_op.f("ix_desk_task_person_id"), ["person_id"])
        batch_op.create_index(batch_op.f("ix_desk_task_finished_at"), ["finished_at"])
        batch_op.create_index(
            "uq_desk_task_open_key", ["key"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
        )
        batch_op.create_index(
            "ix_desk_task_open_due", ["due", "id"], sqlite_where=OPEN, postgresql_where=OPEN
        )
    op.create_table(
        "desk_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_desk_try_by_id_person")),
        sa.ForeignKeyConstraint(
            ["task_id"],
            ["desk_task.id"],
            name=op.f("fk_desk_try_task_id_desk_task"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_try")),
    )
    with op.batch_alter_table("desk_try") as batch_op:
        batch_op.create_index(batch_op.f("ix_desk_try_task_id"), ["task_id"])
        batch_op.create_index(batch_op.f("ix_desk_try_by_id"), ["by_id"])


def downgrade() -> None:
    op.drop_table("desk_try")
    op.drop_table("desk_task")
    # Before notices, only words that were ready were kept.
    op.execute("DELETE FROM message WHERE key IS NOT NULL")
    with op.batch_alter_table("message") as batch_op:
        for name in ADDED:
            batch_op.drop_constraint(op.f(f"ck_message_{name}"), type_="check")
        for name, (before, _after) in CHANGED.items():
            batch_op.drop_constraint(op.f(f"ck_message_{name}"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_message_{name}"), before)
        batch_op.drop_index("ix_message_concerning")
        batch_op.drop_constraint(op.f("uq_message_key"), type_="unique")
        for name in ("key", "about", "concerning", "channel", "due_at", "expires_at"):
            batch_op.drop_column(name)
