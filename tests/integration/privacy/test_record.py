"""The whole record: one month on a clock that can stand still, looked through, then given out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.audit.models import AuditEntry
from portal.audit.services import record
from portal.messages.models import Message
from portal.plugin_api import SYSTEM
from portal.privacy.models import RecordRequest, RequestState
from portal.privacy.policies import a_month_after, due_on, stood_still
from tests.factories.sharing import NAMES, Sharing
from tests.factories.telling import send
from tests.integration.privacy.conftest import archive_of

SignIn = Callable[..., FlaskClient]
MINE = "/me/data/record"
NOW = datetime(2027, 1, 29, 12, tzinfo=UTC)  # a Friday


@pytest.fixture(autouse=True)
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2027, 1, 31), date(2027, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2027, 3, 31), date(2027, 4, 30)),
        (date(2027, 11, 30), date(2027, 12, 30)),
        (date(2027, 12, 31), date(2028, 1, 31)),
        (date(2027, 2, 28), date(2027, 3, 28)),
    ],
)
def test_month_ends_on_the_same_day_or_the_last_one(day: date, due: date) -> None:
    assert a_month_after(day) == due


@pytest.mark.parametrize(
    ("asked", "paused", "due"),
    [
        (date(2027, 1, 29), 0, date(2027, 3, 1)),  # 28 February is a Sunday
        (date(2027, 2, 26), 0, date(2027, 3, 30)),  # Good Friday to Easter Monday
        (date(2027, 11, 25), 0, date(2027, 12, 29)),  # Christmas, on a Saturday
        (date(2027, 1, 29), 3, date(2027, 3, 3)),
        (date(2027, 2, 1), 0, date(2027, 3, 1)),
        (date(2027, 2, 28), 1, date(2027, 3, 30)),  # over the change of the clocks
    ],
)
def test_answer_is_due_on_a_working_day_and_as_much_later_as_it_stood_still(
    asked: date, paused: int, due: date
) -> None:
    assert due_on(asked, paused) == due


def test_clock_that_stands_still_counts_whole_days() -> None:
    assert stood_still(2, None, date(2027, 3, 5)) == 2
    assert stood_still(2, date(2027, 3, 1), date(2027, 3, 5)) == 6
    assert stood_still(0, date(2027, 3, 5), date(2027, 3, 5)) == 0
    assert stood_still(0, date(2027, 3, 5), date(2027, 3, 4)) == 0


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2027, 3, 28, 0, 59, tzinfo=UTC), date(2027, 3, 28)),
        (datetime(2027, 3, 28, 23, 30, tzinfo=UTC), date(2027, 3, 29)),  # summer time
        (datetime(2027, 10, 30, 23, 30, tzinfo=UTC), date(2027, 10, 31)),
        (datetime(2027, 10, 31, 23, 30, tzinfo=UTC), date(2027, 10, 31)),  # and no more
    ],
)
def test_day_of_asking_is_the_one_on_the_wall(
    sign_in: SignIn, session: Session, instant: datetime, day: date
) -> None:
    with time_machine.travel(instant, tick=False):
        sign_in().post(MINE, data={"words": ""})

    assert session.scalars(sa.select(RecordRequest.asked_on)).all() == [day]


def one(session: Session) -> RecordRequest:
    session.rollback()
    found = session.scalars(sa.select(RecordRequest)).one()
    session.expunge(found)
    session.rollback()
    return found


def told(session: Session, person_id: int) -> list[tuple[str, str]]:
    session.rollback()
    rows = session.execute(
        sa.select(Message.purpose, Message.state)
        .where(Message.person_id == person_id, Message.purpose.startswith("privacy:"))
        .order_by(Message.id)
    )
    found = [tuple(row) for row in rows]
    session.rollback()
    return found  # type: ignore[return-value]


def page_of(client: FlaskClient, session: Session) -> str:
    page = client.get(f"/manage/records/{one(session).id}")
    assert page.status_code == 200
    return page.text


def seen_in(page: str) -> str:
    found = re.search(r'name="seen"[^>]*value="([0-9a-f]{32})"', page)
    assert found is not None
    return found[1]


def rows_in(page: str) -> dict[str, str]:
    """Words of each row that would be given out → its mark."""
    found = re.findall(
        r'name="out"[^>]*value="([0-9a-f]{32})".*?</span>(.*?)</label>', page, re.DOTALL
    )
    return {words: mark for mark, words in found}


def give_out(client: FlaskClient, session: Session, *out: str, **more: str) -> Any:
    page = page_of(client, session)
    data = {"seen": seen_in(page), "read": "y", "words": "", "out": list(out), **more}
    return client.post(f"/manage/records/{one(session).id}/release", data=data)


@pytest.fixture
def asked(session: Session, sharing: Sharing, sign_in: SignIn) -> FlaskClient:
    """Ada, who has asked; something about her was noted that has Bo in it."""
    record(session, SYSTEM, "courses:run:see", ("person", sharing.ada), reason="Came with Borislav")
    record(session, SYSTEM, "courses:run:see", ("person", sharing.ada), reason="Came in time")
    session.commit()
    client = sign_in(person_id=sharing.ada)
    assert client.post(MINE, data={"words": "My first year"}).status_code == 303
    return client


def test_person_sees_by_when_and_asks_once(
    asked: FlaskClient, session: Session, traveller: time_machine.Traveller
) -> None:
    asked.post(MINE, data={"words": "again"})

    request = one(session)
    assert (request.state, request.words) == (RequestState.ASKED, "My first year")
    page = asked.get(MINE).text
    assert "The data guardian reads it" in page
    assert "at the latest" in page


def test_guardian_leaves_out_what_is_about_others(
    asked: FlaskClient, session: Session, sharing: Sharing, sign_in: SignIn
) -> None:
    guardian = sign_in("data_guardian")
    page = page_of(guardian, session)
    assert NAMES["ada"] in page
    assert "My first year" in page
    rows = rows_in(page)
    assert any("note about Ashgrove" in words for words in rows), "what the desk wrote about her"
    about_bo = next(mark for words, mark in rows.items() if "Came with Borislav" in words)

    answer = give_out(guardian, session, about_bo, words="One row is about somebody else.")

    assert answer.status_code == 303
    assert one(session).state is RequestState.RELEASED
    assert one(session).left_out == 1
    assert told(session, sharing.ada) == [("privacy:answered", "queued")]
    mine = asked.get(MINE).text
    assert "1 row is left out" in mine
    assert "One row is about somebody else." in mine
    found = archive_of(asked.post(f"{MINE}/copy"))
    whole = found["html"] + str(found["kept"])
    assert "Came in time" in whole
    assert "Borislav" not in whole
    assert found["complete"] is False
    assert found["left_out"] == [["1 rows", "One row is about somebody else."]]


def test_what_came_after_the_review_is_not_given_out(
    asked: FlaskClient, session: Session, sharing: Sharing, sign_in: SignIn
) -> None:
    give_out(sign_in("data_guardian"), session)
    record(
        session, SYSTEM, "courses:run:see", ("person", sharing.ada), reason="Later, with Dimitra"
    )
    session.commit()

    found = archive_of(asked.post(f"{MINE}/copy"))

    assert "Came in time" in str(found["kept"])
    assert "Dimitra" not in str(found["kept"])


def test_what_the_guardian_has_not_read_is_not_given_out(
    asked: FlaskClient, session: Session, sharing: Sharing, sign_in: SignIn
) -> None:
    guardian = sign_in("data_guardian")
    seen = seen_in(page_of(guardian, session))
    record(session, SYSTEM, "courses:run:see", ("person", sharing.ada), reason="With Dimitra")
    session.commit()
    address = f"/manage/records/{one(session).id}/release"

    answer = guardian.post(address, data={"seen": seen, "read": "y"})

    assert answer.status_code == 422
    assert "It has changed since you opened it." in answer.text
    assert one(session).state is RequestState.ASKED
    unread = guardian.post(address, data={"seen": seen_in(answer.text)})
    assert "Read every row, then tick the box" in unread.text
    assert one(session).state is RequestState.ASKED


def test_question_stops_the_clock_and_the_answer_lets_it_go_on(
    traveller: time_machine.Traveller,
    asked: FlaskClient,
    session: Session,
    sharing: Sharing,
    sign_in: SignIn,
) -> None:
    guardian = sign_in("data_guardian")
    answer = guardian.post(
        f"/manage/records/{one(session).id}/question", data={"words": "Which year?"}
    )
    assert answer.status_code == 303
    assert told(session, sharing.ada) == [("privacy:question", "queued")]
    assert "the clock stands still" in guardian.get("/manage/records").text
    assert "Which year?" in asked.get(MINE).text
    traveller.shift(3600 * 24 * 3)
    asked = sign_in(person_id=sharing.ada)

    assert asked.post(f"{MINE}/answer", data={"words": "2026"}).status_code == 303

    request = one(session)
    assert (request.state, request.paused_days, request.answer) == (RequestState.ASKED, 3, "2026")
    assert told(session, sharing.ada)[0][1] != "queued", "the question is not asked any more"
    guardian = sign_in("data_guardian")
    assert "by Wed 3 Mar" in guardian.get("/manage/records").text
    assert asked.post(f"{MINE}/answer", data={"words": "again"}).status_code == 303
    assert one(session).answer == "2026"


def test_answer_on_the_phone_is_written_down(
    asked: FlaskClient, session: Session, sign_in: SignIn
) -> None:
    guardian = sign_in("data_guardian")
    address = f"/manage/records/{one(session).id}"
    guardian.post(f"{address}/question", data={"words": "Which year?"})

    guardian.post(f"{address}/said", data={"words": "All of them"})

    assert (one(session).state, one(session).answer) == (RequestState.ASKED, "All of them")


def test_no_needs_a_reason_and_the_person_is_told(
    asked: FlaskClient, session: Session, sharing: Sharing, sign_in: SignIn
) -> None:
    guardian = sign_in("data_guardian")
    address = f"/manage/records/{one(session).id}/refuse"
    assert guardian.post(address, data={"words": " "}).status_code == 422

    guardian.post(address, data={"words": "It is all in your copy already"})

    assert one(session).state is RequestState.REFUSED
    assert "It is all in your copy already" in asked.get(MINE).text
    assert asked.post(f"{MINE}/copy").status_code == 404
    assert told(session, sharing.ada) == [("privacy:answered", "queued")]


def test_person_takes_it_back(asked: FlaskClient, session: Session, sign_in: SignIn) -> None:
    assert asked.post(f"{MINE}/withdraw").status_code == 303
    assert one(session).state is RequestState.WITHDRAWN
    address = f"/manage/records/{one(session).id}/refuse"
    answer = sign_in("data_guardian").post(address, data={"words": "Too late"})
    assert answer.status_code == 303
    assert one(session).state is RequestState.WITHDRAWN


def test_nobody_reviews_their_own(sign_in: SignIn, session: Session) -> None:
    guardian = sign_in("data_guardian")
    guardian.post(MINE, data={"words": ""})

    assert guardian.get(f"/manage/records/{one(session).id}").status_code == 404
    assert "somebody else reads it" in guardian.get("/manage/records").text
    assert "Somebody asks for everything" not in guardian.get("/desk/").text


def test_it_stands_at_the_desk_for_the_guardian_alone(
    asked: FlaskClient, session: Session, sign_in: SignIn
) -> None:
    line = "Somebody asks for everything we hold about them"
    guardian = sign_in("data_guardian").get("/desk/").text
    assert line in guardian
    assert "Add something to remember" not in guardian
    assert line not in sign_in("coordinator").get("/desk/").text


def test_each_reading_is_on_record(
    asked: FlaskClient, session: Session, sharing: Sharing, sign_in: SignIn
) -> None:
    page_of(sign_in("data_guardian"), session)

    read = sa.select(sa.func.count()).where(AuditEntry.kind == "privacy:record:read")
    assert session.scalar(read) == 1


def test_messages_say_nothing_of_what_it_is_about(
    app: Portal, session: Session, asked: FlaskClient, sharing: Sharing, sign_in: SignIn
) -> None:
    give_out(sign_in("data_guardian"), session)
    with app.test_request_context():
        letters = [one for one in send(session) if "/me/data/record" in one.text]

    assert [letter.subject for letter in letters] == ["A message from your college"]
    assert "Came in time" not in letters[0].text
