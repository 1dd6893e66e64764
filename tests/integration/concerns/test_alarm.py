"""When nobody answers: each escalation once, on time, across the clock changes and a worker that was down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.concerns.models import Concern
from portal.concerns.policies import levels_due
from portal.concerns.services.alarming import escalate
from portal.concerns.services.answering import acknowledge, close, hand_on
from portal.db import db
from portal.desk.models import DeskTask
from portal.messages.models import Message
from portal.messages.services.outbox import claim
from portal.plugin_api import Actor
from portal.plugin_host.boot import host_of
from portal.plugin_host.schedule import run_job
from tests.factories.concerns import make_concern, make_duty
from tests.factories.messages import ways_of

SUMMER = datetime(2027, 3, 28, 0, 50, tzinfo=UTC)  # the clocks go forward at 01:00
WINTER = datetime(2027, 10, 31, 0, 50, tzinfo=UTC)  # and back at 01:00
NIGHT = datetime(2027, 6, 5, 2, 0, tzinfo=UTC)


@pytest.fixture(params=[SUMMER, WINTER, NIGHT], ids=["forward", "back", "night"])
def start(request: pytest.FixtureRequest) -> datetime:
    moment: datetime = request.param
    return moment


@pytest.fixture
def traveller(start: datetime) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(start, tick=False) as traveller:
        yield traveller


@pytest.fixture
def on_duty(session: Session, traveller: time_machine.Traveller) -> int:
    make_duty(session, "Cora", role="coordinator")
    make_duty(session, "Coco", role="co_chair")
    return make_duty(session)


def told(session: Session) -> Counter[str]:
    """How many e-mails each name would be sent."""
    from portal.accounts.models import Person

    found = (
        sa.select(Person.name)
        .join(Message, Message.person_id == Person.id)
        .where(Message.purpose.like("concerns:%_email"))
    )
    return Counter(session.scalars(found))


def test_each_escalation_comes_once_and_on_time(
    session: Session, on_duty: int, traveller: time_machine.Traveller, start: datetime
) -> None:
    make_concern(session)
    story = {}
    for minute in range(150):
        traveller.move_to(start + timedelta(minutes=minute))
        if escalate(session):
            story[minute] = told(session)

    assert story == {
        15: {"Dara": 2, "Cora": 1},
        60: {"Dara": 3, "Cora": 2, "Coco": 1},
    }


def test_worker_that_was_down_for_two_hours_makes_up_for_all_of_it_once(
    session: Session, on_duty: int, traveller: time_machine.Traveller, start: datetime
) -> None:
    concern = make_concern(session)
    traveller.move_to(start + timedelta(hours=2))

    assert [escalate(session), escalate(session)] == [1, 0]

    assert told(session) == {"Dara": 2, "Cora": 2, "Coco": 1}
    assert concern.level == 2


def test_nobody_is_told_once_somebody_has_it(
    session: Session, on_duty: int, traveller: time_machine.Traveller, start: datetime
) -> None:
    concern = make_concern(session)
    traveller.move_to(start + timedelta(minutes=14))
    acknowledge(session, Actor(person_id=on_duty), concern.uid)
    traveller.move_to(start + timedelta(hours=2))

    assert escalate(session) == 0
    assert told(session) == {"Dara": 1}


def test_messages_that_have_not_left_fall_silent_and_tasks_close(
    app: Portal, session: Session, on_duty: int
) -> None:
    concern = make_concern(session)
    acknowledge(session, Actor(person_id=on_duty), concern.uid)

    with app.app_context():
        assert claim(session, ways_of()) is None
    states = session.execute(sa.select(Message.state, Message.last_error).distinct()).all()
    assert [tuple(row) for row in states] == [("dropped", "not true any more")]
    assert session.scalars(sa.select(DeskTask.state)).all() == ["closed"]


def test_words_are_neutral_and_do_not_wait_for_the_morning(
    app: Portal, session: Session, on_duty: int
) -> None:
    make_concern(session, "Canary words")
    letters = []
    with app.app_context():
        while letter := claim(session, ways_of()):
            letters.append(letter)

    assert sorted(letter.channel for letter in letters) == ["email", "sms"]
    for letter in letters:
        said = f"{letter.subject} {letter.text} {letter.html}".lower()
        for word in ("canary", "concern", "worr", "safeguard", "health", "duty contact"):
            assert word not in said
        assert "/duty" in said


def test_way_that_somebody_did_not_agree_to_tells_nobody(app: Portal, session: Session) -> None:
    from portal.accounts.services.roles import grant_role
    from portal.plugin_api import SYSTEM
    from tests.factories.messages import make_reachable

    person = make_reachable(session, "Lee", letter="1 Quay Lane")
    grant_role(session, SYSTEM, person, "duty_contact", reason="for a test")
    make_concern(session)

    with app.app_context():
        assert claim(session, ways_of()) is None
    assert session.scalars(sa.select(Message.state)).all() == ["dropped", "dropped"]
    assert session.scalars(sa.select(DeskTask.kind)).all() == ["concerns:ring"]


def test_handed_on_it_waits_again_with_everything_that_follows(
    session: Session, on_duty: int, traveller: time_machine.Traveller, start: datetime
) -> None:
    other = make_duty(session, "Eli")
    concern = make_concern(session)
    traveller.move_to(start + timedelta(minutes=40))
    escalate(session)
    acknowledge(session, Actor(person_id=on_duty), concern.uid)
    before = told(session)
    for _ in range(2):  # the second click does nothing
        hand_on(session, Actor(person_id=on_duty), concern.uid, other, "", once="a")

    assert (concern.acknowledged_at, concern.holder_id, concern.level) == (None, None, 0)
    assert (told(session) - before) == {"Dara": 1, "Eli": 1}
    assert escalate(session) == 0
    traveller.move_to(start + timedelta(minutes=55))
    assert escalate(session) == 1
    opened = sa.select(DeskTask.person_id).where(DeskTask.state == "open")
    assert sorted(session.scalars(opened)) == sorted([on_duty, other])  # type: ignore[type-var]


def test_closed_concern_is_silent(
    session: Session, on_duty: int, traveller: time_machine.Traveller, start: datetime
) -> None:
    from portal.concerns.models import Outcome

    concern = make_concern(session)
    close(session, Actor(person_id=on_duty), concern.uid, Outcome.SUPPORTED, "Fine", once="a")
    traveller.move_to(start + timedelta(hours=3))

    assert escalate(session) == 0


def test_worker_runs_it(app: Portal, session: Session, on_duty: int, start: datetime) -> None:
    make_concern(session)
    session.commit()
    with time_machine.travel(start + timedelta(minutes=20), tick=True), app.app_context():
        registry = host_of(app).registry
        assert registry.jobs["concerns:escalate"].every == timedelta(minutes=1)
        assert run_job(app, registry, "concerns:escalate")
        level = db.session.scalar(sa.select(Concern.level))
    assert level == 1


def test_levels_are_due_at_their_minute() -> None:
    def due(minutes: int, level: int = 0) -> list[int]:
        return levels_due(NIGHT, level, (15, 60), NIGHT + timedelta(minutes=minutes))

    assert [due(0), due(14), due(15), due(59), due(60)] == [[], [], [1], [1], [1, 2]]
    assert [due(59, 1), due(60, 1), due(600, 2)] == [[], [2], []]


def test_one_of_a_heap_is_escalated_once_somebody_has_looked_at_it(
    session: Session, on_duty: int, traveller: time_machine.Traveller
) -> None:
    other = make_duty(session, "Eli")
    concern = make_concern(session)
    session.execute(sa.delete(Message))
    concern.rings = False
    session.flush()
    traveller.shift(timedelta(hours=5))
    assert escalate(session) == 0
    assert told(session) == Counter()

    actor = Actor(person_id=on_duty)
    acknowledge(session, actor, concern.uid)
    hand_on(session, actor, concern.uid, other, "", once="1")
    traveller.shift(timedelta(minutes=16))

    assert escalate(session) == 1
    assert told(session)["Eli"] > 0
