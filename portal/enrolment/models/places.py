"""The tables of places: enrolments, parties, the waiting list, offers, seats, and what goes with a place.

A seat is one body that holds a place on a run, enrolled or with a live offer. Its numbers are unique, and
nobody is given a number above the caps: two units that slipped past the run's lock collide in the
schema instead of overselling. Only `services` of this room write `seat`. Nothing here reads the clock.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, choice
from portal.vault import sealed_by

LONGEST_NAME = 100


class EnrolmentState(StrEnum):
    """Where a place stands. A wish that is not a place yet is an entry of the waiting list."""

    ENROLLED = "enrolled"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"  # they left
    RELEASED = "released"  # the college, or the one they came with, let the place go


class Role(StrEnum):
    """In which part somebody comes. Supporters and buddies come with a student."""

    STUDENT = "student"
    SUPPORTER = "supporter"
    BUDDY = "buddy"


class TakesPart(StrEnum):
    """How one body takes part in a run: chosen by the person where the run offers both."""

    IN_PERSON = "in_person"
    ONLINE = "online"


class How(StrEnum):
    """How the wish for a place reached the college."""

    ONLINE = "online"
    PHONE = "phone"
    PAPER = "paper"
    SUPPORTER = "supporter"
    WALK_IN = "walk_in"


class WaitState(StrEnum):
    """Where somebody's wait stands."""

    WAITING = "waiting"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class OfferState(StrEnum):
    """What became of an offer. Whether a live one still counts is read from `expires_at`."""

    LIVE = "live"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    UNREACHED = "unreached"  # nobody could be told in time: they keep their place in the list
    WITHDRAWN = "withdrawn"


class Mark(StrEnum):
    """What the register says of one person in one session. What follows from dates is not stored."""

    PRESENT = "present"
    PART = "part"
    APOLOGIES = "apologies"
    ABSENT = "absent"


def _unique_while(name: str, *columns: str, condition: str) -> sa.Index:
    """A unique index over the rows that fulfil a condition, on both engines."""
    return sa.Index(
        name,
        *columns,
        unique=True,
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
    )


def _somebody() -> sa.CheckConstraint:
    """A person the college knows, or a name that somebody gave for the one they bring."""
    return sa.CheckConstraint("(person_id IS NULL) <> (length(guest_name) = 0)", name="somebody")


