"""Receipts, supporters, what is put right, money ahead of an event, and what claims begin from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from plugins.claims.ddl import function_of, statements
from portal.plugin_api import UTCDateTime

revision = "claims_0004"
down_revision = "claims_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_claims_line_day"), "claims_line", ["day"], unique=False)
    _receipts()
    _supporters()
    _adjustments()
    _advances()
    _advance_moves()
    _prefills()


def _receipts() -> None:
    op.create_table(
        "claims_receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("likeness", sa.String(length=16), nullable=False),
        sa.Column("pence", sa.Integer(), nullable=True),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.CheckConstraint("pence > 0", name=op.f("ck_claims_receipt_pence_positive")),
        sa.CheckConstraint(
            "taken BETWEEN 0 AND pence", name=op.f("ck_claims_receipt_never_more_than_its_total")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_receipt")),
        sa.UniqueConstraint("digest", name=op.f("uq_claims_receipt_digest")),
        info={"branch": "claims"},
    )
    op.create_table(
        "claims_receipt_allocation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("receipt_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("pence", sa.Integer(), nullable=False),
        sa.CheckConstraint("pence > 0", name=op.f("ck_claims_receipt_allocation_pence_positive")),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["claims_line.id"],
            name=op.f("fk_claims_receipt_allocation_line_id_claims_line"),
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"],
            ["claims_receipt.id"],
            name=op.f("fk_claims_receipt_allocation_receipt_id_claims_receipt"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_receipt_allocation")),
        sa.UniqueConstraint("line_id", name=op.f("uq_claims_receipt_allocation_line_id")),
        info={"branch": "claims"},
    )
    op.create_index(
        op.f("ix_claims_receipt_allocation_receipt_id"),
        "claims_receipt_allocation",
        ["receipt_id"],
        unique=False,
    )
    for statement in _COUNTED:
        op.execute(statement)


def _supporters() -> None:
    op.create_table(
        "claims_support_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("supporter_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("code_until", UTCDateTime(timezone=True), nullable=False),
        sa.Column("paid", sa.Boolean(), nullable=False),
        sa.Column("begun_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("since", UTCDateTime(timezone=True), nullable=True),
        sa.Column("until", UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "since IS NULL OR until IS NULL OR until >= since",
            name=op.f("ck_claims_support_consent_ends_after_it_begins"),
        ),
        sa.CheckConstraint(
            "person_id <> supporter_id", name=op.f("ck_claims_support_consent_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_claims_support_consent_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["supporter_id"],
            ["person.id"],
            name=op.f("fk_claims_support_consent_supporter_id_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_support_consent")),
        info={"branch": "claims"},
    )
    for column in ("supporter_id", "code"):
        op.create_index(
            op.f(f"ix_claims_support_consent_{column}"),
            "claims_support_consent",
            [column],
            unique=False,
        )
    op.create_index(
        "uq_claims_support_consent_holds",
        "claims_support_consent",
        ["person_id", "supporter_id"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "claims_supported_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("consent_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claims_claim.id"],
            name=op.f("fk_claims_supported_claim_claim_id_claims_claim"),
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"],
            ["claims_support_consent.id"],
            name=op.f("fk_claims_supported_claim_consent_id_claims_support_consent"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_supported_claim")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_claims_supported_claim_claim_id")),
        info={"branch": "claims"},
    )
    op.create_index(
        op.f("ix_claims_supported_claim_consent_id"),
        "claims_supported_claim",
        ["consent_id"],
        unique=False,
    )


def _adjustments() -> None:
    still = "approved_at IS NULL AND dropped_at IS NULL AND kind <> 'top_up'"
    op.create_table(
        "claims_adjustment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "top_up",
                "back",
                "amount",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("rate_id", sa.Integer(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("pence", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("proposed_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("dropped_at", UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'top_up') = (rate_id IS NOT NULL)",
            name=op.f("ck_claims_adjustment_top_up_of_a_rate"),
        ),
        sa.CheckConstraint(
            "kind <> 'top_up' OR pence > 0", name=op.f("ck_claims_adjustment_top_up_is_more")
        ),
        sa.CheckConstraint("pence <> 0", name=op.f("ck_claims_adjustment_pence_not_nothing")),
        sa.CheckConstraint(
            "approved_at IS NULL OR pence IS NOT NULL",
            name=op.f("ck_claims_adjustment_approved_sum"),
        ),
        sa.CheckConstraint(
            "approved_at IS NULL OR dropped_at IS NULL", name=op.f("ck_claims_adjustment_one_end")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_claims_adjustment_{column}_{table}")
            )
            for column, table in (
                ("line_id", "claims_line"),
                ("rate_id", "claims_rate"),
                ("by_id", "person"),
                ("approved_by_id", "person"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_adjustment")),
        sa.UniqueConstraint(
            "line_id",
            "rate_id",
            "round",
            name=op.f("uq_claims_adjustment_line_id_rate_id_round"),
        ),
        info={"branch": "claims"},
    )
    for column in ("rate_id", "by_id", "approved_by_id"):
        op.create_index(
            op.f(f"ix_claims_adjustment_{column}"), "claims_adjustment", [column], unique=False
        )
    op.create_index(
        "uq_claims_adjustment_open_line",
        "claims_adjustment",
        ["line_id"],
        unique=True,
        sqlite_where=sa.text(still),
        postgresql_where=sa.text(still),
    )


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=20)


def _advances() -> None:
    op.create_table(
        "claims_advance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("event_on", sa.Date(), nullable=False),
        sa.Column(
            "state", _choice("state", "asked", "approved", "declined", "withdrawn"), nullable=False
        ),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("pence", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("decided_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column(
            "payment",
            _choice("payment", "none", "batched", "sent", "settled", "failed"),
            nullable=False,
        ),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("paid", *_ACCOUNTED)),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_claims_advance_{name}"))
            for name, rule in (
                ("asked_in_range", "asked BETWEEN 1 AND 10000000"),
                ("never_more_than_asked", "pence BETWEEN 1 AND asked"),
                ("approved_sum", "state <> 'approved' OR pence IS NOT NULL"),
                ("accounted_for", "paid = claimed + returned + written_off + left_open"),
                ("paid_as_approved", "paid = 0 OR paid = pence"),
                ("claimed_not_negative", "claimed >= 0"),
                ("returned_not_negative", "returned >= 0"),
                ("written_off_not_negative", "written_off >= 0"),
                ("open_not_negative", "left_open >= 0"),
            )
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_claims_advance_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_advance")),
        sa.UniqueConstraint("ref", name=op.f("uq_claims_advance_ref")),
        info={"branch": "claims"},
    )
    op.create_index(
        "ix_claims_advance_state_asked_at", "claims_advance", ["state", "asked_at", "id"]
    )
    op.create_index("ix_claims_advance_person_id_id", "claims_advance", ["person_id", "id"])
    op.create_table(
        "claims_advance_approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("advance_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("pence", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["advance_id"],
            ["claims_advance.id"],
            name=op.f("fk_claims_advance_approval_advance_id_claims_advance"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_claims_advance_approval_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_advance_approval")),
        sa.UniqueConstraint(
            "advance_id", "person_id", name=op.f("uq_claims_advance_approval_advance_id_person_id")
        ),
        info={"branch": "claims"},
    )
    op.create_index(
        op.f("ix_claims_advance_approval_person_id"), "claims_advance_approval", ["person_id"]
    )


_ACCOUNTED = ("claimed", "returned", "written_off", "left_open")


def _advance_moves() -> None:
    op.create_table(
        "claims_advance_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("advance_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind", _choice("kind", "paid", "claimed", "returned", "written_off"), nullable=False
        ),
        sa.Column("pence", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("pence <> 0", name=op.f("ck_claims_advance_move_pence_not_nothing")),
        sa.ForeignKeyConstraint(
            ["advance_id"],
            ["claims_advance.id"],
            name=op.f("fk_claims_advance_move_advance_id_claims_advance"),
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claims_claim.id"],
            name=op.f("fk_claims_advance_move_claim_id_claims_claim"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_advance_move")),
        sa.UniqueConstraint("key", name=op.f("uq_claims_advance_move_key")),
        info={"branch": "claims"},
    )
    for column in ("advance_id", "claim_id"):
        op.create_index(op.f(f"ix_claims_advance_move_{column}"), "claims_advance_move", [column])
    for statement in statements(op.get_bind().dialect.name, "claims_advance_move"):
        op.execute(statement)
    op.create_table(
        "claims_advance_claim",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=False),
        sa.Column("advance_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["advance_id"],
            ["claims_advance.id"],
            name=op.f("fk_claims_advance_claim_advance_id_claims_advance"),
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["claims_claim.id"],
            name=op.f("fk_claims_advance_claim_claim_id_claims_claim"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_advance_claim")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_claims_advance_claim_claim_id")),
        info={"branch": "claims"},
    )
    op.create_index(
        op.f("ix_claims_advance_claim_advance_id"), "claims_advance_claim", ["advance_id"]
    )


def _prefills() -> None:
    op.create_table(
        "claims_prefill",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("claim_id", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claims_claim.id"], name=op.f("fk_claims_prefill_claim_id_claims_claim")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_claims_prefill_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_prefill")),
        sa.UniqueConstraint("claim_id", name=op.f("uq_claims_prefill_claim_id")),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_claims_prefill_person_id_key")),
        info={"branch": "claims"},
    )
    op.create_index(op.f("ix_claims_prefill_at"), "claims_prefill", ["at"])


# The pictures that are there: whoever claimed of one claimed of it whole, as nobody was asked.
_COUNTED = (
    "INSERT INTO claims_receipt (digest, likeness, taken) "
    "SELECT DISTINCT digest, '', 0 FROM claims_line WHERE digest <> ''",
    "INSERT INTO claims_receipt_allocation (receipt_id, line_id, pence) "
    "SELECT receipt.id, line.id, COALESCE(line.allowed, line.pence) FROM claims_line AS line "
    "JOIN claims_receipt AS receipt ON receipt.digest = line.digest "
    "JOIN claims_claim AS claim ON claim.id = line.claim_id "
    "WHERE claim.state IN ('submitted', 'queried', 'decided') "
    "AND COALESCE(line.allowed, line.pence) > 0",
    "UPDATE claims_receipt SET taken = COALESCE((SELECT SUM(part.pence) "
    "FROM claims_receipt_allocation AS part WHERE part.receipt_id = claims_receipt.id), 0)",
)


def downgrade() -> None:
    op.drop_table("claims_prefill")
    for table in ("claim", "move", "approval"):
        op.drop_table(f"claims_advance_{table}")
    op.drop_table("claims_advance")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION IF EXISTS {function_of('claims_advance_move')}()")
    op.drop_table("claims_adjustment")
    op.drop_table("claims_supported_claim")
    op.drop_table("claims_support_consent")
    op.drop_table("claims_receipt_allocation")
    op.drop_table("claims_receipt")
    op.drop_index(op.f("ix_claims_line_day"), table_name="claims_line")
