"""The desk's pages: what is shown to whom, what is put on record, what a click does."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.audit.models import AuditEntry
from portal.db import db
from portal.desk.api import open_task
from portal.desk.models import DeskTask
from portal.messages.models import Message
from tests import telling
from tests.checking import SETTLED
from tests.factories.messages import make_reachable

LANDLINE = "01323 490000"


def words(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def state(session: Session, model: type = Message) -> str:
    session.expire_all()
    found: str = session.scalars(sa.select(model.state)).one()  # type: ignore[attr-defined]
    session.rollback()  # on SQLite an open transaction would keep the pages out
    return found


def readings(session: Session) -> int:
    session.rollback()
    counted = sa.select(sa.func.count()).where(AuditEntry.kind == "desk:task:read")
    found = session.scalar(counted) or 0
    session.rollback()
    return found


def test_desk_groups_what_needs_somebody_with_one_next_step_each(
    session: Session, coordinator: FlaskClient, by_hand: Callable[..., DeskTask]
) -> None:
    by_hand(make_reachable(session, "Ama", landline=LANDLINE))
    by_hand(make_reachable(session, "Ben", letter="1 Quay Lane"), 2)
    open_task(session, kind="checking:in", key="a", due=date(2027, 3, 24), about={"who": "Cat"})
    open_task(session, kind="checking:secret", key="b", due=date(2027, 3, 24), about={})
    session.commit()
    page = words(coordinator, "/desk/")
    for text in (
        "Calls and letters (2)",
        "Ama: A place is offered",
        "Ring them",
        "Write them a letter",
        "Print 1 letter",
        "Check-ins (1)",
        "Ask how Cat is",
        "Sessions at risk (1)",
        "Find a leader",
    ):
        assert text in page
    assert "since Wed 24 Mar" in page
    assert "Hidden" not in page


def test_desk_asks_as_many_questions_for_many_as_for_one(
    session: Session, coordinator: FlaskClient, by_hand: Callable[..., DeskTask]
) -> None:
    def questions() -> int:
        asked: list[str] = []
        with coordinator.application.app_context():
            engine = db.engine
        sa.event.listen(
            engine, "before_cursor_execute", lambda *given: asked.append(given[2]), named=False
        )
        coordinator.get("/desk/")
        return len(asked)

    by_hand(make_reachable(session, "Ama", landline=LANDLINE))
    one = questions()
    for number in range(2, 6):
        by_hand(make_reachable(session, f"P{number}", landline=LANDLINE), number)
    assert questions() == one


@pytest.mark.parametrize("address", ["/desk/", "/desk/letters", "/desk/new", "/desk/tasks/1"])
def test_desk_is_for_those_who_work_at_it(
    sign_in: Callable[..., FlaskClient], address: str
) -> None:
    for role in ("student", "treasurer", "facilitator", "administrator"):
        assert sign_in(role).get(address).status_code == 403


def test_task_says_whom_how_and_what(
    session: Session, coordinator: FlaskClient, by_hand: Callable[..., DeskTask]
) -> None:
    make_reachable(session, "Ben", mobile=LANDLINE)
    made = by_hand(make_reachable(session, "Ama", landline=LANDLINE, safe=False))
    answer = coordinator.get(f"/desk/tasks/{made.id}")
    assert 'href="tel:+441323490000"' in answer.text
    page = words(coordinator, f"/desk/tasks/{made.id}")
    assert "01323 490000" in page
    assert "Do not leave a message here" in page
    assert "Somebody else here has the same number. Ask for Ama first." in page
    assert "Say: Ama, your place is on Tuesday 2 March 2027 in the Garden Room." in page
    assert "I left a message" not in page
    assert "I posted the letter" not in page
    assert readings(session) == 2


def test_task_words_are_of_this_moment(
    session: Session, coordinator: FlaskClient, by_hand: Callable[..., DeskTask]
) -> None:
    made = by_hand(make_reachable(session, "Ama", landline=LANDLINE))
    telling.world.room = "Boat Room"
    assert "Boat Room" in words(coordinator, f"/desk/tasks/{made.id}")


def test_task_no_longer_needed_says_so_plainly(
    session: Session, coordinator: FlaskClient, by_hand: Callable[..., DeskTask]
) -> None:
    made = by_hand(make_reachable(session, "Ama", landline=LANDLINE))
    telling.world.untrue.add(1)
    page = words(coordinator, f"/desk/tasks/{made.id}")
    assert "This is no longer needed" in page
    assert "tel:" not in page
    assert "I reached them" not in page
    coordinator.post(f"/desk/tasks/{made.id}", data={"outcome": "not_needed", "tries": "0"})
    assert state(session) == "dropped"


def test_task_of_another_permission_is_not_there(
    session: Session, coordinator: FlaskClient
) -> None:
    number = open_task(session, kind="checking:secret", key="b", due=date(2027, 3, 24), about={})
    session.commit()
    assert coordinator.get(f"/desk/tasks/{number}").status_code == 404
    sent = coordinator.post(f"/desk/tasks/{number}", data={"outcome": "done", "tries": "0"})
    assert sent.status_code == 404


def test_log_is_one_click_and_a_second_is_told_so(
    session: Session, coordinator: FlaskClient, by_hand: Callable[..., DeskTask]
) -> None:
    made = by_hand(make_reachable(session, "Ama", landline=LANDLINE))
    address = f"/desk/tasks/{made.id}"
    sent = {"outcome": "no_answer", "note": "Busy", "tries": "0"}
    first = coordinator.post(address, data=sent)
    assert (first.status_code, first.location) == (303, "/desk/")
    again = coordinator.post(address, data=sent)
    assert again.status_code == 422
    assert "Somebody wrote something down meanwhile" in again.text
    assert "Busy" in again.text
    assert 'name="tries" type="hidden" value="1"' in again.text
    reached = coordinator.post(address, data={"outcome": "reached", "tries": "1"})
    assert reached.status_code == 303
    assert state(session) == "sent"
    assert state(session, DeskTask) == "done"
    assert "This is done." in words(coordinator, address)


def test_log_without_an_outcome_says_what_to_do(
    session: Session, coordinator: FlaskClient, by_hand: Callable[..., DeskTask]
) -> None:
    made = by_hand(make_reachable(session, "Ama", landline=LANDLINE))
    answer = coordinator.post(f"/desk/tasks/{made.id}", data={"tries": "0", "note": "Typed"})
    assert answer.status_code == 422
    assert "Choose what came of it" in answer.text
    assert "Typed" in answer.text


def test_task_with_a_brief(session: Session, coordinator: FlaskClient) -> None:
    number = open_task(
        session,
        kind="checking:in",
        key="a",
        due=date(2027, 3, 24),
        about={"who": "Cat"},
        person_id=make_reachable(session, "Cat", mobile="07400 123456"),
        link="/courses/",
    )
    session.commit()
    page = words(coordinator, f"/desk/tasks/{number}")
    for text in ("Ask how Cat is", "Three sessions missed", "Sleep", "07400 123456"):
        assert text in page
    SETTLED.add(number)
    assert "This is no longer needed" in words(coordinator, f"/desk/tasks/{number}")


def test_letters_are_printed_together_and_put_on_record(
    session: Session, coordinator: FlaskClient, by_hand: Callable[..., DeskTask]
) -> None:
    by_hand(make_reachable(session, "Ama", letter="1 Quay Lane"))
    made = by_hand(make_reachable(session, "Ben", letter="2 Quay Lane"), 2)
    by_hand(make_reachable(session, "Cat", landline=LANDLINE), 3)
    page = words(coordinator, "/desk/letters")
    assert page.count("your place is on Tuesday 2 March 2027") == 2
    for text in ("1 Quay Lane", "2 Quay Lane", "The Old Boathouse"):
        assert text in page
    assert readings(session) == 2
    single = words(coordinator, f"/desk/tasks/{made.id}/letter")
    assert "2 Quay Lane" in single
    assert "1 Quay Lane" not in single


def test_errand_is_put_on_the_desk_once(session: Session, coordinator: FlaskClient) -> None:
    page = coordinator.get("/desk/new").text
    key = re.search(r'name="key"[^>]*value="(\w+)"', page)
    assert key is not None
    sent = {"what": "Ring 100% of the rooms", "due": ["30", "3", "2027"], "key": key[1]}
    for _ in range(2):
        assert coordinator.post("/desk/new", data=sent).status_code == 303
    assert session.query(DeskTask).count() == 1
    assert "Ring 100% of the rooms" in words(coordinator, "/desk/")


def test_errand_without_words_says_what_to_write(coordinator: FlaskClient) -> None:
    answer = coordinator.post("/desk/new", data={"what": ""})
    assert answer.status_code == 422
    assert "Write what is to be done" in answer.text


@pytest.mark.parametrize("several", [False, True])
def test_working_days_are_counted_from_the_date_on_the_wall(
    several: bool,
    session: Session,
    sign_in: Callable[..., FlaskClient],
    traveller: time_machine.Traveller,
) -> None:
    traveller.move_to(
        datetime(2027, 6, 30, 23, 30, tzinfo=UTC)
    )  # Thursday 1 July, 00:30 on the wall
    number = open_task(
        session, kind="checking:in", key="a", due=date(2027, 6, 28), about={"who": "Sam"}
    )
    session.commit()
    client = sign_in("coordinator")
    if several:
        sent = {"picks": f"{number}-0", "outcome": "no_answer"}
        client.post("/desk/several/done", data=sent)
    else:
        client.post(f"/desk/tasks/{number}", data={"outcome": "no_answer", "tries": "0"})
    session.expire_all()
    assert session.get_one(DeskTask, number).due == date(2027, 7, 2)


def test_only_a_note_about_a_person_says_that_they_can_read_it(
    session: Session, coordinator: FlaskClient, by_hand: Callable[..., DeskTask]
) -> None:
    theirs = by_hand(make_reachable(session, "Ama", landline=LANDLINE)).id
    ours = open_task(
        session, kind="checking:in", key="a", due=date(2027, 3, 24), about={"who": "the lift"}
    )
    session.commit()
    assert "The person can ask to read it" in words(coordinator, f"/desk/tasks/{theirs}")
    page = words(coordinator, f"/desk/tasks/{ours}")
    assert "The person can" not in page
    assert "Whoever looks after the desk reads it" in page
