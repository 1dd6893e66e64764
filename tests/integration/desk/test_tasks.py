"""The life of a task: once for each key, tried, done, closed, forgotten, erased."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.desk import jobs, privacy
from portal.desk.api import TaskError, close_task, log_try, open_task, working_day_after
from portal.desk.models import DeskTask, DeskTry
from portal.messages.api import suppress
from portal.messages.models import Message
from portal.plugin_api import SYSTEM, Actor
from tests import telling
from tests.checking import LOGGED, SETTLED
from tests.factories.accounts import make_person
from tests.factories.keeping import let_go
from tests.factories.messages import make_reachable

TODAY = date(2027, 3, 25)  # the Thursday before Good Friday
DUE = date(2027, 3, 26)


def check_in(session: Session, person: int | None = None, key: str = "in:1") -> int:
    return open_task(
        session, kind="checking:in", key=key, due=DUE, about={"who": "Sam"}, person_id=person
    )


def task(session: Session) -> DeskTask:
    session.expire_all()
    return session.scalars(sa.select(DeskTask)).one()


@pytest.mark.parametrize(
    ("day", "days", "expected"),
    [
        (date(2027, 3, 25), 0, date(2027, 3, 25)),
        (date(2027, 3, 25), 1, date(2027, 3, 30)),  # Good Friday and Easter Monday do not count
        (date(2027, 3, 27), 0, date(2027, 3, 30)),
        (date(2027, 1, 15), 1, date(2027, 1, 18)),
        (date(2027, 12, 24), 1, date(2027, 12, 29)),  # two days off in lieu
    ],
)
def test_working_days(day: date, days: int, expected: date) -> None:
    assert working_day_after(day, days) == expected


def test_open_same_key_twice_is_one_task(session: Session) -> None:
    assert check_in(session) == check_in(session)
    assert close_task(session, "in:1")
    assert not close_task(session, "in:1")
    check_in(session)
    assert session.query(DeskTask).count() == 2


def test_open_unknown_kind_is_refused(session: Session) -> None:
    with pytest.raises(KeyError):
        open_task(session, kind="checking:out", key="x", due=DUE, about={})


def test_log_nobody_answered_brings_it_back_on_the_next_working_day(session: Session) -> None:
    number = check_in(session, make_person(session).id)
    assert not log_try(session, SYSTEM, number, "no_answer", "Rang twice", tries=0, today=TODAY)
    assert (task(session).state, task(session).tries, task(session).due) == (
        "open",
        1,
        date(2027, 3, 30),
    )
    assert log_try(session, SYSTEM, number, "reached", tries=1, today=TODAY)
    assert task(session).state == "done"
    assert [(one.outcome, one.done, one.task.tries) for one in LOGGED] == [
        ("no_answer", False, 1),
        ("reached", True, 2),
    ]


@pytest.mark.parametrize(
    ("outcome", "tries", "code"),
    [("reached", 1, "changed"), ("done", 0, "outcome"), ("", 0, "outcome")],
)
def test_log_what_cannot_be_is_refused(
    session: Session, outcome: str, tries: int, code: str
) -> None:
    number = check_in(session)
    with pytest.raises(TaskError) as refused:
        log_try(session, SYSTEM, number, outcome, tries=tries, today=TODAY)
    assert refused.value.code == code
    assert session.query(DeskTry).count() == 0
    assert LOGGED == []


def test_log_second_click_counts_once(session: Session) -> None:
    number = check_in(session)
    log_try(session, SYSTEM, number, "no_answer", tries=0, today=TODAY)
    with pytest.raises(TaskError) as refused:
        log_try(session, SYSTEM, number, "no_answer", tries=0, today=TODAY)
    assert refused.value.code == "changed"
    assert task(session).tries == 1


def test_log_on_ended_task_is_refused(session: Session) -> None:
    number = check_in(session)
    close_task(session, "in:1")
    with pytest.raises(TaskError) as refused:
        log_try(session, SYSTEM, number, "reached", tries=0, today=TODAY)
    assert refused.value.code == "ended"


def test_person_without_email_and_phone_gets_one_dated_task(
    session: Session, by_hand: Callable[..., DeskTask]
) -> None:
    made = by_hand(make_reachable(session, "Ama", letter="1 Quay Lane"))
    assert (made.kind, made.due, made.state) == ("desk:contact", date(2027, 3, 30), "open")
    assert session.query(DeskTask).count() == 1


def test_contact_reached_settles_the_message_and_tells_its_kind(
    session: Session, by_hand: Callable[..., DeskTask]
) -> None:
    actor = Actor(person_id=make_person(session, "Coordinator").id)
    made = by_hand(make_reachable(session, "Ama", landline="01323 490000"))
    log_try(session, actor, made.id, "no_answer", tries=0, today=TODAY)
    log_try(session, actor, made.id, "reached", tries=1, today=TODAY)
    assert session.scalars(sa.select(Message.state)).one() == "sent"
    assert [(one.outcome, one.tries, one.actor_id) for one in telling.world.contacts] == [
        ("handed_over", 0, None),
        ("no_answer", 1, actor.person_id),
        ("reached", 2, actor.person_id),
    ]


def test_contact_not_needed_drops_the_message(
    session: Session, by_hand: Callable[..., DeskTask]
) -> None:
    made = by_hand(make_reachable(session, "Ama", landline="01323 490000"))
    log_try(session, SYSTEM, made.id, "not_needed", tries=0, today=TODAY)
    assert session.scalars(sa.select(Message.state)).one() == "dropped"
    assert [one.outcome for one in telling.world.contacts] == ["handed_over"]


def test_suppressed_notice_closes_its_task(
    app: Portal, session: Session, by_hand: Callable[..., DeskTask]
) -> None:
    by_hand(make_reachable(session, "Ama", landline="01323 490000"))
    with app.app_context():
        suppress(session, purpose=telling.OFFER, key="offer:1")
    assert task(session).state == "closed"


def test_job_closes_what_is_not_needed(session: Session) -> None:
    SETTLED.add(check_in(session))
    kept = check_in(session, key="in:2")
    jobs.close_unneeded(session)
    open_ones = sa.select(DeskTask.id).where(DeskTask.state == "open")
    assert session.scalars(open_ones).all() == [kept]


def test_job_forgets_what_was_done_long_ago(
    session: Session, traveller: time_machine.Traveller
) -> None:
    log_try(session, SYSTEM, check_in(session), "reached", "Fine", tries=0, today=TODAY)
    check_in(session, key="in:2")
    session.commit()
    traveller.shift(timedelta(days=366))
    assert let_go(session, privacy.SOURCES) == {"desk_task": 1}
    session.commit()
    assert session.scalars(sa.select(DeskTask.key)).all() == ["in:2"]
    assert session.query(DeskTry).count() == 0


def test_privacy_export_and_erase(session: Session, by_hand: Callable[..., DeskTask]) -> None:
    worker = make_person(session, "Coordinator").id
    ama = make_reachable(session, "Ama", landline="01323 490000")
    ben = make_reachable(session, "Ben", landline="01323 490001")
    for number, person in enumerate((ama, ben)):
        made = by_hand(person, number)
        log_try(
            session, Actor(person_id=worker), made.id, "no_answer", "Rang", tries=0, today=TODAY
        )
    assert [row["state"] for row in privacy.export_tasks(session, ama)] == ["open"]
    assert [row["outcome"] for row in privacy.export_tries(session, ama)] == ["no_answer"]
    assert "Rang" not in str(privacy.export_tries(session, ama))
    assert [row["note"] for row in privacy.record_tries(session, ama)] == ["Rang"]
    assert [row["by_you"] for row in privacy.export_tries(session, worker)] == [True, True]

    assert privacy.erase_tasks(session, ama, "delete").erased == 1
    assert privacy.erase_tries(session, worker, "delete").erased == 1

    session.expire_all()
    assert session.scalars(sa.select(DeskTask.person_id)).all() == [ben]
    assert session.scalars(sa.select(DeskTry.by_id)).all() == [None]
