"""A place counts from an instant on, whatever the numbers of the sessions become"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "core_0012"
down_revision = "core_0011"
branch_labels = None
depends_on = None

# The session that they joined for, at its present time. A number says nothing of a session that was moved
# behind others, nor of one that is moved to an earlier day after this: where the place was taken before that
# session, what has counted since then does. Whoever was marked in one that had begun counts from its start.
FORWARD = """
UPDATE enrolment SET from_at = COALESCE((
    SELECT CASE WHEN course_session.starts_at < enrolment.created_at
           THEN course_session.starts_at ELSE enrolment.created_at END
    FROM course_session
    WHERE course_session.run_id = enrolment.run_id
      AND course_session.number = enrolment.from_number
), created_at)
"""
BACK = """
UPDATE enrolment SET from_number = COALESCE((
    SELECT min(course_session.number) FROM course_session
    WHERE course_session.run_id = enrolment.run_id AND course_session.starts_at >= enrolment.from_at
), 1)
"""


def upgrade() -> None:
    with op.batch_alter_table("enrolment") as batch_op:
        batch_op.add_column(
            sa.Column("from_at", portal.db.UTCDateTime(timezone=True), nullable=True)
        )
    op.execute(FORWARD)
    with op.batch_alter_table("enrolment") as batch_op:
        batch_op.alter_column("from_at", nullable=False)
        batch_op.drop_constraint(op.f("ck_enrolment_from_number_positive"), type_="check")
        batch_op.drop_column("from_number")


def downgrade() -> None:
    with op.batch_alter_table("enrolment") as batch_op:
        batch_op.add_column(sa.Column("from_number", sa.Integer(), nullable=True))
    op.execute(BACK)
    with op.batch_alter_table("enrolment") as batch_op:
        batch_op.alter_column("from_number", nullable=False)
        batch_op.create_check_constraint(
            op.f("ck_enrolment_from_number_positive"), "from_number > 0"
        )
        batch_op.drop_column("from_at")
