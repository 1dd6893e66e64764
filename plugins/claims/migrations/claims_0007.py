"""A year's miles are counted anew; supporters ask for money ahead, where their person lets them do so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.plugin_api import UTCDateTime

revision = "claims_0007"
down_revision = "claims_0006"
branch_labels = None
depends_on = None

_KINDS = ("top_up", "back", "amount")
_OPEN = "approved_at IS NULL AND dropped_at IS NULL AND "
_SHARED = (
    "id, line_id, kind, rate_id, pence, reason, by_id, proposed_at, "
    "approved_by_id, approved_at, dropped_at"
)
# As far as it can be told from what was known and counted when each was priced.
_TURNS = (
    "UPDATE claims_line SET turn = ranked.place FROM (SELECT id, ROW_NUMBER() OVER "
    "(ORDER BY known_on, before, id) AS place FROM claims_line WHERE known_on IS NOT NULL) AS ranked "
    "WHERE ranked.id = claims_line.id"
)


def upgrade() -> None:
    op.add_column("claims_line", sa.Column("turn", sa.Integer(), nullable=True))
    op.execute(_TURNS)
    _put_aside()
    _table(
        (*_KINDS[:1], "anew", *_KINDS[1:]),
        sa.CheckConstraint(
            "kind <> 'anew' OR pence < 0", name=op.f("ck_claims_adjustment_anew_is_less")
        ),
    )
    _index("uq_claims_adjustment_open_line", ["line_id"], "kind IN ('back', 'amount')")
    _index("uq_claims_adjustment_open_line_kind", ["line_id", "kind"], "kind IN ('top_up', 'anew')")
    op.create_index("ix_claims_adjustment_line_id", "claims_adjustment", ["line_id"])
    _put_back(_SHARED, _SHARED)
    _support()


def _support() -> None:
    """Whoever let somebody write claims so far was not asked about money ahead."""
    op.add_column(
        "claims_support_consent",
        sa.Column("ahead", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    with op.batch_alter_table("claims_support_consent") as batch_op:
        batch_op.alter_column("ahead", server_default=None)
    op.create_table(
        "claims_supported_advance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("advance_id", sa.Integer(), nullable=False),
        sa.Column("consent_id", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.id"],
                name=op.f(f"fk_claims_supported_advance_{column}_{table}"),
            )
            for column, table in (
                ("advance_id", "claims_advance"),
                ("consent_id", "claims_support_consent"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims_supported_advance")),
        sa.UniqueConstraint("advance_id", name=op.f("uq_claims_supported_advance_advance_id")),
        info={"branch": "claims"},
    )
    op.create_index(
        op.f("ix_claims_supported_advance_consent_id"), "claims_supported_advance", ["consent_id"]
    )


def downgrade() -> None:
    """What was less stays in the books, as another amount; what still waits to be less does not wait on."""
    op.drop_table("claims_supported_advance")
    op.drop_column("claims_support_consent", "ahead")
    op.execute(
        "DELETE FROM claims_adjustment WHERE kind = 'anew' AND approved_at IS NULL "
        "AND dropped_at IS NULL"
    )
    _put_aside()
    _table(
        _KINDS,
        sa.UniqueConstraint(
            "line_id", "rate_id", "round", name=op.f("uq_claims_adjustment_line_id_rate_id_round")
        ),
        round_=sa.Column("round", sa.Integer(), nullable=False),
    )
    _index("uq_claims_adjustment_open_line", ["line_id"], "kind <> 'top_up'")
    _put_back(
        f"{_SHARED}, round",
        _SHARED.replace("kind", "CASE kind WHEN 'anew' THEN 'amount' ELSE kind END")
        + ", ROW_NUMBER() OVER (PARTITION BY line_id, rate_id ORDER BY id)",
    )
    op.drop_column("claims_line", "turn")


def _put_aside() -> None:
    op.execute("CREATE TABLE claims_adjustment_was AS SELECT * FROM claims_adjustment")
    op.drop_table("claims_adjustment")


def _put_back(columns: str, values: str) -> None:
    op.execute(
        f"INSERT INTO claims_adjustment ({columns}) SELECT {values} FROM claims_adjustment_was"  # noqa: S608 - names of this file
    )
    op.drop_table("claims_adjustment_was")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('claims_adjustment', 'id'), "
            "(SELECT COALESCE(MAX(id), 0) + 1 FROM claims_adjustment), false)"
        )


def _table(
    kinds: tuple[str, ...], rule: sa.Constraint, round_: sa.Column[int] | None = None
) -> None:
    op.create_table(
        "claims_adjustment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*kinds, name="kind", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("rate_id", sa.Integer(), nullable=True),
        *([] if round_ is None else [round_]),
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
        rule,
        info={"branch": "claims"},
    )
    for column in ("rate_id", "by_id", "approved_by_id"):
        op.create_index(op.f(f"ix_claims_adjustment_{column}"), "claims_adjustment", [column])


def _index(name: str, columns: list[str], kinds: str) -> None:
    still = sa.text(_OPEN + kinds)
    op.create_index(
        name,
        "claims_adjustment",
        columns,
        unique=True,
        sqlite_where=still,
        postgresql_where=still,
    )
