"""Requests for a whole record say how they were asked, and who wrote that down"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0024b"
down_revision = "core_0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("record_request", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "how",
                sa.Enum(
                    "online",
                    "phone",
                    "letter",
                    "in_person",
                    name="how",
                    native_enum=False,
                    create_constraint=True,
                    length=20,
                ),
                nullable=False,
                server_default="online",  # all that are there were asked by the people themselves
            )
        )
        batch_op.add_column(sa.Column("written_by_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_record_request_written_by_id_person"), "person", ["written_by_id"], ["id"]
        )
        batch_op.create_check_constraint(
            op.f("ck_record_request_written_down"), "how <> 'online' OR written_by_id IS NULL"
        )
        batch_op.create_index(
            batch_op.f("ix_record_request_written_by_id"), ["written_by_id"], unique=False
        )
    with op.batch_alter_table("record_request", schema=None) as batch_op:
        batch_op.alter_column("how", existing_type=sa.String(length=20), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("record_request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_record_request_written_by_id"))
        batch_op.drop_constraint(op.f("ck_record_request_written_down"), type_="check")
        batch_op.drop_constraint(op.f("fk_record_request_written_by_id_person"), type_="foreignkey")
        batch_op.drop_constraint(op.f("ck_record_request_how"), type_="check")
        batch_op.drop_column("written_by_id")
        batch_op.drop_column("how")
