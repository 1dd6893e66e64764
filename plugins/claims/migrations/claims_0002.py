"""Offers, what people take of them, their ceilings and hours, budgets, and facts about tax and benefits."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from alembic import op

from plugins.claims.ddl.credits import FUNCTION, statements
from portal.plugin_api import UTCDateTime

revision = "claims_0002"
down_revision = "claims_0001"
branch_labels = None
depends_on = None

FACTS = Path(__file__).with_name("claims_0002_facts.csv")


def upgrade() -> None:
    op.create_table(
        "claims_budget",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("pence", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "ends_on >= starts_on", name=op.f("ck_claims_budget_ends_after_it_begins")
        ),
        sa.CheckConstraint(
            "pence BETWEEN 0 AND 1000000000", name=op.f("ck_claims_budget_pence_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_claims_budget_course_id_course")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_budget")),
        sa.UniqueConstraint("ref", name=op.f("uq_claims_budget_ref")),
        info={"branch": "claims"},
    )
    op.create_index(
        op.f("ix_claims_budget_course_id"), "claims_budget", ["course_id"], unique=False
    )
    op.create_table(
        "claims_activity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=12), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "design",
                "deliver",
                "board",
                "panel",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "basis",
            sa.Enum(
                "volunteer",
                "involvement",
                "payroll",
                name="basis",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("covered", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("pays_in", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("budget_id", sa.Integer(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "pays_in BETWEEN 1 AND 90", name=op.f("ck_claims_activity_pays_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["budget_id"],
            ["claims_budget.id"],
            name=op.f("fk_claims_activity_budget_id_claims_budget"),
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_claims_activity_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_claims_activity_made_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_activity")),
        sa.UniqueConstraint("ref", name=op.f("uq_claims_activity_ref")),
        info={"branch": "claims"},
    )
    op.create_index(
        op.f("ix_claims_activity_budget_id"), "claims_activity", ["budget_id"], unique=False
    )
    op.create_index(
        op.f("ix_claims_activity_course_id"), "claims_activity", ["course_id"], unique=False
    )
    op.create_index(op.f("ix_claims_activity_day"), "claims_activity", ["day"], unique=False)
    op.create_index(
        op.f("ix_claims_activity_made_by_id"), "claims_activity", ["made_by_id"], unique=False
    )
    op.create_table(
        "claims_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=12), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column(
            "basis",
            sa.Enum(
                "volunteer",
                "involvement",
                "payroll",
                name="basis",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("pence_an_hour", sa.Integer(), nullable=False),
        sa.Column("voucher", sa.Integer(), nullable=False),
        sa.Column("credit", sa.Integer(), nullable=False),
        sa.Column("certificate", sa.Boolean(), nullable=False),
        sa.Column("reference", sa.Boolean(), nullable=False),
        sa.Column("training", sa.Boolean(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "open",
                "no",
                "done",
                "cancelled",
                "away",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(stage IN ('open', 'no')) = (closed_at IS NULL)",
            name=op.f("ck_claims_offer_closed_with_a_time"),
        ),
        sa.CheckConstraint(
            "basis <> 'volunteer' OR (pence_an_hour = 0 AND voucher = 0)",
            name=op.f("ck_claims_offer_volunteers_no_money"),
        ),
        sa.CheckConstraint(
            "credit BETWEEN 0 AND 10000", name=op.f("ck_claims_offer_credit_in_range")
        ),
        sa.CheckConstraint(
            "minutes BETWEEN 1 AND 10000", name=op.f("ck_claims_offer_minutes_in_range")
        ),
        sa.CheckConstraint(
            "pence_an_hour BETWEEN 0 AND 50000", name=op.f("ck_claims_offer_pence_in_range")
        ),
        sa.CheckConstraint(
            "voucher BETWEEN 0 AND 50000", name=op.f("ck_claims_offer_voucher_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["claims_activity.id"],
            name=op.f("fk_claims_offer_activity_id_claims_activity"),
        ),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["person.id"], name=op.f("fk_claims_offer_closed_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_claims_offer_made_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_claims_offer_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_offer")),
        sa.UniqueConstraint("ref", name=op.f("uq_claims_offer_ref")),
        info={"branch": "claims"},
    )
    op.create_index(
        op.f("ix_claims_offer_activity_id"), "claims_offer", ["activity_id"], unique=False
    )
    op.create_index(
        op.f("ix_claims_offer_closed_by_id"), "claims_offer", ["closed_by_id"], unique=False
    )
    op.create_index(
        op.f("ix_claims_offer_made_by_id"), "claims_offer", ["made_by_id"], unique=False
    )
    op.create_index(
        "ix_claims_offer_person_id_id", "claims_offer", ["person_id", "id"], unique=False
    )
    op.create_table(
        "claims_recognition_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column(
            "taken",
            sa.Enum(
                "all",
                "less",
                "nothing",
                "charity",
                name="taken",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("pence", sa.Integer(), nullable=False),
        sa.Column("charity", sa.String(length=200), nullable=False),
        sa.Column("voucher", sa.Boolean(), nullable=False),
        sa.Column("credit", sa.Boolean(), nullable=False),
        sa.Column("certificate", sa.Boolean(), nullable=False),
        sa.Column("reference", sa.Boolean(), nullable=False),
        sa.Column("training", sa.Boolean(), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "paying",
            sa.Enum(
                "batched",
                "sent",
                "settled",
                "failed",
                name="paying",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("paid_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("handed_at", UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "taken <> 'nothing' OR pence = 0",
            name=op.f("ck_claims_recognition_choice_nothing_is_nothing"),
        ),
        sa.CheckConstraint(
            "pence >= 0", name=op.f("ck_claims_recognition_choice_pence_not_negative")
        ),
        sa.CheckConstraint(
            "version > 0", name=op.f("ck_claims_recognition_choice_version_positive")
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"],
            ["claims_offer.id"],
            name=op.f("fk_claims_recognition_choice_offer_id_claims_offer"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_recognition_choice")),
        sa.UniqueConstraint("offer_id", name=op.f("uq_claims_recognition_choice_offer_id")),
        info={"branch": "claims"},
    )
    op.create_table(
        "claims_ceiling",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pence", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_claims_ceiling_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_claims_ceiling")),
        info={"branch": "claims"},
    )
    op.create_table(
        "claims_time_credit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "earned",
                "spent",
                "adjusted",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("minutes <> 0", name=op.f("ck_claims_time_credit_minutes_not_nothing")),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_claims_time_credit_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_claims_time_credit_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_time_credit")),
        sa.UniqueConstraint("key", name=op.f("uq_claims_time_credit_key")),
        info={"branch": "claims"},
    )
    op.create_index(
        op.f("ix_claims_time_credit_by_id"), "claims_time_credit", ["by_id"], unique=False
    )
    op.create_index(
        "ix_claims_time_credit_person_id_id",
        "claims_time_credit",
        ["person_id", "id"],
        unique=False,
    )
    fact = op.create_table(
        "claims_fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "basis",
            sa.Enum(
                "volunteer",
                "involvement",
                "payroll",
                name="basis",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "topic",
            sa.Enum(
                "tax",
                "benefits",
                "advice",
                name="topic",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("known_from", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "valid_to >= valid_from", name=op.f("ck_claims_fact_ends_after_it_begins")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_fact")),
        sa.UniqueConstraint(
            "basis",
            "topic",
            "valid_from",
            "known_from",
            name=op.f("uq_claims_fact_basis_topic_valid_from_known_from"),
        ),
        info={"branch": "claims"},
    )
    op.bulk_insert(fact, [_read(row) for row in _rows()])
    for statement in statements(op.get_bind().dialect.name):
        op.execute(statement)


def _rows() -> list[dict[str, str]]:
    with FACTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _read(row: dict[str, str]) -> dict[str, object]:
    days = {
        name: date.fromisoformat(row[name]) if row[name] else None
        for name in ("valid_from", "valid_to", "known_from")
    }
    return {**row, **days}


def downgrade() -> None:
    op.drop_table("claims_fact")
    op.drop_table("claims_time_credit")
    op.drop_table("claims_ceiling")
    op.drop_table("claims_recognition_choice")
    op.drop_table("claims_offer")
    op.drop_table("claims_activity")
    op.drop_table("claims_budget")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION IF EXISTS {FUNCTION}()")
