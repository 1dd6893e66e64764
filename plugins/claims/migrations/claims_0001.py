"""Rates, claims with their lines, what was asked and decided, and the books."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from alembic import op

from plugins.claims.ddl import FUNCTION, statements
from portal.plugin_api import UTCDateTime

revision = "claims_0001"
down_revision = None
branch_labels = ("claims",)
depends_on = "core_0021"

RATES = Path(__file__).with_name("claims_0001_rates.csv")


def upgrade() -> None:
    rate = op.create_table(
        "claims_rate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("pence", sa.Integer(), nullable=False),
        sa.Column("most_miles", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("known_from", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=200), nullable=False),
        sa.CheckConstraint("most_miles > 0", name=op.f("ck_claims_rate_most_miles_positive")),
        sa.CheckConstraint("pence > 0", name=op.f("ck_claims_rate_pence_positive")),
        sa.CheckConstraint(
            "valid_to >= valid_from", name=op.f("ck_claims_rate_ends_after_it_begins")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_rate")),
        sa.UniqueConstraint(
            "key", "valid_from", "known_from", name=op.f("uq_claims_rate_key_valid_from_known_from")
        ),
        info={"branch": "claims"},
    )
    op.bulk_insert(rate, [_read(row) for row in _rows()])

    op.create_table(
        "claims_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("submitted_by_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "queried",
                "decided",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("begun_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("sent_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("closed_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("appeal", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state = 'draft' OR state = 'withdrawn' OR sent_at IS NOT NULL",
            name=op.f("ck_claims_claim_sent"),
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_claims_claim_version_positive")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_claims_claim_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["person.id"], name=op.f("fk_claims_claim_submitted_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_claim")),
        sa.UniqueConstraint("ref", name=op.f("uq_claims_claim_ref")),
        info={"branch": "claims"},
    )
    with op.batch_alter_table("claims_claim", schema=None) as batch_op:
        batch_op.create_index("ix_claims_claim_person_id_id", ["person_id", "id"], unique=False)
        batch_op.create_index(
            "ix_claims_claim_state_sent_at", ["state", "sent_at", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_claims_claim_submitted_by_id"), ["submitted_by_id"], unique=False
        )

    op.create_table(
        "claims_approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims_claim.id"], name=op.f("fk_claims_approval_claim_id_claims_claim")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_claims_approval_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_approval")),
        sa.UniqueConstraint(
            "claim_id",
            "version",
            "person_id",
            name=op.f("uq_claims_approval_claim_id_version_person_id"),
        ),
        info={"branch": "claims"},
    )
    with op.batch_alter_table("claims_approval", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_claims_approval_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "claims_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "transport",
                "taxi",
                "car",
                "motorcycle",
                "bicycle",
                "passenger",
                "care",
                "food",
                "other",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("tenths", sa.Integer(), nullable=True),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.Column("known_on", sa.Date(), nullable=True),
        sa.Column("pence", sa.Integer(), nullable=True),
        sa.Column(
            "proof",
            sa.Enum(
                "file",
                "none",
                "lost",
                name="proof",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "approved",
                "reduced",
                "declined",
                name="decision",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("allowed", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(file_id IS NULL) OR (proof = 'file')", name=op.f("ck_claims_line_file_is_proof")
        ),
        sa.CheckConstraint(
            "(decision IS NULL) = (allowed IS NULL)",
            name=op.f("ck_claims_line_decided_with_an_amount"),
        ),
        sa.CheckConstraint(
            "allowed BETWEEN 0 AND pence", name=op.f("ck_claims_line_never_more_than_claimed")
        ),
        sa.CheckConstraint(
            "pence BETWEEN 1 AND 10000000", name=op.f("ck_claims_line_pence_in_range")
        ),
        sa.CheckConstraint(
            "tenths BETWEEN 1 AND 20000", name=op.f("ck_claims_line_tenths_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims_claim.id"], name=op.f("fk_claims_line_claim_id_claims_claim")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_claims_line_file_id_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_line")),
        info={"branch": "claims"},
    )
    with op.batch_alter_table("claims_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claims_line_claim_id"), ["claim_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_claims_line_digest"), ["digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_claims_line_file_id"), ["file_id"], unique=False)

    op.create_table(
        "claims_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("asked_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["person.id"], name=op.f("fk_claims_question_asked_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims_claim.id"], name=op.f("fk_claims_question_claim_id_claims_claim")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_question")),
        info={"branch": "claims"},
    )
    with op.batch_alter_table("claims_question", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_claims_question_asked_by_id"), ["asked_by_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_claims_question_claim_id"), ["claim_id"], unique=False)

    op.create_table(
        "claims_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column(
            "about",
            sa.Enum(
                "line",
                "choice",
                "advance",
                "payment",
                name="about",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("about_id", sa.Integer(), nullable=False),
        sa.Column(
            "out_of",
            sa.Enum(
                "cost",
                "owed",
                "paid",
                "ahead",
                name="out_of",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "into_account",
            sa.Enum(
                "cost",
                "owed",
                "paid",
                "ahead",
                name="into_account",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("pence", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("out_of <> into_account", name=op.f("ck_claims_entry_two_accounts")),
        sa.CheckConstraint("pence > 0", name=op.f("ck_claims_entry_pence_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_entry")),
        sa.UniqueConstraint("key", name=op.f("uq_claims_entry_key")),
        info={"branch": "claims"},
    )
    with op.batch_alter_table("claims_entry", schema=None) as batch_op:
        batch_op.create_index("ix_claims_entry_about", ["about", "about_id"], unique=False)
    for statement in statements(op.get_bind().dialect.name):
        op.execute(statement)


def _rows() -> list[dict[str, str]]:
    with RATES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _read(row: dict[str, str]) -> dict[str, object]:
    return {
        "key": row["key"],
        "pence": int(row["amount_pence"]),
        "most_miles": int(row["threshold_miles"]) if row["threshold_miles"] else None,
        "valid_from": date.fromisoformat(row["valid_from"]),
        "valid_to": date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        "known_from": date.fromisoformat(row["known_from"]),
        "source": row["source"],
        "status": row["status"],
    }


def downgrade() -> None:
    with op.batch_alter_table("claims_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_claims_entry_about")

    op.drop_table("claims_entry")
    with op.batch_alter_table("claims_question", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_claims_question_claim_id"))
        batch_op.drop_index(batch_op.f("ix_claims_question_asked_by_id"))

    op.drop_table("claims_question")
    with op.batch_alter_table("claims_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_claims_line_file_id"))
        batch_op.drop_index(batch_op.f("ix_claims_line_digest"))
        batch_op.drop_index(batch_op.f("ix_claims_line_claim_id"))

    op.drop_table("claims_line")
    with op.batch_alter_table("claims_approval", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_claims_approval_person_id"))

    op.drop_table("claims_approval")
    with op.batch_alter_table("claims_claim", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_claims_claim_submitted_by_id"))
        batch_op.drop_index("ix_claims_claim_state_sent_at")
        batch_op.drop_index("ix_claims_claim_person_id_id")

    op.drop_table("claims_claim")
    op.drop_table("claims_rate")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION IF EXISTS {FUNCTION}()")
