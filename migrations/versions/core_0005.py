"""The register: how each mark came about, and visitors"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "core_0005"
down_revision = "core_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "session_visitor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("guest_name", sa.String(length=100), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(person_id IS NULL) <> (length(guest_name) = 0)",
            name=op.f("ck_session_visitor_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_session_visitor_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_session_visitor_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["course_session.id"],
            name=op.f("fk_session_visitor_session_id_course_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_visitor")),
        sa.UniqueConstraint(
            "session_id", "person_id", name=op.f("uq_session_visitor_session_id_person_id")
        ),
    )
    with op.batch_alter_table("session_visitor", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_visitor_by_id"), ["by_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_session_visitor_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "attendance_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column(
            "mark",
            sa.Enum(
                "present",
                "part",
                "apologies",
                "absent",
                name="mark",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column(
            "how",
            sa.Enum(
                "tapped",
                "form",
                "paper",
                "ahead",
                name="how",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("tapped_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_attendance_change_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolment.id"],
            name=op.f("fk_attendance_change_enrolment_id_enrolment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["course_session.id"],
            name=op.f("fk_attendance_change_session_id_course_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_change")),
        sa.UniqueConstraint("key", name=op.f("uq_attendance_change_key")),
    )
    with op.batch_alter_table("attendance_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attendance_change_by_id"), ["by_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_attendance_change_enrolment_id"), ["enrolment_id"], unique=False
        )
        batch_op.create_index(
            "ix_attendance_change_session_enrolment",
            ["session_id", "enrolment_id", "id"],
            unique=False,
        )


def downgrade() -> None:
    op.drop_table("attendance_change")
    op.drop_table("session_visitor")
