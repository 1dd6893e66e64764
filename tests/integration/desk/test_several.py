"""Several tasks at once: looked at first, written down once, and never over somebody else's word."""

from __future__ import annotations

import re
from collections.abc import Callable

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.audit.models import AuditEntry
from portal.desk.models import DeskTask, DeskTry
from portal.desk.several import MOST, Pick, read_picks
from portal.messages.models import Message
from tests.factories.messages import make_reachable
from tests.integration.desk.test_pages import words

LANDLINE = "01323 490000"
ByHand = Callable[..., DeskTask]


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found
    return found[1]


def tries(session: Session) -> int:
    session.rollback()
    found = session.scalar(sa.select(sa.func.count()).select_from(DeskTry)) or 0
    session.rollback()
    return found


def letters(session: Session, by_hand: ByHand, many: int) -> list[int]:
    return [
        by_hand(make_reachable(session, f"Person {n}", letter=f"{n} Quay Lane"), n).id
        for n in range(1, many + 1)
    ]


def test_posted_letters_are_chosen_looked_at_and_written_down_once(
    session: Session, coordinator: FlaskClient, by_hand: ByHand
) -> None:
    ids = letters(session, by_hand, 3)
    assert "Print 3 letters" in words(coordinator, "/desk/")
    assert "write it down at once" in words(coordinator, "/desk/letters")
    chosen = coordinator.get("/desk/several?letters=1").text
    assert len(re.findall(r"checked", chosen)) == 4  # three letters, and what came of them

    look = coordinator.post("/desk/several", data={"tasks": ids, "outcome": "letter_posted"})
    assert look.status_code == 200
    assert "Nothing is written down yet" in look.text
    assert tries(session) == 0

    sure = {"picks": hidden(look.text, "picks"), "outcome": hidden(look.text, "outcome")}
    assert coordinator.post("/desk/several/done", data=sure).status_code == 303
    assert "3 written down" in words(coordinator, "/desk/")
    assert tries(session) == 3
    assert set(session.scalars(sa.select(DeskTask.state))) == {"done"}
    assert set(session.scalars(sa.select(Message.state))) == {"sent"}
    session.rollback()

    coordinator.post("/desk/several/done", data=sure)
    page = words(coordinator, "/desk/")
    assert "3 were written down already" in page
    assert tries(session) == 3


def test_more_than_can_be_written_down_at_once_is_said_before_anything_happens(
    session: Session, coordinator: FlaskClient, by_hand: ByHand
) -> None:
    ids = letters(session, by_hand, MOST + 2)

    look = coordinator.post("/desk/several", data={"tasks": ids, "outcome": "letter_posted"}).text

    assert f"for these {MOST}" in look
    assert f"At most {MOST} are written down at once" in look
    assert "2 more wait for the next time" in look


def test_what_cannot_come_of_a_task_is_said_before_anything_happens(
    session: Session, coordinator: FlaskClient, by_hand: ByHand
) -> None:
    posted = letters(session, by_hand, 1)
    rung = by_hand(make_reachable(session, "Ben", landline=LANDLINE, safe=False), 2).id
    look = coordinator.post(
        "/desk/several", data={"tasks": [*posted, rung], "outcome": "letter_posted"}
    ).text
    assert "These stay as they are" in look
    assert hidden(look, "picks") == f"{posted[0]}-0"
    coordinator.post("/desk/several/done", data={"picks": f"{rung}-0", "outcome": "left_message"})
    assert tries(session) == 0  # a form that was made up has no more effect than one that was shown


def test_task_that_somebody_else_wrote_about_meanwhile_stays_as_it_is(
    session: Session, coordinator: FlaskClient, by_hand: ByHand
) -> None:
    one, other = letters(session, by_hand, 2)
    coordinator.post(f"/desk/tasks/{one}", data={"outcome": "no_answer", "tries": "0"})
    coordinator.post(
        "/desk/several/done", data={"picks": f"{one}-0 {other}-0", "outcome": "letter_posted"}
    )
    page = words(coordinator, "/desk/")
    assert "1 written down" in page
    assert "1 was written down already, or has changed" in page
    session.rollback()
    assert session.get_one(DeskTask, one).state == "open"


def test_nothing_chosen_is_said_at_the_question(
    session: Session, coordinator: FlaskClient, by_hand: ByHand
) -> None:
    letters(session, by_hand, 1)
    answer = coordinator.post("/desk/several", data={"outcome": "done"})
    assert answer.status_code == 422
    assert "Choose what you did" in answer.text


def test_calls_are_printed_with_what_to_mind_and_put_on_record(
    session: Session, coordinator: FlaskClient, by_hand: ByHand
) -> None:
    by_hand(make_reachable(session, "Ben", landline=LANDLINE, safe=False), 9)
    letters(session, by_hand, 1)
    assert "Print the list of 1 call" in words(coordinator, "/desk/")
    page = words(coordinator, "/desk/calls")
    assert "Ben 01323 490000 · Do not leave a message here" in page
    assert "your place is on Tuesday 2 March 2027" in page
    assert "1 Quay Lane" not in page
    session.rollback()
    read = sa.select(sa.func.count()).where(AuditEntry.kind == "desk:task:read")
    assert session.scalar(read) == 1


def test_picks_that_cannot_be_read_are_left_out() -> None:
    assert read_picks("3-1 2-0 x-1 4 5- -6 3-2 99999999999-0 ²-1") == [Pick(2, 0), Pick(3, 2)]
