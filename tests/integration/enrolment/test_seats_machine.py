"""The seat engine against the oracle: whatever happens in whatever order, both say the same."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.models import Assignment, CourseSession, Mode, SessionState, Venue
from portal.db import db
from portal.enrolment.models import (
    Enrolment,
    EnrolmentState,
    Offer,
    OfferState,
    Role,
    Seat,
    TakesPart,
    WaitBody,
    WaitEntry,
    WaitState,
)
from portal.enrolment.services import seats
from portal.enrolment.services.keeping_apart import keep_apart
from portal.enrolment.services.outcomes import (
    Body,
    ClosedError,
    Enrolled,
    Offered,
    PartyError,
    Waiting,
)
from portal.plugin_api import SYSTEM
from tests.factories.courses import make_assignment, make_venue
from tests.factories.enrolment import NOON, make_group, make_student
from tests.factories.seat_oracle import Oracle

SOAK = os.environ.get("SOAK") == "1"
PEOPLE = 7
LEADERS = 2
WORDS = {Enrolled: "enrolled", Waiting: "waiting", Offered: "offered"}
names = st.integers(0, PEOPLE - 1)
modes = st.sampled_from(["in_person", "online"])


class Places(RuleBasedStateMachine):
    """One run with everything that can happen to its places."""

    app: Portal

    def __init__(self) -> None:
        super().__init__()
        self.at = NOON
        with self.app.app_context():
            self.session: Session = db.sessionmaker()

    @initialize(
        cap=st.integers(1, 6),
        room=st.integers(2, 7),
        online=st.none() | st.integers(0, 4),
        pairs=st.sets(st.tuples(names, names).filter(lambda pair: pair[0] < pair[1]), max_size=1),
    )
    def begin(self, cap: int, room: int, online: int | None, pairs: set[tuple[int, int]]) -> None:
        session = self.session
        self.run = make_group(
            session, cap, room=room, sessions=3, mode=Mode.BOTH, online_cap=online
        )
        self.people = [make_student(session) for _ in range(PEOPLE)]
        self.leaders = [make_student(session) for _ in range(LEADERS)]
        self.name_of = {person: f"P{n}" for n, person in enumerate(self.people)}
        self.sessions = list(
            session.scalars(
                sa.select(CourseSession)
                .where(CourseSession.run_id == self.run.id)
                .order_by(CourseSession.number)
            )
        )
        self.small = make_venue(session, capacity=2)
        self.oracle = Oracle(self.limits(), self.starts())
        for one, other in pairs:
            keep_apart(session, SYSTEM, self.people[one], self.people[other], at=self.at)
            self.oracle.apart.add(frozenset((f"P{one}", f"P{other}")))
        self.before = 0

    # What the college knows, as the oracle is told it

    def starts(self) -> list[datetime]:
        return [one.starts_at for one in self.sessions if one.state is not SessionState.CANCELLED]

    def limits(self) -> tuple[int, int, int]:
        coming = [
            one
            for one in self.sessions
            if one.state is not SessionState.CANCELLED and one.ends_at > self.at
        ]
        if not coming:
            return (0, 0, 0)
        cap = self.run.learning_cap
        chairs = [cap]
        for one in coming:
            room = self.session.get_one(Venue, one.venue_id or self.run.venue_id).capacity
            leading = self.session.scalar(
                sa.select(sa.func.count()).where(Assignment.session_id == one.id)
            )
            chairs.append(max(0, (room or 0) - (leading or 0)))
        online = cap if self.run.online_cap is None else min(cap, self.run.online_cap)
        return (min(chairs), online, cap)

    def changed(self) -> None:
        self.session.flush()
        self.oracle.limits, self.oracle.starts = self.limits(), self.starts()
        seats.refresh(self.session, self.run.id, at=self.at, changed=True)
        self.oracle.refresh(self.at)

    # What people do

    @rule(who=names, mode=modes)
    def book_single(self, who: int, mode: str) -> None:
        self.book([(who, mode, "student")])

    @rule(who=names, helper=names, mode=modes, helper_mode=modes)
    def book_with_supporter(self, who: int, helper: int, mode: str, helper_mode: str) -> None:
        if who != helper:
            self.book([(who, mode, "student"), (helper, helper_mode, "supporter")])

    def book(self, bodies: list[tuple[int, str, str]]) -> None:
        asked = [
            Body(person_id=self.people[who], mode=TakesPart(mode), role=Role(role))
            for who, mode, role in bodies
        ]
        try:
            said = seats.book(self.session, SYSTEM, self.run.id, asked, at=self.at)
            outcome = WORDS[type(said)]
        except ClosedError:
            outcome = "closed"
        except PartyError:
            outcome = "too many"
        roles = {f"P{who}": role for who, _, role in bodies}
        expected = self.oracle.book([(f"P{who}", mode) for who, mode, _ in bodies], roles, self.at)
        assert outcome == expected

    @rule(who=names)
    def withdraw(self, who: int) -> None:
        enrolment_id = self.session.scalar(
            sa.select(Enrolment.id).where(
                Enrolment.person_id == self.people[who],
                Enrolment.state == EnrolmentState.ENROLLED,
            )
        )
        if enrolment_id is not None:
            seats.withdraw(self.session, SYSTEM, enrolment_id, at=self.at)
            self.oracle.withdraw(f"P{who}", self.at)

    @rule(who=names, answer=st.sampled_from(["accept", "accept", "decline"]))
    def answer(self, who: int, answer: str) -> None:
        """By whoever had the latest offer: it may be long over."""
        offer_id = self.session.scalar(
            sa.select(Offer.id)
            .join(WaitEntry, WaitEntry.id == Offer.entry_id)
            .where(WaitEntry.person_id == self.people[who], Offer.state == OfferState.LIVE)
            .order_by(Offer.id.desc())
            .limit(1)
        )
        if offer_id is None:
            return
        if answer == "accept":
            said = seats.accept(self.session, SYSTEM, offer_id, at=self.at)
            assert isinstance(said, Enrolled) is self.oracle.accept(f"P{who}", self.at)
        else:
            live = self.oracle.offer_of(f"P{who}")
            over = live is None or (live.expires is not None and live.expires <= self.at)
            assert seats.decline(self.session, SYSTEM, offer_id, at=self.at) is not over
            if over:
                self.oracle.tick(self.at)
            else:
                self.oracle.leave(f"P{who}", self.at)

    @rule(who=names)
    def leave_list(self, who: int) -> None:
        entry_id = self.session.scalar(
            sa.select(WaitEntry.id).where(
                WaitEntry.person_id == self.people[who],
                WaitEntry.state.in_((WaitState.WAITING, WaitState.OFFERED)),
            )
        )
        if entry_id is not None:
            seats.leave_waiting(self.session, SYSTEM, entry_id, at=self.at)
            self.oracle.leave(f"P{who}", self.at)

    # What the college does

    @rule(cap=st.integers(1, 7))
    def set_cap(self, cap: int) -> None:
        self.run.learning_cap = cap
        self.changed()

    @rule(number=st.integers(0, 2))
    def cancel_session(self, number: int) -> None:
        one = self.sessions[number]
        if one.state is not SessionState.CANCELLED and len(self.starts()) > 1:
            one.state, one.reason = SessionState.CANCELLED, "Snow"
            self.changed()

    @rule(number=st.integers(0, 2), small=st.booleans())
    def change_venue(self, number: int, small: bool) -> None:
        self.sessions[number].venue_id = self.small.id if small else None
        self.changed()

    @rule(number=st.integers(0, 2), leader=st.integers(0, LEADERS - 1))
    def assign_leader(self, number: int, leader: int) -> None:
        session_id, person = self.sessions[number].id, self.leaders[leader]
        found = self.session.scalar(
            sa.select(Assignment).where(
                Assignment.session_id == session_id, Assignment.person_id == person
            )
        )
        if found is None:
            make_assignment(self.session, session_id, person)
        else:
            self.session.delete(found)
        self.changed()

    @rule(hours=st.sampled_from([1, 5, 24, 48, 72, 100, 200, 500]))
    def wait(self, hours: int) -> None:
        """Time goes by; what is over is noticed by the job, or by the next who asks."""
        self.at += timedelta(hours=hours)
        self.oracle.limits = self.limits()

    @rule()
    def job_runs(self) -> None:
        seats.refresh(self.session, self.run.id, at=self.at)
        self.oracle.refresh(self.at)

    # What must always hold

    @precondition(lambda self: hasattr(self, "oracle"))
    @invariant()
    def engine_and_oracle_agree(self) -> None:
        rows = self.session.scalars(sa.select(Seat).where(Seat.run_id == self.run.id)).all()
        held: dict[bool, dict[str, str]] = {True: {}, False: {}}
        for seat in rows:
            assert seat.person_id is not None
            held[seat.enrolment_id is not None][self.name_of[seat.person_id]] = seat.mode.value
        assert held[True] == self.oracle.enrolled
        assert held[False] == self.oracle.offered
        waiting = self.session.execute(
            sa.select(WaitEntry.person_id, WaitEntry.state, WaitEntry.skips, WaitEntry.hold_until)
            .where(WaitEntry.state.in_((WaitState.WAITING, WaitState.OFFERED)))
            .where(WaitEntry.run_id == self.run.id)
            .order_by(WaitEntry.id)
        ).all()
        assert [
            (self.name_of[person or 0], state is WaitState.OFFERED, skips, hold)
            for person, state, skips, hold in waiting
        ] == [
            (one.bodies[0][0], one.expires is not None, one.skips, one.hold)
            for one in self.oracle.list
        ]

    @precondition(lambda self: hasattr(self, "oracle"))
    @invariant()
    def nobody_is_added_beyond_the_limits(self) -> None:
        held = self.session.scalars(sa.select(Seat.mode).where(Seat.run_id == self.run.id)).all()
        room, online, together = self.limits()
        if len(held) > self.before:
            assert len(held) <= together
        self.before = len(held)
        self.session.refresh(self.run)
        assert self.run.seats_taken == len(held)
        del room, online

    @precondition(lambda self: hasattr(self, "oracle"))
    @invariant()
    def no_party_is_split_by_an_offer(self) -> None:
        for entry_id in self.session.scalars(
            sa.select(Offer.entry_id).where(
                Offer.state == OfferState.LIVE, Offer.run_id == self.run.id
            )
        ):
            bodies = self.session.scalars(
                sa.select(WaitBody.person_id).where(WaitBody.entry_id == entry_id)
            ).all()
            seated = self.session.scalars(
                sa.select(Seat.person_id).where(
                    Seat.run_id == self.run.id, Seat.person_id.in_(bodies)
                )
            ).all()
            assert sorted(seated) == sorted(bodies)

    def teardown(self) -> None:
        self.session.rollback()
        self.session.close()


@pytest.fixture
def machine(app: Portal) -> type[Places]:
    class OnThisDatabase(Places):
        pass

    OnThisDatabase.app = app
    return OnThisDatabase


@pytest.mark.soak
def test_places_hold_whatever_happens(machine: Any) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=400 if SOAK else 16,
            stateful_step_count=50 if SOAK else 25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=not SOAK,
            database=None,
        ),
    )


def test_oracle_counts_working_hours_as_the_rules_say() -> None:
    from tests.factories.seat_oracle import working_hours_later

    friday = datetime(2027, 1, 15, 16, 0, tzinfo=UTC)
    assert working_hours_later(friday, 48) == datetime(2027, 1, 19, 16, 0, tzinfo=UTC)
