"""Ideas for courses, who makes them, what is said and decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from portal.plugin_api import UTCDateTime

revision = "proposals_0001"
down_revision = None
branch_labels = ("proposals",)
depends_on = "core_0001"

STAGES = (
    "idea",
    "drafting",
    "open",
    "review",
    "conversation",
    "adopted",
    "adopted_changed",
    "not_now",
    "delivery",
    "evaluation",
    "improvement",
    "retired",
    "paused",
    "withdrawn",
    "merged",
    "needs_steward",
)
PERSPECTIVES = ("lived", "learner", "professional", "subject")


def upgrade() -> None:
    op.create_table(
        "proposals_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(*STAGES, name="stage", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column(
            "back_to",
            sa.Enum(*STAGES, name="back_to", native_enum=False, create_constraint=True, length=20),
            nullable=True,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("steward_until", UTCDateTime(timezone=True), nullable=True),
        sa.Column("started_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("stage_since", UTCDateTime(timezone=True), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("import_key", sa.String(length=64), nullable=True),
        sa.CheckConstraint("length(title) > 0", name=op.f("ck_proposals_proposal_title_given")),
        sa.CheckConstraint("version > 0", name=op.f("ck_proposals_proposal_version_positive")),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_proposals_proposal_course_id_course")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals_proposal")),
        sa.UniqueConstraint("import_key", name=op.f("uq_proposals_proposal_import_key")),
        sa.UniqueConstraint("ref", name=op.f("uq_proposals_proposal_ref")),
        info={"branch": "proposals"},
    )
    with op.batch_alter_table("proposals_proposal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_proposals_proposal_course_id"), ["course_id"], unique=False
        )
        batch_op.create_index("ix_proposals_proposal_stage_id", ["stage", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_proposals_proposal_steward_until"), ["steward_until"], unique=False
        )

    op.create_table(
        "proposals_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "comment",
                "suggestion",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "yes", "no", name="answer", native_enum=False, create_constraint=True, length=20
            ),
            nullable=True,
        ),
        sa.Column("thanks", sa.Text(), nullable=False),
        sa.Column("answered_at", UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_proposals_comment_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposals_proposal.id"],
            name=op.f("fk_proposals_comment_proposal_id_proposals_proposal"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals_comment")),
        info={"branch": "proposals"},
    )
    with op.batch_alter_table("proposals_comment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_proposals_comment_person_id"), ["person_id"], unique=False
        )
        batch_op.create_index(
            "ix_proposals_comment_proposal_id_id", ["proposal_id", "id"], unique=False
        )

    op.create_table(
        "proposals_contributor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column(
            "perspective",
            sa.Enum(
                *PERSPECTIVES,
                name="perspective",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "credit",
            sa.Enum(
                "name",
                "pseudonym",
                "none",
                name="credit",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("pseudonym", sa.String(length=80), nullable=False),
        sa.Column("started", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.Column("agreed_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("agreed_how", sa.String(length=20), nullable=False),
        sa.Column("expectations", sa.Integer(), nullable=False),
        sa.Column("joined_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("left_at", UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_proposals_contributor_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposals_proposal.id"],
            name=op.f("fk_proposals_contributor_proposal_id_proposals_proposal"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals_contributor")),
        sa.UniqueConstraint(
            "proposal_id", "person_id", name=op.f("uq_proposals_contributor_proposal_id_person_id")
        ),
        info={"branch": "proposals"},
    )
    with op.batch_alter_table("proposals_contributor", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_proposals_contributor_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "proposals_conversation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("opened_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposals_proposal.id"],
            name=op.f("fk_proposals_conversation_proposal_id_proposals_proposal"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals_conversation")),
        info={"branch": "proposals"},
    )
    with op.batch_alter_table("proposals_conversation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_proposals_conversation_proposal_id"), ["proposal_id"], unique=False
        )

    op.create_table(
        "proposals_declaration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column(
            "perspective",
            sa.Enum(
                *PERSPECTIVES,
                name="perspective",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("interests", sa.Text(), nullable=False),
        sa.Column("employer", sa.String(length=200), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_proposals_declaration_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposals_proposal.id"],
            name=op.f("fk_proposals_declaration_proposal_id_proposals_proposal"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals_declaration")),
        sa.UniqueConstraint(
            "proposal_id",
            "person_id",
            "round",
            name=op.f("uq_proposals_declaration_proposal_id_person_id_round"),
        ),
        info={"branch": "proposals"},
    )
    with op.batch_alter_table("proposals_declaration", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_proposals_declaration_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "proposals_invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column(
            "perspective",
            sa.Enum(
                *PERSPECTIVES,
                name="perspective",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column(
            "credit",
            sa.Enum(
                "name",
                "pseudonym",
                "none",
                name="credit",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("pseudonym", sa.String(length=80), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "yes", "no", name="answer", native_enum=False, create_constraint=True, length=20
            ),
            nullable=True,
        ),
        sa.Column("answered_at", UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_proposals_invitation_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposals_proposal.id"],
            name=op.f("fk_proposals_invitation_proposal_id_proposals_proposal"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals_invitation")),
        sa.UniqueConstraint("digest", name=op.f("uq_proposals_invitation_digest")),
        info={"branch": "proposals"},
    )
    with op.batch_alter_table("proposals_invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposals_invitation_at"), ["at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_proposals_invitation_person_id"), ["person_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_proposals_invitation_proposal_id"), ["proposal_id"], unique=False
        )

    op.create_table(
        "proposals_outcome",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(*STAGES, name="stage", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("appealed_at", UTCDateTime(timezone=True), nullable=True),
        sa.Column("appeal", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_proposals_outcome_decided_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposals_proposal.id"],
            name=op.f("fk_proposals_outcome_proposal_id_proposals_proposal"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals_outcome")),
        info={"branch": "proposals"},
    )
    with op.batch_alter_table("proposals_outcome", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_proposals_outcome_decided_by_id"), ["decided_by_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_proposals_outcome_proposal_id"), ["proposal_id"], unique=False
        )

    op.create_table(
        "proposals_relation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "merged",
                "related",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("asked_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("settled_at", UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["proposals_proposal.id"],
            name=op.f("fk_proposals_relation_source_id_proposals_proposal"),
        ),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["proposals_proposal.id"],
            name=op.f("fk_proposals_relation_target_id_proposals_proposal"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals_relation")),
        info={"branch": "proposals"},
    )
    with op.batch_alter_table("proposals_relation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_proposals_relation_asked_at"), ["asked_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_proposals_relation_source_id"), ["source_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_proposals_relation_target_id"), ["target_id"], unique=False
        )

    op.create_table(
        "proposals_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column(
            "perspective",
            sa.Enum(
                *PERSPECTIVES,
                name="perspective",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("voided_at", UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_proposals_review_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposals_proposal.id"],
            name=op.f("fk_proposals_review_proposal_id_proposals_proposal"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals_review")),
        info={"branch": "proposals"},
    )
    with op.batch_alter_table("proposals_review", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_proposals_review_person_id"), ["person_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_proposals_review_proposal_id"), ["proposal_id"], unique=False
        )

    op.create_table(
        "proposals_section",
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposals_proposal.id"],
            name=op.f("fk_proposals_section_proposal_id_proposals_proposal"),
        ),
        sa.PrimaryKeyConstraint("proposal_id", "key", name=op.f("pk_proposals_section")),
        info={"branch": "proposals"},
    )
    op.create_table(
        "proposals_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(*STAGES, name="stage", native_enum=False, create_constraint=True, length=20),
            nullable=False,
        ),
        sa.Column(
            "before",
            sa.Enum(*STAGES, name="before", native_enum=False, create_constraint=True, length=20),
            nullable=True,
        ),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_proposals_step_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposals_proposal.id"],
            name=op.f("fk_proposals_step_proposal_id_proposals_proposal"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals_step")),
        info={"branch": "proposals"},
    )
    with op.batch_alter_table("proposals_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposals_step_by_id"), ["by_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_proposals_step_proposal_id"), ["proposal_id"], unique=False
        )

    op.create_table(
        "proposals_agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contributor_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(length=30), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contributor_id"],
            ["proposals_contributor.id"],
            name=op.f("fk_proposals_agreement_contributor_id_proposals_contributor"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals_agreement")),
        sa.UniqueConstraint(
            "contributor_id", "about", name=op.f("uq_proposals_agreement_contributor_id_about")
        ),
        info={"branch": "proposals"},
    )
    with op.batch_alter_table("proposals_agreement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proposals_agreement_about"), ["about"], unique=False)

    op.create_table(
        "proposals_draft",
        sa.Column("contributor_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contributor_id"],
            ["proposals_contributor.id"],
            name=op.f("fk_proposals_draft_contributor_id_proposals_contributor"),
        ),
        sa.PrimaryKeyConstraint("contributor_id", "key", name=op.f("pk_proposals_draft")),
        info={"branch": "proposals"},
    )
    op.create_table(
        "proposals_rung",
        sa.Column("contributor_id", sa.Integer(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("rung BETWEEN 1 AND 5", name=op.f("ck_proposals_rung_rung")),
        sa.ForeignKeyConstraint(
            ["contributor_id"],
            ["proposals_contributor.id"],
            name=op.f("fk_proposals_rung_contributor_id_proposals_contributor"),
        ),
        sa.PrimaryKeyConstraint("contributor_id", name=op.f("pk_proposals_rung")),
        info={"branch": "proposals"},
    )
    op.create_table(
        "proposals_support_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contributor_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "writing",
                "talking",
                "device",
                "getting_there",
                "something_else",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("done_at", UTCDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contributor_id"],
            ["proposals_contributor.id"],
            name=op.f("fk_proposals_support_plan_contributor_id_proposals_contributor"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals_support_plan")),
        info={"branch": "proposals"},
    )
    with op.batch_alter_table("proposals_support_plan", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_proposals_support_plan_contributor_id"), ["contributor_id"], unique=False
        )

    op.create_table(
        "proposals_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("contributor_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contributor_id"],
            ["proposals_contributor.id"],
            name=op.f("fk_proposals_version_contributor_id_proposals_contributor"),
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposals_proposal.id"],
            name=op.f("fk_proposals_version_proposal_id_proposals_proposal"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals_version")),
        sa.UniqueConstraint(
            "proposal_id", "number", name=op.f("uq_proposals_version_proposal_id_number")
        ),
        info={"branch": "proposals"},
    )


def downgrade() -> None:
    op.drop_table("proposals_version")
    with op.batch_alter_table("proposals_support_plan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposals_support_plan_contributor_id"))

    op.drop_table("proposals_support_plan")
    op.drop_table("proposals_rung")
    op.drop_table("proposals_draft")
    with op.batch_alter_table("proposals_agreement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposals_agreement_about"))

    op.drop_table("proposals_agreement")
    with op.batch_alter_table("proposals_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposals_step_proposal_id"))
        batch_op.drop_index(batch_op.f("ix_proposals_step_by_id"))

    op.drop_table("proposals_step")
    op.drop_table("proposals_section")
    with op.batch_alter_table("proposals_review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposals_review_proposal_id"))
        batch_op.drop_index(batch_op.f("ix_proposals_review_person_id"))

    op.drop_table("proposals_review")
    with op.batch_alter_table("proposals_relation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposals_relation_target_id"))
        batch_op.drop_index(batch_op.f("ix_proposals_relation_source_id"))
        batch_op.drop_index(batch_op.f("ix_proposals_relation_asked_at"))

    op.drop_table("proposals_relation")
    with op.batch_alter_table("proposals_outcome", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposals_outcome_proposal_id"))
        batch_op.drop_index(batch_op.f("ix_proposals_outcome_decided_by_id"))

    op.drop_table("proposals_outcome")
    with op.batch_alter_table("proposals_invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposals_invitation_proposal_id"))
        batch_op.drop_index(batch_op.f("ix_proposals_invitation_person_id"))
        batch_op.drop_index(batch_op.f("ix_proposals_invitation_at"))

    op.drop_table("proposals_invitation")
    with op.batch_alter_table("proposals_declaration", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposals_declaration_person_id"))

    op.drop_table("proposals_declaration")
    with op.batch_alter_table("proposals_conversation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposals_conversation_proposal_id"))

    op.drop_table("proposals_conversation")
    with op.batch_alter_table("proposals_contributor", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposals_contributor_person_id"))

    op.drop_table("proposals_contributor")
    with op.batch_alter_table("proposals_comment", schema=None) as batch_op:
        batch_op.drop_index("ix_proposals_comment_proposal_id_id")
        batch_op.drop_index(batch_op.f("ix_proposals_comment_person_id"))

    op.drop_table("proposals_comment")
    with op.batch_alter_table("proposals_proposal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposals_proposal_steward_until"))
        batch_op.drop_index("ix_proposals_proposal_stage_id")
        batch_op.drop_index(batch_op.f("ix_proposals_proposal_course_id"))

    op.drop_table("proposals_proposal")
