"""Events reach their handlers after the commit, at least once, and a failing handler harms nobody."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.courses.models import Term
from portal.db import unit_of_work
from portal.plugin_api import EventContext, publish
from portal.plugin_api.events import CourseChanged, OutboxEvent, SessionMoved, revive
from portal.plugin_api.testing import Lab, watched
from portal.plugin_host import delivery
from portal.plugin_host.boot import host_of
from portal.plugin_host.delivery import ATTEMPTS_BEFORE_PARKING, deliver_events, pause_after
from portal.plugin_host.jobs import KEPT, clear_outbox
from portal.plugin_host.models import EventDelivery
from tests.plugins import make_plugin

START = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
LATER = date(2027, 4, 23)


class Listener:
    """A plugin with two handlers: one writes a row, one fails as long as it is told to."""

    def __init__(self) -> None:
        self.fails = False
        self.hangs: threading.Event | None = None
        self.heard: list[tuple[Any, EventContext]] = []
        self.plugin = make_plugin(
            "listener",
            event_handlers=lambda: [(CourseChanged, self.write), (CourseChanged, self.stumble)],
        )

    def write(self, session: Session, event: CourseChanged, context: EventContext) -> None:
        slug = f"{context.event_id[:30]}-{context.attempt}"
        session.add(Term(slug=slug, name="T", starts_on=START.date(), ends_on=LATER))

    def stumble(self, session: Session, event: CourseChanged, context: EventContext) -> None:
        self.heard.append((event, context))
        session.add(Term(slug="half", name="Half", starts_on=START.date(), ends_on=LATER))
        session.flush()
        if self.hangs:
            self.hangs.wait(20)
        if self.fails:
            raise RuntimeError("boom")


LISTENER = Listener()


@pytest.fixture
def app(request: pytest.FixtureRequest, portal_lab: Lab, engine_name: str) -> Iterator[Portal]:
    LISTENER.fails, LISTENER.hangs, LISTENER.heard = False, None, []
    yield from watched(request, portal_lab.app(engine_name, [LISTENER.plugin]))


def publish_one(app: Portal, *, commit: bool = True) -> None:
    with app.app_context(), unit_of_work() as session:
        publish(session, CourseChanged(course_id=7, state="live"))
        if not commit:
            session.flush()
            session.rollback()


def deliver(app: Portal) -> int:
    with app.app_context():
        return deliver_events(host_of(app).registry)


def rows(app: Portal, what: Any) -> list[Any]:
    with app.app_context(), unit_of_work("read") as session:
        return list(session.scalars(sa.select(what)))


def test_event_of_a_rolled_back_unit_is_never_heard(app: Portal) -> None:
    publish_one(app, commit=False)

    assert deliver(app) == 0
    assert LISTENER.heard == []


def test_event_reaches_every_handler_once(app: Portal) -> None:
    publish_one(app)

    assert deliver(app) == 2
    assert deliver(app) == 0
    assert [event for event, _ in LISTENER.heard] == [CourseChanged(course_id=7, state="live")]
    assert len(rows(app, Term.slug)) == 2


@pytest.mark.plugin_faults
def test_failing_handler_is_undone_and_tried_again_alone(app: Portal) -> None:
    LISTENER.fails = True
    with time_machine.travel(START, tick=False) as clock:
        publish_one(app)
        assert deliver(app) == 1
        assert "half" not in rows(app, Term.slug)
        assert deliver(app) == 0  # not yet due
        LISTENER.fails = False
        clock.shift(pause_after(1))
        assert deliver(app) == 1

    assert [context.attempt for _, context in LISTENER.heard] == [1, 2]
    assert len({context.event_id for _, context in LISTENER.heard}) == 1
    assert "half" in rows(app, Term.slug)
    assert set(rows(app, EventDelivery.state)) == {"done"}


@pytest.mark.plugin_faults
def test_handler_that_hangs_is_cut_off_and_keeps_nobody_from_writing(
    app: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "LONGEST_HANDLING", timedelta(seconds=0.2))
    LISTENER.hangs = threading.Event()
    publish_one(app)
    try:
        assert deliver(app) == 1
        publish_one(app)  # somebody else writes, while the handler still hangs
    finally:
        LISTENER.hangs.set()
    assert "half" not in rows(app, Term.slug)
    assert sorted(rows(app, EventDelivery.last_error)) == ["", "OutOfTimeError"]
    assert sorted(rows(app, EventDelivery.attempts)) == [0, 1]


@pytest.mark.plugin_faults
def test_handler_that_always_fails_is_parked_in_sight(app: Portal) -> None:
    LISTENER.fails = True
    with time_machine.travel(START, tick=False) as clock:
        publish_one(app)
        for attempt in range(1, ATTEMPTS_BEFORE_PARKING + 1):
            deliver(app)
            clock.shift(pause_after(attempt))
        assert deliver(app) == 0

    assert len(LISTENER.heard) == ATTEMPTS_BEFORE_PARKING
    assert sorted(rows(app, EventDelivery.state)) == ["done", "parked"]
    assert set(rows(app, EventDelivery.last_error)) == {"", "RuntimeError"}


def test_pauses_grow_to_six_hours() -> None:
    assert [pause_after(n).total_seconds() for n in (1, 2, 3)] == [30, 60, 120]
    assert pause_after(20) == timedelta(hours=6)


def test_outbox_forgets_only_what_is_done_and_old(app: Portal) -> None:
    with time_machine.travel(START, tick=False) as clock:
        publish_one(app)
        deliver(app)
        clock.shift(KEPT - timedelta(minutes=1))
        publish_one(app)
        clock.shift(timedelta(minutes=2))
        with app.app_context(), unit_of_work() as session:
            clear_outbox(session)

    assert len(rows(app, OutboxEvent.id)) == 1
    assert rows(app, EventDelivery.id) == []


def test_event_comes_back_from_the_outbox_with_its_types() -> None:
    event = SessionMoved(run_id=1, session_id=2, version=3, starts_at=START)
    payload = {"run_id": 1, "session_id": 2, "version": 3, "starts_at": START.isoformat()}

    assert revive(SessionMoved, payload) == event
