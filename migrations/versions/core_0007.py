"""How people agreed to be reached, and the language they want to be written to in"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0007"
down_revision = "core_0006"
branch_labels = None
depends_on = None

HOW = "consent_how IN ('themselves', 'phone', 'wrote', 'in_person')"
SOME_TIME = "consent_how IS NULL OR consent_at IS NOT NULL"


def upgrade() -> None:
    with op.batch_alter_table("person") as batch_op:
        batch_op.add_column(
            sa.Column("language", sa.String(length=20), nullable=False, server_default="")
        )
    with op.batch_alter_table("person") as batch_op:
        batch_op.alter_column("language", server_default=None, existing_type=sa.String(20))

    with op.batch_alter_table("contact_route") as batch_op:
        batch_op.add_column(sa.Column("consent_how", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    with op.batch_alter_table("contact_route") as batch_op:
        batch_op.alter_column("version", server_default=None, existing_type=sa.Integer())
        batch_op.create_check_constraint(op.f("ck_contact_route_consent_how"), HOW)
        batch_op.create_check_constraint(op.f("ck_contact_route_agreed_at_some_time"), SOME_TIME)


def downgrade() -> None:
    with op.batch_alter_table("contact_route") as batch_op:
        batch_op.drop_constraint(op.f("ck_contact_route_agreed_at_some_time"), type_="check")
        batch_op.drop_constraint(op.f("ck_contact_route_consent_how"), type_="check")
        batch_op.drop_column("version")
        batch_op.drop_column("consent_how")
    with op.batch_alter_table("person") as batch_op:
        batch_op.drop_column("language")
