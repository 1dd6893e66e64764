"""Files, and the materials of courses"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "core_0021"
down_revision = "core_0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "jpeg",
                "png",
                "webp",
                "pdf",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("added_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(name) > 0", name=op.f("ck_stored_file_name_given")),
        sa.CheckConstraint("pages > 0", name=op.f("ck_stored_file_pages_positive")),
        sa.CheckConstraint("size > 0", name=op.f("ck_stored_file_size_positive")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["person.id"], name=op.f("fk_stored_file_owner_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_file")),
        sa.UniqueConstraint("uid", name=op.f("uq_stored_file_uid")),
    )
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stored_file_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "course_material",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("added_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(title) > 0", name=op.f("ck_course_material_title_given")),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_course_material_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_course_material_file_id_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_material")),
        sa.UniqueConstraint("file_id", name=op.f("uq_course_material_file_id")),
    )
    with op.batch_alter_table("course_material", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_course_material_course_id"), ["course_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("course_material", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_course_material_course_id"))

    op.drop_table("course_material")
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stored_file_owner_id"))

    op.drop_table("stored_file")
