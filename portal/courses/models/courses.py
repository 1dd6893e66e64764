"""The tables of the courses room: what the college offers, when, where, and who leads it.

A course is an offer; a run is a course in a term; a session is one meeting of a run. Who has a place
on a run belongs to the places room, which keeps `Run.seats_taken` true. Nothing here reads the clock.
"""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import Base, choice


class CourseState(StrEnum):
    """How far a course has come; `services.states` holds the allowed steps."""

    IDEA = "idea"
    CO_PRODUCTION = "co_production"
    PILOT = "pilot"
    APPROVED = "approved"
    LIVE = "live"
    RESTING = "resting"
    RETIRED = "retired"


class RunState(StrEnum):
    """Where a run stands. "Full" is not stored: it follows from the seats."""

    PLANNED = "planned"
    OPEN = "open"
    RUNNING = "running"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class SessionState(StrEnum):
    """Where one meeting stands. `moved` lasts until a coordinator says that all have been told."""

    SCHEDULED = "scheduled"
    MOVED = "moved"
    CANCELLED = "cancelled"
    DELIVERED = "delivered"


class Mode(StrEnum):
    """How people take part in a run."""

    IN_PERSON = "in_person"
    ONLINE = "online"
    BOTH = "both"


class Perspective(StrEnum):
    """What somebody brings to a session they lead: said per session, never kept on the person."""

    LIVED = "lived"
    PROFESSIONAL = "professional"
    SUBJECT = "subject"


class ChangeKind(StrEnum):
    """What a row of history is about."""

    COURSE = "course"
    RUN = "run"
    SESSION = "session"
    TERM = "term"
    VENUE = "venue"


class Topic(Base):
    """A shelf of the catalogue, such as "Sleep and rest"."""

    __tablename__ = "topic"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    order: Mapped[int] = mapped_column(default=0)