class Enrolment(Base):
    """One body's place on a run, now or before. A session that began before `from_at` is not theirs."""

    __tablename__ = "enrolment"
    __table_args__ = (
        _somebody(),
        sa.CheckConstraint("(state = 'enrolled') = (ended_at IS NULL)", name="ended"),
        _unique_while(
            "uq_enrolment_active",
            "person_id",
            "run_id",
            condition="state = 'enrolled'",
        ),
        sa.Index("ix_enrolment_run_id_state", "run_id", "state"),
        sa.Index("ix_enrolment_person_id_state", "person_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    guest_name: Mapped[str] = mapped_column(sa.String(LONGEST_NAME), default="")
    role: Mapped[Role] = mapped_column(choice(Role, "role"))
    mode: Mapped[TakesPart] = mapped_column(choice(TakesPart, "mode"))
    state: Mapped[EnrolmentState] = mapped_column(choice(EnrolmentState, "state"))
    from_at: Mapped[datetime]
    how: Mapped[How] = mapped_column(choice(How, "how"))
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str] = mapped_column(sa.String(40), default="")


class Party(Base):
    """People who come to a run together, and are never split."""

    __tablename__ = "party"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"), index=True)
    created_at: Mapped[datetime]


class PartyMember(Base):
    """A place within a party, and the part played in this one: a student may support another."""

    __tablename__ = "party_member"

    party_id: Mapped[int] = mapped_column(sa.ForeignKey("party.id"), primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(
        sa.ForeignKey("enrolment.id"), primary_key=True, index=True
    )
    role: Mapped[Role] = mapped_column(choice(Role, "role"))


class WaitEntry(Base):
    """A party (or one person) that waits for places on a run. Their order is the order of `id`.

    `person_id` is who is asked when there is a place. `skips` counts how often somebody behind was
    offered a place that this party is short of; `hold_until` is when holding freed places for it ends.
    `resting`: nobody could be reached, so the place at hand passes them; the next one does not.
    """

    __tablename__ = "wait_entry"
    __table_args__ = (
        sa.CheckConstraint("skips >= 0", name="skips_not_negative"),
        sa.CheckConstraint("first_place > 0", name="first_place_positive"),
        sa.CheckConstraint("(state IN ('waiting', 'offered')) = (ended_at IS NULL)", name="ended"),
        _unique_while(
            "uq_wait_entry_live", "run_id", "person_id", condition="state IN ('waiting', 'offered')"
        ),
        sa.Index("ix_wait_entry_run_id_state", "run_id", "state", "id"),
        sa.Index("ix_wait_entry_first_place", "first_place", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    state: Mapped[WaitState] = mapped_column(choice(WaitState, "state"), default=WaitState.WAITING)
    how: Mapped[How] = mapped_column(choice(How, "how"))
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    first_place: Mapped[int]  # which place in the list it began with: what honest odds are made of
    skips: Mapped[int] = mapped_column(default=0)
    hold_until: Mapped[datetime | None]
    resting: Mapped[bool] = mapped_column(default=False)
    joined_at: Mapped[datetime]
    offered_at: Mapped[datetime | None]  # the first time
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str] = mapped_column(sa.String(40), default="")


class WaitBody(Base):
    """One body of a waiting party."""

    __tablename__ = "wait_body"
    __table_args__ = (_somebody(),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(
        sa.ForeignKey("wait_entry.id", ondelete="CASCADE"), index=True
    )
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    guest_name: Mapped[str] = mapped_column(sa.String(LONGEST_NAME), default="")
    role: Mapped[Role] = mapped_column(choice(Role, "role"))
    mode: Mapped[TakesPart] = mapped_column(choice(TakesPart, "mode"))


class Offer(Base):
    """Places held for a waiting party until `expires_at`.

    `clock_starts_at` is empty until somebody who has neither e-mail nor text messages was reached;
    until then `expires_at` is how long the college tries. `tries` counts the logged ones. Whoever came
    to the list after `last_entry_id` overtakes nobody while this offer is live.
    """

    __tablename__ = "offer"
    __table_args__ = (
        sa.CheckConstraint("(state = 'live') = (settled_at IS NULL)", name="settled"),
        sa.CheckConstraint("expires_at > made_at", name="expires_after_made"),
        sa.CheckConstraint("tries >= 0", name="tries_not_negative"),
        _unique_while("uq_offer_live", "entry_id", condition="state = 'live'"),
        sa.Index("ix_offer_run_id_state", "run_id", "state"),
        sa.Index("ix_offer_state_expires_at", "state", "expires_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("wait_entry.id", ondelete="CASCADE"))
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"))
    state: Mapped[OfferState] = mapped_column(choice(OfferState, "state"), default=OfferState.LIVE)
    made_at: Mapped[datetime]
    clock_starts_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    last_entry_id: Mapped[int]
    settled_at: Mapped[datetime | None]


class Seat(Base):
    """One body that holds a place: by an enrolment, or by an offer that is live.

    `number` counts everybody on the run, `place` those who take part in the same way; both are the
    lowest that is free, so that taken numbers never exceed a cap that is kept to.
    """

    __tablename__ = "seat"
    __table_args__ = (
        sa.UniqueConstraint("run_id", "number"),
        sa.UniqueConstraint("run_id", "mode", "place"),
        sa.UniqueConstraint("run_id", "person_id"),  # one body, one seat
        sa.CheckConstraint("number > 0", name="number_positive"),
        sa.CheckConstraint("place > 0", name="place_positive"),
        sa.CheckConstraint(
            "(enrolment_id IS NULL) <> (wait_body_id IS NULL)", name="enrolled_or_offered"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("run.id"))
    number: Mapped[int]
    mode: Mapped[TakesPart] = mapped_column(choice(TakesPart, "mode"))
    place: Mapped[int]
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    enrolment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("enrolment.id"), unique=True)
    wait_body_id: Mapped[int | None] = mapped_column(sa.ForeignKey("wait_body.id"), unique=True)


class Interest(Base):
    """Somebody who wants to know when a course has dates."""

    __tablename__ = "interest"
    __table_args__ = (sa.UniqueConstraint("course_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime]


class ShareableNeed(Base):
    """What somebody wants this run's facilitators to know, in their own words, sealed. Gone 14 days after
    the end.
    """

    __tablename__ = "shareable_need"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    enrolment_id: Mapped[int] = mapped_column(
        sa.ForeignKey("enrolment.id", ondelete="CASCADE"), unique=True
    )
    words: Mapped[bytes] = mapped_column(sa.LargeBinary, info=sealed_by("uid"))
    updated_at: Mapped[datetime]


class AttendanceMark(Base):
    """The register's word about one place in one session. Apologies may be set ahead."""

    __tablename__ = "attendance_mark"
    __table_args__ = (sa.UniqueConstraint("session_id", "enrolment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("course_session.id", ondelete="CASCADE"))
    enrolment_id: Mapped[int] = mapped_column(
        sa.ForeignKey("enrolment.id", ondelete="CASCADE"), index=True
    )
    mark: Mapped[Mark] = mapped_column(choice(Mark, "mark"))
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    at: Mapped[datetime]


class KeepApart(Base):
    """Two people who must not share a group. Why is not kept here, and nobody is told."""

    __tablename__ = "keep_apart"
    __table_args__ = (
        sa.UniqueConstraint("one_id", "other_id"),
        sa.CheckConstraint("one_id < other_id", name="ordered"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    one_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    other_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    at: Mapped[datetime]


class CalendarFeed(Base):
    """A private address for somebody's own sessions. Only a hash of its key is kept."""

    __tablename__ = "calendar_feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)  # SHA-256, 256 random bits
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
