"""Places: enrolments, the waiting list, offers, seats"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "core_0003"
down_revision = "core_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_calendar_feed_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )
    with op.batch_alter_table("calendar_feed", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_feed_person_id"), ["person_id"], unique=False)

    op.create_table(
        "keep_apart",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_keep_apart_ordered")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_keep_apart_by_id_person")),
        sa.ForeignKeyConstraint(
            ["one_id"], ["person.id"], name=op.f("fk_keep_apart_one_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["person.id"], name=op.f("fk_keep_apart_other_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keep_apart")),
        sa.UniqueConstraint("one_id", "other_id", name=op.f("uq_keep_apart_one_id_other_id")),
    )
    with op.batch_alter_table("keep_apart", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_keep_apart_by_id"), ["by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_keep_apart_other_id"), ["other_id"], unique=False)

    op.create_table(
        "interest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("created_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_interest_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_interest_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest")),
        sa.UniqueConstraint("course_id", "person_id", name=op.f("uq_interest_course_id_person_id")),
    )
    with op.batch_alter_table("interest", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_interest_person_id"), ["person_id"], unique=False)

    op.create_table(
        "enrolment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("guest_name", sa.String(length=100), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "student",
                "supporter",
                "buddy",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "mode",
            sa.Enum(
                "in_person",
                "online",
                name="mode",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "enrolled",
                "completed",
                "withdrawn",
                "released",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("from_number", sa.Integer(), nullable=False),
        sa.Column(
            "how",
            sa.Enum(
                "online",
                "phone",
                "paper",
                "supporter",
                "walk_in",
                name="how",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "(state = 'enrolled') = (ended_at IS NULL)", name=op.f("ck_enrolment_ended")
        ),
        sa.CheckConstraint(
            "(person_id IS NULL) <> (length(guest_name) = 0)", name=op.f("ck_enrolment_somebody")
        ),
        sa.CheckConstraint("from_number > 0", name=op.f("ck_enrolment_from_number_positive")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_enrolment_made_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_enrolment_person_id_person")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_enrolment_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrolment_made_by_id"), ["made_by_id"], unique=False)
        batch_op.create_index("ix_enrolment_person_id_state", ["person_id", "state"], unique=False)
        batch_op.create_index("ix_enrolment_run_id_state", ["run_id", "state"], unique=False)
        batch_op.create_index(
            "uq_enrolment_active",
            ["person_id", "run_id"],
            unique=True,
            sqlite_where=sa.text("state = 'enrolled'"),
            postgresql_where=sa.text("state = 'enrolled'"),
        )

    op.create_table(
        "party",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("created_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_party_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party")),
    )
    with op.batch_alter_table("party", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_party_run_id"), ["run_id"], unique=False)

    op.create_table(
        "wait_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "offered",
                "accepted",
                "declined",
                "expired",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "how",
            sa.Enum(
                "online",
                "phone",
                "paper",
                "supporter",
                "walk_in",
                name="how",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("first_place", sa.Integer(), nullable=False),
        sa.Column("skips", sa.Integer(), nullable=False),
        sa.Column("hold_until", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("resting", sa.Boolean(), nullable=False),
        sa.Column("joined_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("offered_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("ended_why", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "(state IN ('waiting', 'offered')) = (ended_at IS NULL)",
            name=op.f("ck_wait_entry_ended"),
        ),
        sa.CheckConstraint("first_place > 0", name=op.f("ck_wait_entry_first_place_positive")),
        sa.CheckConstraint("skips >= 0", name=op.f("ck_wait_entry_skips_not_negative")),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_wait_entry_made_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_wait_entry_person_id_person")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_wait_entry_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wait_entry")),
    )
    with op.batch_alter_table("wait_entry", schema=None) as batch_op:
        batch_op.create_index("ix_wait_entry_first_place", ["first_place", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_wait_entry_made_by_id"), ["made_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_wait_entry_person_id"), ["person_id"], unique=False)
        batch_op.create_index("ix_wait_entry_run_id_state", ["run_id", "state", "id"], unique=False)
        batch_op.create_index(
            "uq_wait_entry_live",
            ["run_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('waiting', 'offered')"),
            postgresql_where=sa.text("state IN ('waiting', 'offered')"),
        )

    op.create_table(
        "attendance_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column(
            "mark",
            sa.Enum(
                "present",
                "part",
                "apologies",
                "absent",
                name="mark",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_attendance_mark_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolment.id"],
            name=op.f("fk_attendance_mark_enrolment_id_enrolment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["course_session.id"],
            name=op.f("fk_attendance_mark_session_id_course_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_mark")),
        sa.UniqueConstraint(
            "session_id", "enrolment_id", name=op.f("uq_attendance_mark_session_id_enrolment_id")
        ),
    )
    with op.batch_alter_table("attendance_mark", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attendance_mark_by_id"), ["by_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_attendance_mark_enrolment_id"), ["enrolment_id"], unique=False
        )

    op.create_table(
        "offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "live",
                "accepted",
                "declined",
                "lapsed",
                "unreached",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("made_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("clock_starts_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("expires_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_entry_id", sa.Integer(), nullable=False),
        sa.Column("settled_at", portal.db.UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'live') = (settled_at IS NULL)", name=op.f("ck_offer_settled")
        ),
        sa.CheckConstraint("expires_at > made_at", name=op.f("ck_offer_expires_after_made")),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_offer_tries_not_negative")),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["wait_entry.id"],
            name=op.f("fk_offer_entry_id_wait_entry"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_offer_run_id_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
    )
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.create_index("ix_offer_run_id_state", ["run_id", "state"], unique=False)
        batch_op.create_index("ix_offer_state_expires_at", ["state", "expires_at"], unique=False)
        batch_op.create_index(
            "uq_offer_live",
            ["entry_id"],
            unique=True,
            sqlite_where=sa.text("state = 'live'"),
            postgresql_where=sa.text("state = 'live'"),
        )

    op.create_table(
        "party_member",
        sa.Column("party_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "student",
                "supporter",
                "buddy",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_party_member_enrolment_id_enrolment")
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.id"], name=op.f("fk_party_member_party_id_party")
        ),
        sa.PrimaryKeyConstraint("party_id", "enrolment_id", name=op.f("pk_party_member")),
    )
    with op.batch_alter_table("party_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_party_member_enrolment_id"), ["enrolment_id"], unique=False
        )

    op.create_table(
        "shareable_need",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("updated_at", portal.db.UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(words) > 0", name=op.f("ck_shareable_need_words_given")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolment.id"],
            name=op.f("fk_shareable_need_enrolment_id_enrolment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shareable_need")),
        sa.UniqueConstraint("enrolment_id", name=op.f("uq_shareable_need_enrolment_id")),
    )
    op.create_table(
        "wait_body",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("guest_name", sa.String(length=100), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "student",
                "supporter",
                "buddy",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "mode",
            sa.Enum(
                "in_person",
                "online",
                name="mode",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(person_id IS NULL) <> (length(guest_name) = 0)", name=op.f("ck_wait_body_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["wait_entry.id"],
            name=op.f("fk_wait_body_entry_id_wait_entry"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_wait_body_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wait_body")),
    )
    with op.batch_alter_table("wait_body", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wait_body_entry_id"), ["entry_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_wait_body_person_id"), ["person_id"], unique=False)

    op.create_table(
        "seat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum(
                "in_person",
                "online",
                name="mode",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("enrolment_id", sa.Integer(), nullable=True),
        sa.Column("wait_body_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(enrolment_id IS NULL) <> (wait_body_id IS NULL)",
            name=op.f("ck_seat_enrolled_or_offered"),
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_seat_number_positive")),
        sa.CheckConstraint("place > 0", name=op.f("ck_seat_place_positive")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_seat_enrolment_id_enrolment")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_seat_person_id_person")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_seat_run_id_run")),
        sa.ForeignKeyConstraint(
            ["wait_body_id"], ["wait_body.id"], name=op.f("fk_seat_wait_body_id_wait_body")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
        sa.UniqueConstraint("enrolment_id", name=op.f("uq_seat_enrolment_id")),
        sa.UniqueConstraint("run_id", "mode", "place", name=op.f("uq_seat_run_id_mode_place")),
        sa.UniqueConstraint("run_id", "number", name=op.f("uq_seat_run_id_number")),
        sa.UniqueConstraint("run_id", "person_id", name=op.f("uq_seat_run_id_person_id")),
        sa.UniqueConstraint("wait_body_id", name=op.f("uq_seat_wait_body_id")),
    )
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seat_person_id"), ["person_id"], unique=False)

    # One row made every booking wait for every other. The numbers get smaller, so that a sum fits.
    with op.batch_alter_table("catalogue_version", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_catalogue_version_single_row"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_catalogue_version_few_rows"), "id BETWEEN 1 AND 16"
        )
    op.execute("UPDATE catalogue_version SET version = version / 20")


def downgrade() -> None:
    op.execute("DELETE FROM catalogue_version WHERE id > 1")
    op.execute("UPDATE catalogue_version SET version = version * 20")
    with op.batch_alter_table("catalogue_version", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_catalogue_version_few_rows"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_catalogue_version_single_row"), "id = 1")

    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_seat_person_id"))

    op.drop_table("seat")
    with op.batch_alter_table("wait_body", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wait_body_person_id"))
        batch_op.drop_index(batch_op.f("ix_wait_body_entry_id"))

    op.drop_table("wait_body")
    op.drop_table("shareable_need")
    with op.batch_alter_table("party_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_party_member_enrolment_id"))

    op.drop_table("party_member")
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_offer_live",
            sqlite_where=sa.text("state = 'live'"),
            postgresql_where=sa.text("state = 'live'"),
        )
        batch_op.drop_index("ix_offer_state_expires_at")
        batch_op.drop_index("ix_offer_run_id_state")

    op.drop_table("offer")
    with op.batch_alter_table("attendance_mark", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attendance_mark_enrolment_id"))
        batch_op.drop_index(batch_op.f("ix_attendance_mark_by_id"))

    op.drop_table("attendance_mark")
    with op.batch_alter_table("wait_entry", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_wait_entry_live",
            sqlite_where=sa.text("state IN ('waiting', 'offered')"),
            postgresql_where=sa.text("state IN ('waiting', 'offered')"),
        )
        batch_op.drop_index("ix_wait_entry_run_id_state")
        batch_op.drop_index(batch_op.f("ix_wait_entry_person_id"))
        batch_op.drop_index(batch_op.f("ix_wait_entry_made_by_id"))
        batch_op.drop_index("ix_wait_entry_first_place")

    op.drop_table("wait_entry")
    with op.batch_alter_table("party", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_party_run_id"))

    op.drop_table("party")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_enrolment_active",
            sqlite_where=sa.text("state = 'enrolled'"),
            postgresql_where=sa.text("state = 'enrolled'"),
        )
        batch_op.drop_index("ix_enrolment_run_id_state")
        batch_op.drop_index("ix_enrolment_person_id_state")
        batch_op.drop_index(batch_op.f("ix_enrolment_made_by_id"))

    op.drop_table("enrolment")
    with op.batch_alter_table("interest", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_interest_person_id"))

    op.drop_table("interest")
    with op.batch_alter_table("keep_apart", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_keep_apart_other_id"))
        batch_op.drop_index(batch_op.f("ix_keep_apart_by_id"))

    op.drop_table("keep_apart")
    with op.batch_alter_table("calendar_feed", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calendar_feed_person_id"))

    op.drop_table("calendar_feed")
