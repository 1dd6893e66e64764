"""My courses, the private calendar and the record of attendance: one's own alone, and right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.courses.models import Course, CourseSession, Mode, Run, SessionState
from portal.courses.services import runs
from portal.courses.services import sessions as course_sessions
from portal.courses.services.sessions import NewTime
from portal.db import db
from portal.enrolment.models import AttendanceMark, CalendarFeed, Enrolment, Mark, TakesPart
from portal.enrolment.services import seats, wishes
from portal.plugin_api import SYSTEM
from portal.plugin_api.dispatch import gather_commitments
from tests.factories.enrolment import NOON, book, fill, make_group, student
from tests.integration.enrolment.taking import SignIn, letting_go, newest_person

FIRST = date(2027, 3, 1)  # Mondays; the clocks go forward on 28 March
SPRING = datetime(2027, 2, 20, 9, 0, tzinfo=UTC)
ADDRESS = re.compile(r"https?://[^\"<]+/calendar/mine/[0-9a-f]{64}\.ics")
KEY = re.compile(r'name="form_key"[^>]*value="([0-9a-f]+)"')


@pytest.fixture(autouse=True)
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(SPRING, tick=False) as traveller:
        yield traveller


@dataclass
class Mine:
    """Somebody with a place, signed in."""

    client: FlaskClient
    person: int
    run: Run
    enrolment: int

    def words(self, address: str) -> str:
        answer = self.client.get(address)
        assert answer.status_code == 200, address
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


@pytest.fixture
def somebody(session: Session, sign_in: SignIn) -> Callable[[], tuple[FlaskClient, int]]:
    """A student who is signed in, and reached by e-mail."""

    def make() -> tuple[FlaskClient, int]:
        session.rollback()  # on SQLite one writer holds the database
        client = letting_go(sign_in("student"), session)
        person = newest_person(session)
        return client, person

    return make


@pytest.fixture
def make_mine(
    session: Session, somebody: Callable[[], tuple[FlaskClient, int]]
) -> Callable[..., Mine]:
    def make(cap: int = 12, mode: TakesPart = TakesPart.IN_PERSON, **values: Any) -> Mine:
        client, person = somebody()
        if mode is TakesPart.ONLINE:
            values |= {"mode": Mode.BOTH, "online_cap": 6}
        run = make_group(session, cap, **values)
        session.get_one(Course, run.course_id).title = "Sleep and rest"
        book(session, run.id, student(person, mode), at=NOON)
        enrolment = session.scalars(
            sa.select(Enrolment.id).where(Enrolment.person_id == person)
        ).one()
        session.commit()
        return Mine(client, person, run, enrolment)

    return make


def held(session: Session, run: Run) -> list[CourseSession]:
    return list(runs.sessions_of(session, run.id))


def mark(session: Session, mine: Mine, marks: dict[int, Mark]) -> None:
    for one in held(session, mine.run):
        if one.number in marks:
            session.add(
                AttendanceMark(
                    session_id=one.id,
                    enrolment_id=mine.enrolment,
                    mark=marks[one.number],
                    at=SPRING,
                )
            )
    session.commit()


# My courses


def test_my_courses_begins_with_the_next_session(
    session: Session, make_mine: Callable[..., Mine]
) -> None:
    mine = make_mine()
    session.get_one(Course, mine.run.course_id).what_to_bring = "A cup you like"
    session.commit()
    page = mine.words("/me/courses")
    for text in (
        "Next: Sleep and rest",
        "Monday 1 March 2027, 10am",
        "until midday · Session 1 of 3",
        "Quay Lane, Seaford",
        "Step-free",
        "A cup you like",
        "I cannot come to this one",
    ):
        assert text in page, text


def test_my_courses_without_any_says_how_to_begin(session: Session, sign_in: SignIn) -> None:
    assert "No courses yet" in sign_in("student").get("/me/courses").text


def test_ten_stays_ten_across_the_clock_change(
    session: Session, make_mine: Callable[..., Mine]
) -> None:
    mine = make_mine(sessions=6, first=FIRST)
    page = mine.words(f"/me/courses/{mine.enrolment}")
    assert page.count("10am to midday") == 6
    assert "Monday 5 April 2027" in page


@pytest.mark.parametrize(
    ("minutes", "shown"), [(-24 * 60 - 1, False), (-24 * 60, True), (60, True), (120, False)]
)
def test_link_to_join_shows_near_the_time_to_those_online(
    session: Session,
    make_mine: Callable[..., Mine],
    traveller: time_machine.Traveller,
    minutes: int,
    shown: bool,
) -> None:
    traveller.move_to(datetime(2027, 3, 1, 10, tzinfo=UTC) + timedelta(minutes=minutes))
    mine = make_mine(mode=TakesPart.ONLINE)
    session.execute(sa.update(CourseSession).values(online_link="https://meet.example.org/join-us"))
    session.commit()
    for address in ("/me/courses", f"/me/courses/{mine.enrolment}"):
        answer = mine.client.get(address)
        assert answer.status_code == 200
        assert ("https://meet.example.org/join-us" in answer.text) is shown, address


def test_link_to_join_is_not_for_those_in_the_room(
    session: Session, make_mine: Callable[..., Mine], traveller: time_machine.Traveller
) -> None:
    traveller.move_to(datetime(2027, 3, 1, 9, 30, tzinfo=UTC))
    mine = make_mine()
    session.execute(sa.update(CourseSession).values(online_link="https://meet.example.org/x"))
    session.commit()
    for address in ("/me/courses", f"/me/courses/{mine.enrolment}"):
        answer = mine.client.get(address)
        assert answer.status_code == 200
        assert "meet.example.org" not in answer.text


def test_what_has_changed_is_shown(session: Session, make_mine: Callable[..., Mine]) -> None:
    mine = make_mine()
    one, two, three = held(session, mine.run)
    to = NewTime(day=date(2027, 3, 2), starts=one.local_time, minutes=120)
    course_sessions.move_session(session, SYSTEM, one.id, to, version=0, reason="No heating.")
    course_sessions.cancel_session(session, SYSTEM, two.id, reason="Kim is ill.")
    wishes.apologise(session, SYSTEM, mine.enrolment, three.id, at=SPRING)
    session.commit()
    page = mine.words("/me/courses")
    assert "Tuesday 2 March 2027, 10am" in page
    assert "It was Monday 1 March 2027, 10am. No heating." in page
    page = mine.words(f"/me/courses/{mine.enrolment}")
    assert "Cancelled Kim is ill." in page
    assert "You said you cannot come" in page
    assert "I can come after all" in page


def test_waits_and_offers_are_shown_with_their_clock(
    session: Session, somebody: Callable[[], tuple[FlaskClient, int]]
) -> None:
    (first_client, person), (client, behind) = somebody(), somebody()
    run = make_group(session, 1, first=date(2027, 6, 7))
    (first,) = fill(session, run.id, 1, at=SPRING)
    book(session, run.id, person, at=SPRING)
    book(session, run.id, behind, at=SPRING)
    session.commit()
    page = client.get("/me/courses").text
    assert "You are number 2 in the list." in page
    assert "we cannot tell yet" in page
    seats.withdraw(session, SYSTEM, first, at=datetime(2027, 2, 22, 9, tzinfo=UTC))
    session.commit()
    page = first_client.get("/me/courses").text
    assert "We keep it for you until Wednesday 24 February 2027, 9am" in page
    assert "A place is free for you" in first_client.get("/me").text


def test_cancelled_run_says_so_until_its_dates_are_over(
    session: Session, make_mine: Callable[..., Mine]
) -> None:
    mine = make_mine()
    runs.cancel_run(session, SYSTEM, mine.run.id, reason="Too few people.")
    session.commit()
    page = mine.words("/me/courses")
    assert "Will not take place" in page
    assert "Too few people." in page


def test_somebody_elses_place_is_not_there(
    session: Session,
    make_mine: Callable[..., Mine],
    somebody: Callable[[], tuple[FlaskClient, int]],
    sign_in: SignIn,
) -> None:
    mine, (other, made_by) = make_mine(), somebody()
    session.execute(sa.update(Enrolment).values(made_by_id=made_by))
    session.commit()
    for client in (letting_go(sign_in("coordinator"), session), other):
        assert client.get(f"/me/courses/{mine.enrolment}").status_code == 404


def test_many_places_ask_as_many_questions_as_two(
    session: Session, make_mine: Callable[..., Mine]
) -> None:
    mine = make_mine()

    def questions() -> int:
        asked: list[str] = []
        with mine.client.application.app_context():
            engine = db.engine

        def note(_c: object, _cu: object, statement: str, *_rest: object) -> None:
            asked.append(statement)

        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            assert mine.client.get("/me/courses").status_code == 200
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)
        return len(asked)

    before = questions()
    for _ in range(5):
        run = make_group(session)
        book(session, run.id, mine.person, at=NOON)
    session.commit()
    assert questions() == before


# The record


@pytest.mark.parametrize(
    ("sessions", "joined", "marks", "cancelled", "attended", "accounted"),
    [
        (8, 3, "ppppla", (), "4 of 6", "5 of 6"),  # example 7
        (6, 1, "ppplax", (6,), "3 of 5", "4 of 5"),
        (4, 1, "pppp", (), "4 of 4", "4 of 4"),
        (5, 2, "apxl", (4,), "1 of 3", "2 of 3"),
    ],
)
def test_record_leaves_out_what_does_not_count(
    session: Session,
    make_mine: Callable[..., Mine],
    traveller: time_machine.Traveller,
    sessions: int,
    joined: int,
    marks: str,
    cancelled: tuple[int, ...],
    attended: str,
    accounted: str,
) -> None:
    traveller.move_to(datetime(2027, 6, 1, tzinfo=UTC))
    mine = make_mine(sessions=sessions)
    since = held(session, mine.run)[joined - 1].starts_at
    session.execute(sa.update(Enrolment).values(from_at=since))
    for one in held(session, mine.run):
        if one.number in cancelled:
            one.state, one.reason = SessionState.CANCELLED, "Kim is ill."
    kinds = {"p": Mark.PRESENT, "l": Mark.APOLOGIES, "a": Mark.ABSENT}
    mark(session, mine, {joined + n: kinds[m] for n, m in enumerate(marks) if m in kinds})
    words = mine.words("/me/courses/record")
    assert f" {attended} " in words
    assert f" {accounted} " in words


# My page and my week


def test_my_page_has_the_next_sessions(session: Session, make_mine: Callable[..., Mine]) -> None:
    mine = make_mine()
    page = mine.words("/me")
    assert "Your next session" in page
    assert "Monday 1 March 2027, 10am" in page


def test_commitments_are_the_sessions_they_will_come_to(
    session: Session, make_mine: Callable[..., Mine]
) -> None:
    mine = make_mine()
    one, two, three = held(session, mine.run)
    wishes.apologise(session, SYSTEM, mine.enrolment, two.id, at=SPRING)
    course_sessions.cancel_session(session, SYSTEM, three.id, reason="Kim is ill.")
    end = SPRING + timedelta(days=60)
    with mine.client.application.app_context():
        found = gather_commitments(session, mine.person, SPRING, end).items
    assert [(item.start, item.end) for item in found] == [(one.starts_at, one.ends_at)]


# The calendar


def opened(mine: Mine) -> str:
    """Make a private address; its path."""
    form = mine.client.get("/me/calendar").text
    answer = mine.client.post("/me/calendar", data={"form_key": KEY.findall(form)[0]})
    found = ADDRESS.search(answer.text)
    assert found is not None
    return "/calendar/mine/" + found.group().rpartition("/")[2]


def events(client: FlaskClient, path: str) -> list[Any]:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    return list(icalendar.Calendar.from_ical(answer.data).walk("VEVENT"))


def test_calendar_has_my_sessions_for_whoever_has_the_address(
    session: Session, client: FlaskClient, make_mine: Callable[..., Mine]
) -> None:
    mine = make_mine(sessions=6)
    wishes.share_needs(session, mine.enrolment, "I need to sit near the door", at=NOON)
    session.execute(sa.update(CourseSession).values(online_link="https://meet.example.org/x"))
    session.commit()
    path = opened(mine)
    made = events(client, path)
    assert [str(one["uid"]) for one in made] == [one.uid for one in held(session, mine.run)]
    assert {one["dtstart"].dt.hour for one in made} == {10}
    assert {int(one["sequence"]) for one in made} == {0}
    body = client.get(path).text
    assert "near the door" not in body
    assert "meet.example.org" not in body


@pytest.mark.parametrize("mode", list(TakesPart))
def test_calendar_says_the_place_as_they_take_part(
    session: Session, client: FlaskClient, make_mine: Callable[..., Mine], mode: TakesPart
) -> None:
    mine = make_mine(mode=mode)
    places = {str(one["location"]) for one in events(client, opened(mine))}
    online = mode is TakesPart.ONLINE
    assert (places == {"Online"}) is online
    assert any("Quay Lane" in place for place in places) is not online


def test_calendar_shows_moves_cancellations_and_apologies(
    session: Session, client: FlaskClient, make_mine: Callable[..., Mine]
) -> None:
    mine = make_mine()
    path = opened(mine)
    one, two, three = held(session, mine.run)
    to = NewTime(day=date(2027, 3, 2), starts=one.local_time, minutes=120)
    course_sessions.move_session(session, SYSTEM, one.id, to, version=0, reason="No heating.")
    course_sessions.cancel_session(session, SYSTEM, two.id, reason="Kim is ill.")
    wishes.apologise(session, SYSTEM, mine.enrolment, three.id, at=SPRING)
    session.commit()
    moved, cancelled, excused = events(client, path)
    assert (int(moved["sequence"]), moved["dtstart"].dt.day) == (1, 2)
    assert (int(cancelled["sequence"]), str(cancelled["status"])) == (1, "CANCELLED")
    assert str(excused["status"]) == "CONFIRMED"
    assert str(excused["transp"]) == "TRANSPARENT"
    assert "You said you cannot come" in str(excused["summary"])
    assert [str(one["uid"]) for one in (moved, cancelled, excused)] == [
        one.uid for one in held(session, mine.run)
    ]


def test_calendar_leaves_out_sessions_before_the_first_and_places_given_up(
    session: Session, client: FlaskClient, make_mine: Callable[..., Mine]
) -> None:
    mine = make_mine()
    path = opened(mine)
    since = held(session, mine.run)[1].starts_at
    session.execute(sa.update(Enrolment).values(from_at=since))
    session.commit()
    assert len(events(client, path)) == 2
    seats.withdraw(session, SYSTEM, mine.enrolment, at=SPRING)
    session.commit()
    assert events(client, path) == []


def test_new_address_ends_the_old_one_and_ending_it_ends_all(
    client: FlaskClient, make_mine: Callable[..., Mine]
) -> None:
    mine = make_mine()
    first = opened(mine)
    second = opened(mine)
    assert first != second
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)
    assert mine.client.post("/me/calendar/end").status_code == 303
    assert client.get(second).status_code == 404


def test_second_click_makes_no_second_address(
    session: Session, client: FlaskClient, make_mine: Callable[..., Mine]
) -> None:
    mine = make_mine()
    key = KEY.findall(mine.client.get("/me/calendar").text)[0]
    pages = [mine.client.post("/me/calendar", data={"form_key": key}).text for _ in range(2)]
    assert len({ADDRESS.findall(page)[0] for page in pages}) == 1
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(CalendarFeed)) == 1
    session.rollback()
    mine.client.post("/me/calendar/end")
    again = mine.client.post("/me/calendar", data={"form_key": key})
    assert again.status_code == 303, "an old page does not bring an ended address back"


def test_address_is_known_by_its_hash_alone(
    session: Session, make_mine: Callable[..., Mine]
) -> None:
    mine = make_mine()
    token = opened(mine).removeprefix("/calendar/mine/").removesuffix(".ics")
    session.rollback()
    feed = session.scalars(sa.select(CalendarFeed)).one()
    assert token not in {feed.token_hash, str(feed.id)}
    assert token not in mine.client.get("/me/calendar").text


def test_unknown_address_leads_nowhere(client: FlaskClient) -> None:
    assert client.get(f"/calendar/mine/{'0' * 64}.ics").status_code == 404
