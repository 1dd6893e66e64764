"""What was changed about the steps to leading and about opportunities; plans of sessions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "core_0029"
down_revision = "core_0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leading_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "subject_kind",
            sa.Enum(
                "step",
                "opportunity",
                name="subject_kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("actor_person_id", sa.Integer(), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_person_id"],
            ["person.id"],
            name=op.f("fk_leading_change_actor_person_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leading_change")),
    )
    op.create_table(
        "session_plan",
        sa.Column("session_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["course_session.id"],
            name=op.f("fk_session_plan_session_id_course_session"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["person.id"], name=op.f("fk_session_plan_written_by_id_person")
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_session_plan")),
    )
    with op.batch_alter_table("session_plan", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_session_plan_written_by_id"), ["written_by_id"], unique=False
        )

    with op.batch_alter_table("leading_change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_leading_change_actor_person_id"), ["actor_person_id"], unique=False
        )
        batch_op.create_index(
            "ix_leading_change_subject", ["subject_kind", "key", "id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("session_plan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_plan_written_by_id"))

    op.drop_table("session_plan")
    with op.batch_alter_table("leading_change", schema=None) as batch_op:
        batch_op.drop_index("ix_leading_change_subject")
        batch_op.drop_index(batch_op.f("ix_leading_change_actor_person_id"))

    op.drop_table("leading_change")