class Course(Base):
    """Something the college offers, or may offer one day. `version` counts its edits."""

    __tablename__ = "course"
    __table_args__ = (
        sa.CheckConstraint("length(slug) > 0", name="slug_given"),
        sa.CheckConstraint("length(title) > 0", name="title_given"),
        sa.CheckConstraint("planned_sessions > 0", name="planned_sessions_positive"),
        sa.CheckConstraint("planned_minutes > 0", name="planned_minutes_positive"),
        sa.CheckConstraint("version > 0", name="version_positive"),
        sa.Index("ix_course_state_title_id", "state", "title", "id"),
        sa.Index("ix_course_topic_id_title_id", "topic_id", "title", "id"),
        sa.Index("ix_course_title_id", "title", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(120), unique=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    summary: Mapped[str] = mapped_column(sa.Text, default="")
    description: Mapped[str] = mapped_column(sa.Text, default="")  # Markdown
    topic_id: Mapped[int] = mapped_column(sa.ForeignKey("topic.id"))
    state: Mapped[CourseState] = mapped_column(
        choice(CourseState, "state"), default=CourseState.IDEA
    )
    planned_sessions: Mapped[int | None]
    planned_minutes: Mapped[int | None]  # of one session
    # How it is usually held, as a prospectus says it; each run decides for itself.
    planned_mode: Mapped[Mode | None] = mapped_column(choice(Mode, "planned_mode"))
    self_paced: Mapped[bool] = mapped_column(default=False)
    drop_in: Mapped[bool] = mapped_column(default=False)
    for_supporters: Mapped[bool] = mapped_column(default=False)
    # A neighbouring service's offer, listed as a kindness: not a course of this college.
    adjacent: Mapped[bool] = mapped_column(default=False)
    # How its runs are planned, unless somebody says otherwise: see `Run.first_required`.
    first_required: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    what_to_expect: Mapped[str] = mapped_column(sa.Text, default="")
    what_to_bring: Mapped[str] = mapped_column(sa.Text, default="")
    source_name: Mapped[str] = mapped_column(sa.String(200), default="")
    source_url: Mapped[str] = mapped_column(sa.String(500), default="")
    source_note: Mapped[str] = mapped_column(sa.Text, default="")
    # Which gaps of a prospectus the import filled, and how: {"planned_sessions": "not stated: 1 assumed"}.
    filled: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # Names the prospectus row it came from, so that an import is safe to run twice.
    import_key: Mapped[str | None] = mapped_column(sa.String(300), unique=True)
    # What the last import set, field by field: where a field now says something else, a person changed
    # it, and the next import leaves it alone.
    imported: Mapped[dict[str, Any] | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    topic: Mapped[Topic] = relationship(lazy="raise")


class Term(Base):
    """A stretch of the year; its dates are the first and the last day, both included."""

    __tablename__ = "term"
    __table_args__ = (
        sa.CheckConstraint("ends_on > starts_on", name="ends_after_start"),
        sa.CheckConstraint("length(name) > 0", name="name_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    starts_on: Mapped[date] = mapped_column(index=True)
    ends_on: Mapped[date]


class Venue(Base):
    """A place, with the facts people need to decide whether they can come. Capacity None: unknown."""

    __tablename__ = "venue"
    __table_args__ = (
        sa.CheckConstraint("capacity > 0", name="capacity_positive"),
        sa.CheckConstraint("length(name) > 0", name="name_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120), index=True)
    address: Mapped[str] = mapped_column(sa.Text, default="")
    postcode: Mapped[str] = mapped_column(sa.String(12), default="")
    capacity: Mapped[int | None]  # bodies in the room, facilitators included
    step_free: Mapped[bool] = mapped_column(default=False)
    hearing_loop: Mapped[bool] = mapped_column(default=False)
    quiet_room: Mapped[bool] = mapped_column(default=False)
    accessible_toilet: Mapped[bool] = mapped_column(default=False)
    parking: Mapped[bool] = mapped_column(default=False)
    bus: Mapped[str] = mapped_column(sa.Text, default="")
    access_note: Mapped[str] = mapped_column(sa.Text, default="")
    online: Mapped[bool] = mapped_column(default=False)


class Run(Base):
    """A course in a term. `reference` is short enough to say on the telephone."""

    __tablename__ = "run"
    __table_args__ = (
        sa.CheckConstraint("learning_cap > 0", name="learning_cap_positive"),
        sa.CheckConstraint("online_cap >= 0", name="online_cap_not_negative"),
        sa.CheckConstraint("seats_taken >= 0", name="seats_taken_not_negative"),
        sa.CheckConstraint("places_free >= 0", name="places_free_not_negative"),
        sa.CheckConstraint("version > 0", name="version_positive"),
        sa.CheckConstraint("last_ends_at > first_starts_at", name="ends_after_start"),
        sa.CheckConstraint(
            "state <> 'cancelled' OR length(cancelled_reason) > 0", name="cancelled_with_reason"
        ),
        sa.Index("ix_run_state_first_starts_at_id", "state", "first_starts_at", "id"),
        sa.Index("ix_run_first_starts_at_id", "first_starts_at", "id"),
        sa.Index("ix_run_course_id_first_starts_at", "course_id", "first_starts_at"),
        sa.Index("ix_run_term_id_first_starts_at_id", "term_id", "first_starts_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(sa.String(120), unique=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    term_id: Mapped[int] = mapped_column(sa.ForeignKey("term.id"))
    state: Mapped[RunState] = mapped_column(choice(RunState, "state"), default=RunState.PLANNED)
    mode: Mapped[Mode] = mapped_column(choice(Mode, "mode"), default=Mode.IN_PERSON)
    venue_id: Mapped[int | None] = mapped_column(sa.ForeignKey("venue.id"), index=True)
    learning_cap: Mapped[int]  # how many learn well together, however they take part
    online_cap: Mapped[int | None]
    # Whoever misses the first session is offered the next run, and nobody joins after it by themselves.
    first_required: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # Both written by the places room alone. `places_free` is what a newcomer would be given now, rooms and
    # waiting lists considered; None while nobody has asked: then it is what the caps leave.
    seats_taken: Mapped[int] = mapped_column(default=0)
    places_free: Mapped[int | None]
    # Kept by the services from the sessions that are not cancelled, so that lists need no join.
    first_starts_at: Mapped[datetime | None]
    last_ends_at: Mapped[datetime | None]
    cancelled_reason: Mapped[str] = mapped_column(sa.Text, default="")
    published_at: Mapped[datetime | None]  # None: only staff see it
    # Names the prospectus row it came from, so that an import is safe to run twice.
    import_key: Mapped[str | None] = mapped_column(sa.String(300), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]

    course: Mapped[Course] = relationship(lazy="raise")
    term: Mapped[Term] = relationship(lazy="raise")
    venue: Mapped[Venue | None] = relationship(lazy="raise")
    sessions: Mapped[list[CourseSession]] = relationship(
        back_populates="run", order_by="CourseSession.number", lazy="raise"
    )


class CourseSession(Base):
    """One meeting. What was promised is the local date and time; the UTC instants follow from it.

    `version` is the SEQUENCE of its calendar entry and `uid` the entry's UID: both are sent out, so
    the uid never changes and the version rises with every move and with a cancellation.
    """

    __tablename__ = "course_session"
    __table_args__ = (
        sa.UniqueConstraint("run_id", "number"),
        sa.CheckConstraint("number > 0", name="number_positive"),
        sa.CheckConstraint("minutes > 0", name="minutes_positive"),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        sa.CheckConstraint("version >= 0", name="version_not_negative"),
        sa.CheckConstraint(
            "state <> 'cancelled' OR length(reason) > 0", name="cancelled_with_reason"
        ),
        sa.Index("ix_course_session_venue_id_starts_at", "venue_id", "starts_at"),
        sa.Index("ix_course_session_starts_at_id", "starts_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id", ondelete="CASCADE"))
    number: Mapped[int]
    local_date: Mapped[date]
    local_time: Mapped[time]
    zone: Mapped[str] = mapped_column(sa.String(64), default="Europe/London")
    minutes: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    venue_id: Mapped[int | None] = mapped_column(sa.ForeignKey("venue.id"))  # None: the run's
    online_link: Mapped[str] = mapped_column(sa.String(500), default="")
    state: Mapped[SessionState] = mapped_column(
        choice(SessionState, "state"), default=SessionState.SCHEDULED
    )
    reason: Mapped[str] = mapped_column(sa.Text, default="")  # why it was moved or cancelled
    moved_from: Mapped[datetime | None]  # when it was to start before its latest move
    version: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(sa.Text, default="")  # to students
    uid: Mapped[str] = mapped_column(sa.String(120), unique=True)

    run: Mapped[Run] = relationship(back_populates="sessions", lazy="raise")
    venue: Mapped[Venue | None] = relationship(lazy="raise")


class Assignment(Base):
    """Who leads a session, and which perspective they bring to it.

    The times are the session's own, None while it is cancelled; `holds` is False where it was moved onto
    another that the person leads. The database keeps these three true, and refuses two that hold at once:
    see `clash_ddl`.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        sa.UniqueConstraint("session_id", "person_id"),
        sa.Index("ix_assignment_person_id_starts_at", "person_id", "starts_at"),
        sa.Index("ix_assignment_starts_at", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("course_session.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    perspective: Mapped[Perspective] = mapped_column(choice(Perspective, "perspective"))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    holds: Mapped[bool] = mapped_column(default=True, server_default=sa.true())


class PairWaiver(Base):
    """Why one session may go ahead without somebody from each perspective."""

    __tablename__ = "pair_waiver"
    __table_args__ = (sa.CheckConstraint("length(reason) > 0", name="reason_given"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(
        sa.ForeignKey("course_session.id", ondelete="CASCADE"), unique=True
    )
    reason: Mapped[str] = mapped_column(sa.Text)
    by_person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    at: Mapped[datetime]


class CourseChange(Base):
    """One row of history: who changed what, when and why. Never edited.

    `changes` maps a field to `[old, new]` as plain JSON values; `course_id` is None for a term or venue.
    """

    __tablename__ = "course_change"
    __table_args__ = (
        sa.Index("ix_course_change_course_id_id", "course_id", "id"),
        sa.Index("ix_course_change_subject", "subject_kind", "subject_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_kind: Mapped[ChangeKind] = mapped_column(choice(ChangeKind, "subject_kind"))
    subject_id: Mapped[int]
    course_id: Mapped[int | None] = mapped_column(sa.ForeignKey("course.id"))
    action: Mapped[str] = mapped_column(sa.String(40))  # "created", "edited", "moved" …
    at: Mapped[datetime]
    actor_person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    why: Mapped[str] = mapped_column(sa.Text, default="")
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)


class CatalogueVersion(Base):
    """Some rows, one of which counts up in the transaction of every change that the catalogue shows.

    The version is their sum. One row would make every booking of the college wait for every other.
    Begins with the milliseconds since 1970, so that no number comes back after a backup is restored.
    """

    __tablename__ = "catalogue_version"
    __table_args__ = (sa.CheckConstraint("id BETWEEN 1 AND 16", name="few_rows"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(sa.BigInteger)


class SentForm(Base):
    """A form that has had its effect, by the key it was shown with: a second click has none.

    `location` is the page the first click led to. Rows are forgotten after a week.
    """

    __tablename__ = "course_sent_form"

    key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    location: Mapped[str] = mapped_column(sa.String(500))
    at: Mapped[datetime] = mapped_column(index=True)
