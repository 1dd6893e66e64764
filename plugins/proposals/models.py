"""The tables: a proposal, who makes it, what is written, what is said about it, and what was decided.

Names of people stand in no row: `person_id` leads to them, and is empty once they are erased.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from plugins.proposals.states import Perspective, Stage
from portal.plugin_api import choice, no_words, plugin_base

LONGEST_TITLE = 200  # letters
LONGEST_TEXT = 20_000  # of one section
LONGEST_WORDS = 5_000
LONGEST_NAME = 80
LONGEST_REF = 12
_RANDOM = no_words("an address, a hash: compared, never shown")
_NAME = no_words("a name that code gives and code reads")


class Credit(StrEnum):
    """How somebody is named for what they gave."""

    NAME = "name"
    PSEUDONYM = "pseudonym"
    NONE = "none"


# From the most private on: where two meet, the earlier one holds.
PRIVATE_FIRST = (Credit.NONE, Credit.PSEUDONYM, Credit.NAME)


class CommentKind(StrEnum):
    """What somebody says about a section."""

    COMMENT = "comment"
    SUGGESTION = "suggestion"


class Answer(StrEnum):
    """What those who make it said to a comment, or to somebody who would like to join."""

    YES = "yes"
    NO = "no"


class RelationState(StrEnum):
    """How far two proposals that are alike have come."""

    ASKED = "asked"
    MERGED = "merged"
    RELATED = "related"


class SupportKind(StrEnum):
    """What would make it easier to take part."""

    WRITING = "writing"
    TALKING = "talking"
    DEVICE = "device"
    GETTING_THERE = "getting_there"
    SOMETHING_ELSE = "something_else"


if TYPE_CHECKING:
    from sqlalchemy.orm import DeclarativeBase as Base
else:
    Base = plugin_base("proposals")


class Proposal(Base):
    """A course that somebody would like. `ref` is its address: random, so that it tells nothing.

    `round` counts appeals. `until` is the last day for comments. `words` is what a search looks through.
    """

    __tablename__ = "proposals_proposal"
    __table_args__ = (
        sa.CheckConstraint("length(title) > 0", name="title_given"),
        sa.CheckConstraint("version > 0", name="version_positive"),
        sa.Index("ix_proposals_proposal_stage_id", "stage", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(LONGEST_REF), unique=True, info=_RANDOM)
    title: Mapped[str] = mapped_column(sa.String(LONGEST_TITLE))
    words: Mapped[str] = mapped_column(sa.Text, default="")
    stage: Mapped[Stage] = mapped_column(choice(Stage, "stage"))
    back_to: Mapped[Stage | None] = mapped_column(choice(Stage, "back_to"))
    version: Mapped[int] = mapped_column(default=1)
    round: Mapped[int] = mapped_column(default=1)
    until: Mapped[date | None]
    steward_until: Mapped[datetime | None] = mapped_column(index=True)
    started_at: Mapped[datetime]
    stage_since: Mapped[datetime]
    course_id: Mapped[int | None] = mapped_column(sa.ForeignKey("course.id"), index=True)
    # Names the row of a spreadsheet that it came from, so that an import is safe to run twice.
    import_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True, info=_RANDOM)


class Contributor(Base):
    """Somebody's part in one proposal: their perspective and credit here, and when they agreed to what.

    The row outlives them: without `person_id` it is "a contributor (account erased)".
    """

    __tablename__ = "proposals_contributor"
    __table_args__ = (sa.UniqueConstraint("proposal_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposals_proposal.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    perspective: Mapped[Perspective] = mapped_column(choice(Perspective, "perspective"))
    credit: Mapped[Credit] = mapped_column(choice(Credit, "credit"))
    pseudonym: Mapped[str] = mapped_column(sa.String(LONGEST_NAME), default="")
    started: Mapped[bool] = mapped_column(default=False)
    digest: Mapped[bool] = mapped_column(default=False)
    agreed_at: Mapped[datetime]
    agreed_how: Mapped[str] = mapped_column(sa.String(20), default="online", info=_NAME)
    expectations: Mapped[int] = mapped_column(default=1)  # which words they agreed to
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class Section(Base):
    """What is written now under one heading; `version` is the one in which it was changed last."""

    __tablename__ = "proposals_section"

    proposal_id: Mapped[int] = mapped_column(
        sa.ForeignKey("proposals_proposal.id"), primary_key=True
    )
    key: Mapped[str] = mapped_column(sa.String(20), primary_key=True, info=_NAME)
    words: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[int] = mapped_column(default=1)


class Version(Base):
    """The whole text at one moment, never changed. `digest` is a hash of it: what a review is bound to."""

    __tablename__ = "proposals_version"
    __table_args__ = (sa.UniqueConstraint("proposal_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposals_proposal.id"))
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(64), info=_RANDOM)
    texts: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    contributor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("proposals_contributor.id"))


class Draft(Base):
    """What somebody is typing and has not kept yet: theirs alone. `base` is the version they began from."""

    __tablename__ = "proposals_draft"

    contributor_id: Mapped[int] = mapped_column(
        sa.ForeignKey("proposals_contributor.id"), primary_key=True
    )
    key: Mapped[str] = mapped_column(sa.String(20), primary_key=True, info=_NAME)
    words: Mapped[str] = mapped_column(sa.Text)
    base: Mapped[int]
    at: Mapped[datetime]


class Comment(Base):
    """What somebody says about a section, and how those who make it answered, with thanks.

    `credit` is how they were named when they said it, kept here so that no later part unmasks them.
    """

    __tablename__ = "proposals_comment"
    __table_args__ = (sa.Index("ix_proposals_comment_proposal_id_id", "proposal_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposals_proposal.id"))
    key: Mapped[str] = mapped_column(sa.String(20), info=_NAME)
    kind: Mapped[CommentKind] = mapped_column(choice(CommentKind, "kind"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    credit: Mapped[Credit] = mapped_column(
        choice(Credit, "credit"), default=Credit.NONE, server_default=Credit.NONE.value
    )
    pseudonym: Mapped[str] = mapped_column(
        sa.String(LONGEST_NAME), default="", server_default=sa.text("''")
    )
    words: Mapped[str] = mapped_column(sa.Text)
    # Said by one of those who make it before comments were invited: it stays with them.
    among: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    version: Mapped[int]
    at: Mapped[datetime]
    answer: Mapped[Answer | None] = mapped_column(choice(Answer, "answer"))
    thanks: Mapped[str] = mapped_column(sa.Text, default="")
    answered_at: Mapped[datetime | None]


class Invitation(Base):
    """A way in: a link that somebody hands on (`digest`), or somebody who asked to join (`person_id`)."""

    __tablename__ = "proposals_invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposals_proposal.id"), index=True)
    digest: Mapped[str | None] = mapped_column(sa.String(64), unique=True, info=_RANDOM)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    perspective: Mapped[Perspective | None] = mapped_column(choice(Perspective, "perspective"))
    credit: Mapped[Credit | None] = mapped_column(choice(Credit, "credit"))
    pseudonym: Mapped[str] = mapped_column(sa.String(LONGEST_NAME), default="")
    at: Mapped[datetime] = mapped_column(index=True)
    answer: Mapped[Answer | None] = mapped_column(choice(Answer, "answer"))
    answered_at: Mapped[datetime | None]


class SupportPlan(Base):
    """What somebody asked for so that they can take part, until it is arranged."""

    __tablename__ = "proposals_support_plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    contributor_id: Mapped[int] = mapped_column(
        sa.ForeignKey("proposals_contributor.id"), index=True
    )
    kind: Mapped[SupportKind] = mapped_column(choice(SupportKind, "kind"))
    words: Mapped[str] = mapped_column(sa.Text, default="")
    at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Declaration(Base):
    """What interests a reviewer has, said before the text opened for them."""

    __tablename__ = "proposals_declaration"
    __table_args__ = (sa.UniqueConstraint("proposal_id", "person_id", "round"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposals_proposal.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    round: Mapped[int]
    perspective: Mapped[Perspective] = mapped_column(choice(Perspective, "perspective"))
    interests: Mapped[str] = mapped_column(sa.Text, default="")
    employer: Mapped[str] = mapped_column(sa.String(200), default="")
    at: Mapped[datetime]


class Review(Base):
    """What a reviewer said of a version: `answers` maps each criterion to [band, words].

    It counts for the version that was `confirmed` last, and not at all once it is voided.
    """

    __tablename__ = "proposals_review"

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposals_proposal.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    round: Mapped[int]
    perspective: Mapped[Perspective] = mapped_column(choice(Perspective, "perspective"))
    version: Mapped[int]
    confirmed: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(64), info=_RANDOM)
    answers: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    voided_at: Mapped[datetime | None]


class Conversation(Base):
    """What the two groups talked over, because they saw it differently."""

    __tablename__ = "proposals_conversation"

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposals_proposal.id"), index=True)
    version: Mapped[int]
    # criterion → [median of experience, of knowledge]
    criteria: Mapped[dict[str, Any]] = mapped_column(info=no_words("names and numbers"))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    words: Mapped[str] = mapped_column(sa.Text, default="")


class Relation(Base):
    """Two proposals that are alike: asked to become one, merged, or linked."""

    __tablename__ = "proposals_relation"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(sa.ForeignKey("proposals_proposal.id"), index=True)
    target_id: Mapped[int] = mapped_column(sa.ForeignKey("proposals_proposal.id"), index=True)
    state: Mapped[RelationState] = mapped_column(choice(RelationState, "state"))
    asked_at: Mapped[datetime] = mapped_column(index=True)
    settled_at: Mapped[datetime | None]


class Agreement(Base):
    """One contributor's yes to something that needs everybody's; `about` is "end" or "merge:7"."""

    __tablename__ = "proposals_agreement"
    __table_args__ = (sa.UniqueConstraint("contributor_id", "about"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contributor_id: Mapped[int] = mapped_column(sa.ForeignKey("proposals_contributor.id"))
    about: Mapped[str] = mapped_column(sa.String(30), index=True, info=_NAME)
    at: Mapped[datetime]


class Step(Base):
    """One step of a proposal's life, never changed: the thread from an idea to a course and on."""

    __tablename__ = "proposals_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposals_proposal.id"), index=True)
    stage: Mapped[Stage] = mapped_column(choice(Stage, "stage"))
    before: Mapped[Stage | None] = mapped_column(choice(Stage, "before"))
    seconds: Mapped[int] = mapped_column(default=0)  # how long it stood where it was before
    version: Mapped[int]
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    at: Mapped[datetime]


class Outcome(Base):
    """A decision with its reasons by criterion, what would change it, and whom to ask."""

    __tablename__ = "proposals_outcome"

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposals_proposal.id"), index=True)
    round: Mapped[int]
    stage: Mapped[Stage] = mapped_column(choice(Stage, "stage"))
    version: Mapped[int]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    at: Mapped[datetime]
    reasons: Mapped[dict[str, Any]]
    change: Mapped[str] = mapped_column(sa.Text, default="")
    contact: Mapped[str] = mapped_column(sa.String(200), default="")
    appealed_at: Mapped[datetime | None]
    appeal: Mapped[str] = mapped_column(sa.Text, default="")


class Rung(Base):
    """Where on the ladder of participation somebody who makes it sees the work, 1 to 5."""

    __tablename__ = "proposals_rung"
    __table_args__ = (sa.CheckConstraint("rung BETWEEN 1 AND 5", name="rung"),)

    contributor_id: Mapped[int] = mapped_column(
        sa.ForeignKey("proposals_contributor.id"), primary_key=True
    )
    rung: Mapped[int]
    at: Mapped[datetime]
