"""Bank details, batches with their payments and files, cash, the banks' rules, a bank's own columns"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.plugin_api import UTCDateTime

revision = "claims_0003"
down_revision = "claims_0002"
branch_labels = None
depends_on = None

_RULE = "ck_claims_claim_state"
_BEFORE = ("draft", "submitted", "queried", "decided", "withdrawn")
_PAID = ("batched", "sent", "settled", "failed")


def upgrade() -> None:
    _states(*_BEFORE, *_PAID)
    op.create_table(
        "claims_column",
        sa.Column(
            "field",
            sa.Enum(
                "name",
                "sort_code",
                "account",
                "pounds",
                "pence",
                "reference",
                "date",
                name="field",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("heading", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("field", name=op.f("pk_claims_column")),
        info={"branch": "claims"},
    )
    op.create_table(
        "claims_layout",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "csv",
                "standard18",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "dates",
            sa.Enum(
                "slashes",
                "hyphens",
                "digits",
                name="dates",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("headings", sa.Boolean(), nullable=False),
        sa.Column("hyphens", sa.Boolean(), nullable=False),
        sa.Column("user_number", sa.String(length=6), nullable=False),
        sa.Column("sort_code", sa.String(length=6), nullable=False),
        sa.Column("account", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=18), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_claims_layout_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_layout")),
        info={"branch": "claims"},
    )
    op.create_table(
        "claims_modulus",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column(
            "method",
            sa.Enum(
                "MOD10",
                "MOD11",
                "DBLAL",
                name="method",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("weights", sa.String(length=80), nullable=False),
        sa.Column("exception", sa.Integer(), nullable=True),
        sa.CheckConstraint("first <= last", name=op.f("ck_claims_modulus_first_before_last")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_modulus")),
        info={"branch": "claims"},
    )
    with op.batch_alter_table("claims_modulus", schema=None) as batch_op:
        batch_op.create_index("ix_claims_modulus_first", ["first", "last"], unique=False)

    op.create_table(
        "claims_bank_detail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("last_four", sa.String(length=4), nullable=False),
        sa.Column("given_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("said_right_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column(
            "name_check",
            sa.Enum(
                "same",
                "close",
                "other",
                "unknown",
                name="name_check",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("checked_at", UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "sealed IS NOT NULL OR ended_at IS NOT NULL",
            name=op.f("ck_claims_bank_detail_sealed_while_it_holds"),
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_claims_bank_detail_version_positive")),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"],
            ["person.id"],
            name=op.f("fk_claims_bank_detail_confirmed_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_claims_bank_detail_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_bank_detail")),
        sa.UniqueConstraint(
            "person_id", "version", name=op.f("uq_claims_bank_detail_person_id_version")
        ),
        sa.UniqueConstraint("uid", name=op.f("uq_claims_bank_detail_uid")),
        info={"branch": "claims"},
    )
    with op.batch_alter_table("claims_bank_detail", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_claims_bank_detail_confirmed_by_id"), ["confirmed_by_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_claims_bank_detail_fingerprint"), ["fingerprint"], unique=False
        )
        batch_op.create_index(
            "uq_claims_bank_detail_holds",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "claims_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=12), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "locked",
                "exported",
                "confirmed",
                "part-failed",
                "abandoned",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("locked_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("answered_at", UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_claims_batch_made_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_batch")),
        sa.UniqueConstraint("ref", name=op.f("uq_claims_batch_ref")),
        info={"branch": "claims"},
    )
    with op.batch_alter_table("claims_batch", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_claims_batch_made_by_id"), ["made_by_id"], unique=False
        )
        batch_op.create_index(
            "uq_claims_batch_open",
            ["state"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "claims_export",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "csv",
                "standard18",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("payments", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("total > 0", name=op.f("ck_claims_export_total_positive")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["claims_batch.id"], name=op.f("fk_claims_export_batch_id_claims_batch")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_claims_export_made_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_export")),
        sa.UniqueConstraint("batch_id", name=op.f("uq_claims_export_batch_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_claims_export_uid")),
        info={"branch": "claims"},
    )
    with op.batch_alter_table("claims_export", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_claims_export_made_by_id"), ["made_by_id"], unique=False
        )

    op.create_table(
        "claims_left_out",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column(
            "what",
            sa.Enum(
                "claim",
                "choice",
                "advance",
                name="what",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("what_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["claims_batch.id"], name=op.f("fk_claims_left_out_batch_id_claims_batch")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_claims_left_out_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_left_out")),
        info={"branch": "claims"},
    )
    with op.batch_alter_table("claims_left_out", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claims_left_out_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_claims_left_out_person_id"), ["person_id"], unique=False
        )
        batch_op.create_index("ix_claims_left_out_what", ["what", "what_id", "id"], unique=False)

    op.create_table(
        "claims_payment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=12), nullable=False),
        sa.Column(
            "way",
            sa.Enum(
                "bank",
                "cash",
                "hand",
                name="way",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column(
            "what",
            sa.Enum(
                "claim",
                "choice",
                "advance",
                name="what",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("what_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("pence", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("detail_id", sa.Integer(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "sent",
                "settled",
                "failed",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column(
            "came_back",
            sa.Enum(
                "closed",
                "numbers",
                "name",
                "refused",
                "file",
                name="came_back",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("made_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("sent_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("said_at", UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(batch_id IS NULL) = (way <> 'bank')",
            name=op.f("ck_claims_payment_only_the_bank_has_batches"),
        ),
        sa.CheckConstraint(
            "came_back IS NULL OR (outcome IS NOT NULL AND outcome = 'failed')",
            name=op.f("ck_claims_payment_only_what_failed_came_back"),
        ),
        sa.CheckConstraint(
            "way = 'bank' OR detail_id IS NULL", name=op.f("ck_claims_payment_cash_has_no_account")
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (sent_at IS NULL)",
            name=op.f("ck_claims_payment_sent_at_some_time"),
        ),
        sa.CheckConstraint("attempt > 0", name=op.f("ck_claims_payment_attempt_positive")),
        sa.CheckConstraint("pence > 0", name=op.f("ck_claims_payment_pence_positive")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["claims_batch.id"], name=op.f("fk_claims_payment_batch_id_claims_batch")
        ),
        sa.ForeignKeyConstraint(
            ["detail_id"],
            ["claims_bank_detail.id"],
            name=op.f("fk_claims_payment_detail_id_claims_bank_detail"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_claims_payment_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_payment")),
        sa.UniqueConstraint("ref", name=op.f("uq_claims_payment_ref")),
        sa.UniqueConstraint(
            "what", "what_id", "attempt", name=op.f("uq_claims_payment_what_what_id_attempt")
        ),
        info={"branch": "claims"},
    )
    with op.batch_alter_table("claims_payment", schema=None) as batch_op:
        batch_op.create_index("ix_claims_payment_batch_id_id", ["batch_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_claims_payment_detail_id"), ["detail_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_claims_payment_person_id"), ["person_id"], unique=False
        )
        batch_op.create_index(
            "uq_claims_payment_waits",
            ["what", "what_id"],
            unique=True,
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        )

    op.create_table(
        "claims_signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["claims_payment.id"],
            name=op.f("fk_claims_signature_payment_id_claims_payment"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_claims_signature_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_signature")),
        sa.UniqueConstraint(
            "payment_id", "person_id", name=op.f("uq_claims_signature_payment_id_person_id")
        ),
        info={"branch": "claims"},
    )
    with op.batch_alter_table("claims_signature", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_claims_signature_person_id"), ["person_id"], unique=False
        )


def _states(*states: str) -> None:
    """A claim is in one of these from now on."""
    listed = ", ".join(f"'{one}'" for one in states)
    with op.batch_alter_table("claims_claim", schema=None) as batch_op:
        batch_op.drop_constraint(op.f(_RULE), type_="check")
        batch_op.create_check_constraint(op.f(_RULE), f"state IN ({listed})")


def downgrade() -> None:

    with op.batch_alter_table("claims_signature", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_claims_signature_person_id"))

    op.drop_table("claims_signature")
    with op.batch_alter_table("claims_payment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_claims_payment_waits",
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_claims_payment_person_id"))
        batch_op.drop_index(batch_op.f("ix_claims_payment_detail_id"))
        batch_op.drop_index("ix_claims_payment_batch_id_id")

    op.drop_table("claims_payment")
    with op.batch_alter_table("claims_left_out", schema=None) as batch_op:
        batch_op.drop_index("ix_claims_left_out_what")
        batch_op.drop_index(batch_op.f("ix_claims_left_out_person_id"))
        batch_op.drop_index(batch_op.f("ix_claims_left_out_batch_id"))

    op.drop_table("claims_left_out")
    with op.batch_alter_table("claims_export", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_claims_export_made_by_id"))

    op.drop_table("claims_export")
    with op.batch_alter_table("claims_batch", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_claims_batch_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index(batch_op.f("ix_claims_batch_made_by_id"))

    op.drop_table("claims_batch")
    with op.batch_alter_table("claims_bank_detail", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_claims_bank_detail_holds",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_claims_bank_detail_fingerprint"))
        batch_op.drop_index(batch_op.f("ix_claims_bank_detail_confirmed_by_id"))

    op.drop_table("claims_bank_detail")
    with op.batch_alter_table("claims_modulus", schema=None) as batch_op:
        batch_op.drop_index("ix_claims_modulus_first")

    op.drop_table("claims_modulus")
    op.drop_table("claims_layout")
    op.drop_table("claims_column")
    listed = ", ".join(f"'{one}'" for one in _PAID)
    # What was decided stays so; that it was paid stands in the books.
    op.execute(f"UPDATE claims_claim SET state = 'decided' WHERE state IN ({listed})")  # noqa: S608 - named above
    _states(*_BEFORE)
