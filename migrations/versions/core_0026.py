"""Peer facilitators: who may lead, whom one asks, what they write"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "core_0026"
down_revision = "core_0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clearance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "dbs",
                "training",
                "induction",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_clearance_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_clearance_recorded_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearance")),
    )
    with op.batch_alter_table("clearance", schema=None) as batch_op:
        batch_op.create_index(
            "ix_clearance_person_id_kind", ["person_id", "kind", "valid_to"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_clearance_recorded_by_id"), ["recorded_by_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_clearance_valid_to"), ["valid_to"], unique=False)

    op.create_table(
        "facilitator",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "interested",
                "checks",
                "trained",
                "shadowing",
                "active",
                "resting",
                "left",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("since", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("max_a_week", sa.Integer(), nullable=False),
        sa.Column("weekly", sa.JSON(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.CheckConstraint("max_a_week >= 0", name=op.f("ck_facilitator_max_not_negative")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_facilitator_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_facilitator")),
    )
    with op.batch_alter_table("facilitator", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_facilitator_stage"), ["stage"], unique=False)

    op.create_table(
        "facilitator_away",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_facilitator_away_in_order")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_facilitator_away_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facilitator_away")),
    )
    with op.batch_alter_table("facilitator_away", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_facilitator_away_last_day"), ["last_day"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_facilitator_away_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "debrief_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_debrief_note_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["course_session.id"],
            name=op.f("fk_debrief_note_session_id_course_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_debrief_note")),
        sa.UniqueConstraint(
            "session_id", "person_id", name=op.f("uq_debrief_note_session_id_person_id")
        ),
    )
    with op.batch_alter_table("debrief_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_debrief_note_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_debrief_note_person_id"), ["person_id"], unique=False)

    op.create_table(
        "lead_ask",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "yes",
                "no",
                "taken",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("asked_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_lead_ask_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["course_session.id"],
            name=op.f("fk_lead_ask_session_id_course_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_ask")),
        sa.UniqueConstraint(
            "session_id", "person_id", name=op.f("uq_lead_ask_session_id_person_id")
        ),
    )
    with op.batch_alter_table("lead_ask", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lead_ask_person_id"), ["person_id"], unique=False)
        batch_op.create_index("ix_lead_ask_state_asked_at", ["state", "asked_at"], unique=False)

    op.create_table(
        "raised_hand",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "about",
            sa.Enum(
                "talk", "cancel", name="about", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("raised_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_raised_hand_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["course_session.id"],
            name=op.f("fk_raised_hand_session_id_course_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raised_hand")),
    )
    with op.batch_alter_table("raised_hand", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_raised_hand_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_raised_hand_raised_at"), ["raised_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_raised_hand_session_id"), ["session_id"], unique=False)


def downgrade() -> None:
    for table in (
        "raised_hand",
        "lead_ask",
        "debrief_note",
        "facilitator_away",
        "facilitator",
        "clearance",
    ):
        op.drop_table(table)
