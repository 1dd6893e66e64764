"""Each comment keeps how its writer was named when they said it"""

from __future__ import annotations

from alembic import op

revision = "proposals_0002"
down_revision = "proposals_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Written out: both databases add such a column at once, with its rule, and without making the table anew.
    op.execute(
        "ALTER TABLE proposals_comment ADD COLUMN credit VARCHAR(20) DEFAULT 'none' NOT NULL "
        "CONSTRAINT ck_proposals_comment_credit CHECK (credit IN ('name', 'pseudonym', 'none'))"
    )
    op.execute("ALTER TABLE proposals_comment ADD COLUMN pseudonym VARCHAR(80) DEFAULT '' NOT NULL")
    # Until now those who make it were named as in their part, and everybody else, as the page told them,
    # with their name.
    op.execute("UPDATE proposals_comment SET credit = 'name' WHERE person_id IS NOT NULL")
    for column in ("credit", "pseudonym"):
        op.execute(
            f"UPDATE proposals_comment SET {column} = ("  # noqa: S608 - names from the line above
            f"SELECT part.{column} FROM proposals_contributor AS part WHERE {_THEIR_PART}) "
            f"WHERE EXISTS (SELECT 1 FROM proposals_contributor AS part WHERE {_THEIR_PART})"
        )


_THEIR_PART = (
    "part.proposal_id = proposals_comment.proposal_id "
    "AND part.person_id = proposals_comment.person_id"
)


def downgrade() -> None:
    op.drop_column("proposals_comment", "pseudonym")
    op.drop_column("proposals_comment", "credit")
