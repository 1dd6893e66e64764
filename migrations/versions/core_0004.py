"""Asking for a place: drafts, and who may ask for whom"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "core_0004"
down_revision = "core_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agreement_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("used_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_agreement_code_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_agreement_code_code_hash")),
    )
    with op.batch_alter_table("agreement_code", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_agreement_code_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("acting_id", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column(
            "how",
            sa.Enum(
                "online",
                "phone",
                "paper",
                "supporter",
                "walk_in",
                name="how",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "acting_id IS NOT NULL OR run_id IS NOT NULL", name=op.f("ck_agreement_for_something")
        ),
        sa.CheckConstraint(
            "acting_id IS NULL OR acting_id <> person_id", name=op.f("ck_agreement_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["acting_id"], ["person.id"], name=op.f("fk_agreement_acting_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_agreement_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name=op.f("fk_agreement_recorded_by_id_person")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_agreement_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.create_index(
            "ix_agreement_acting_id_ended_at", ["acting_id", "ended_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_agreement_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_agreement_recorded_by_id"), ["recorded_by_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_agreement_run_id"), ["run_id"], unique=False)
        batch_op.create_index(
            "uq_agreement_live",
            ["person_id", "acting_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL AND acting_id IS NOT NULL"),
            postgresql_where=sa.text("ended_at IS NULL AND acting_id IS NOT NULL"),
        )

    op.create_table(
        "place_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column(
            "mode",
            sa.Enum(
                "in_person",
                "online",
                name="mode",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("needs", sa.Text(), nullable=True),
        sa.Column(
            "company",
            sa.Enum(
                "alone",
                "guest",
                "known",
                name="company",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column(
            "role",
            sa.Enum(
                "student",
                "supporter",
                "buddy",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("guest_name", sa.String(length=100), nullable=False),
        sa.Column("companion_id", sa.Integer(), nullable=True),
        sa.Column("updated_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_place_draft_by_id_person")),
        sa.ForeignKeyConstraint(
            ["companion_id"], ["person.id"], name=op.f("fk_place_draft_companion_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_place_draft_person_id_person")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_place_draft_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_draft")),
        sa.UniqueConstraint("by_id", "run_id", name=op.f("uq_place_draft_by_id_run_id")),
    )
    with op.batch_alter_table("place_draft", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_place_draft_companion_id"), ["companion_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_place_draft_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_place_draft_run_id"), ["run_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("place_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_place_draft_run_id"))
        batch_op.drop_index(batch_op.f("ix_place_draft_person_id"))
        batch_op.drop_index(batch_op.f("ix_place_draft_companion_id"))

    op.drop_table("place_draft")
    with op.batch_alter_table("agreement", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_agreement_live",
            sqlite_where=sa.text("ended_at IS NULL AND acting_id IS NOT NULL"),
            postgresql_where=sa.text("ended_at IS NULL AND acting_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_agreement_run_id"))
        batch_op.drop_index(batch_op.f("ix_agreement_recorded_by_id"))
        batch_op.drop_index(batch_op.f("ix_agreement_person_id"))
        batch_op.drop_index("ix_agreement_acting_id_ended_at")

    op.drop_table("agreement")
    with op.batch_alter_table("agreement_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agreement_code_person_id"))

    op.drop_table("agreement_code")
