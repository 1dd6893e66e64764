"""The register: who may, each mark once, nothing overwritten unseen, who turns up, and what follows."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.testing import signed_in_client
from portal.app import Portal
from portal.audit.models import AuditEntry, AuditPayload
from portal.courses.jobs import note_delivered
from portal.courses.models import CourseSession, RunState, SessionState
from portal.db import db
from portal.desk.models import DeskTask
from portal.enrolment.models import AttendanceMark, Enrolment, Seat
from portal.enrolment.register_models import MarkChange, MarkedHow, Visitor
from portal.enrolment.services import keeping_apart, wishes
from portal.plugin_api import SYSTEM
from tests.factories.accounts import make_person
from tests.factories.courses import make_assignment
from tests.factories.enrolment import book, make_group, make_student

TODAY = date(2027, 3, 1)
STARTED = datetime(2027, 3, 1, 10, 0, tzinfo=UTC)
DURING = datetime(2027, 3, 1, 11, 0, tzinfo=UTC)
BEFORE = DURING - timedelta(days=20)
SignIn = Callable[..., FlaskClient]


def read(session: Session, statement: sa.Select[Any]) -> list[Any]:
    """What is in the database now; the session is free again afterwards, for the portal to write."""
    session.rollback()
    found = list(session.scalars(statement))
    session.expunge_all()
    session.rollback()
    return found


class Hall:
    """A run of three weekly sessions that somebody leads, on the day of the first."""

    def __init__(self, session: Session, leader: int, people: int = 3, cap: int = 12) -> None:
        self.session = session
        run = make_group(session, cap, first=TODAY, state=RunState.RUNNING)
        self.run_id = run.id
        self.meetings = list(
            session.scalars(
                sa.select(CourseSession.id)
                .where(CourseSession.run_id == run.id)
                .order_by(CourseSession.number)
            )
        )
        for meeting in self.meetings:
            make_assignment(session, meeting, leader)
        self.people = [make_student(session, name=f"Student {index:02}") for index in range(people)]
        self.places = [self._place(person) for person in self.people]
        session.commit()

    def _place(self, person_id: int) -> int:
        made: Any = book(self.session, self.run_id, person_id, at=BEFORE)
        return int(made.enrolment_ids[0])

    def path(self, rest: str = "", meeting: int = 0) -> str:
        return f"/registers/{self.meetings[meeting]}{rest}"

    def marks(self) -> dict[int, str]:
        statement = sa.select(AttendanceMark).where(AttendanceMark.session_id == self.meetings[0])
        return {one.enrolment_id: one.mark.value for one in read(self.session, statement)}

    def changes(self) -> int:
        return len(read(self.session, sa.select(MarkChange.id)))


@pytest.fixture
def now() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(DURING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def leader(now: Any, sign_in: SignIn) -> FlaskClient:
    return sign_in("facilitator")


@pytest.fixture
def hall(session: Session, leader: FlaskClient) -> Hall:
    return Hall(session, leader.person_id)  # type: ignore[attr-defined]


def tap(place: int, mark: str, version: int = 0, **values: Any) -> dict[str, Any]:
    key = values.pop("key", uuid.uuid4().hex)
    return {
        "key": key,
        "place": place,
        "mark": mark,
        "version": version,
        "at": DURING.isoformat(),
        **values,
    }


def send(client: FlaskClient, hall: Hall, *taps: dict[str, Any], meeting: int = 0) -> Any:
    answer = client.post(hall.path("/marks", meeting), data={"taps": json.dumps(taps)})
    return answer.json["answers"] if answer.status_code == 200 else answer.status_code


# Who may


def test_register_is_a_404_for_whoever_does_not_lead_the_session(
    hall: Hall, sign_in: SignIn
) -> None:
    for client in (sign_in(), sign_in("facilitator"), sign_in("treasurer")):
        for rest in ("", "/paper", "/print", "/came", "/needs"):
            assert client.get(hall.path(rest)).status_code == 404, rest
        assert client.post(hall.path()).status_code == 404
        assert send(client, hall, tap(hall.places[0], "present")) == 404
    assert hall.marks() == {}


def test_register_opens_for_leaders_and_coordinators(
    hall: Hall, leader: FlaskClient, sign_in: SignIn
) -> None:
    for client in (leader, sign_in("coordinator")):
        page = client.get(hall.path())
        assert page.status_code == 200
        assert "Student 02" in page.text


def test_register_of_a_session_led_by_somebody_else_of_the_run_is_a_404(
    hall: Hall, session: Session, sign_in: SignIn
) -> None:
    helper = sign_in("facilitator")
    make_assignment(session, hall.meetings[1], helper.person_id)  # type: ignore[attr-defined]
    session.commit()

    assert helper.get(hall.path(meeting=1)).status_code == 200
    assert helper.get(hall.path(meeting=0)).status_code == 404


def test_registers_lists_my_sessions_and_my_page_shows_todays(
    hall: Hall, leader: FlaskClient, sign_in: SignIn
) -> None:
    assert hall.path() in leader.get("/registers").text
    assert hall.path() in leader.get("/me").text
    other = sign_in("facilitator")
    assert hall.path() not in other.get("/registers").text
    assert hall.path() not in other.get("/me").text


def test_register_takes_no_marks_before_its_day(hall: Hall, leader: FlaskClient) -> None:
    assert send(leader, hall, tap(hall.places[0], "present"), meeting=1) == 409
    assert "opens on the day" in leader.get(hall.path(meeting=1)).text


def test_register_page_for_fifteen_people_asks_at_most_eight_questions(
    session: Session, leader: FlaskClient, app: Portal
) -> None:
    hall = Hall(session, leader.person_id, people=15, cap=15)  # type: ignore[attr-defined]
    with app.app_context():
        engine = db.engine
    asked: list[str] = []

    @contextmanager
    def listening() -> Iterator[None]:
        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            asked.append(statement)

        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            yield
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)

    leader.get(hall.path())
    with listening():
        page = leader.get(hall.path())

    assert page.text.count('class="rc-tick"') == 15
    selects = [one for one in asked if one.lstrip().upper().startswith(("SELECT", "WITH"))]
    assert len(selects) <= 8, "\n".join(selects)


# Each mark once


def test_tap_sent_twice_has_one_effect(hall: Hall, leader: FlaskClient) -> None:
    one = tap(hall.places[0], "present")

    first, second = send(leader, hall, one), send(leader, hall, one)

    assert first == second
    assert first[0]["came"] == "taken"
    assert (hall.marks(), hall.changes()) == ({hall.places[0]: "present"}, 1)


def test_tap_sent_again_after_somebody_changed_the_mark_is_not_applied_again(
    hall: Hall, leader: FlaskClient, sign_in: SignIn
) -> None:
    one = tap(hall.places[0], "present")
    version = send(leader, hall, one)[0]["version"]
    send(sign_in("coordinator"), hall, tap(hall.places[0], "absent", version))

    again = send(leader, hall, one)[0]

    assert (again["came"], again["mark"]) == ("taken", "absent")
    assert hall.marks() == {hall.places[0]: "absent"}


def test_tap_on_what_somebody_else_marked_meanwhile_is_given_back_to_choose(
    hall: Hall, leader: FlaskClient, sign_in: SignIn
) -> None:
    send(sign_in("coordinator"), hall, tap(hall.places[0], "absent"))

    answer = send(leader, hall, tap(hall.places[0], "present"))[0]

    assert (answer["came"], answer["mark"]) == ("conflict", "absent")
    assert "marked “Not here” at 11am" in answer["others"]
    assert hall.marks() == {hall.places[0]: "absent"}
    chosen = send(leader, hall, tap(hall.places[0], "present", answer["version"]))[0]
    assert chosen["came"] == "taken"
    assert hall.marks() == {hall.places[0]: "present"}


def test_tap_that_says_the_same_as_somebody_else_is_no_conflict(
    hall: Hall, leader: FlaskClient, sign_in: SignIn
) -> None:
    send(sign_in("coordinator"), hall, tap(hall.places[0], "present"))

    assert send(leader, hall, tap(hall.places[0], "present"))[0]["came"] == "taken"
    assert hall.changes() == 1


def test_tap_on_apologies_that_were_sent_meanwhile_is_a_conflict(
    hall: Hall, leader: FlaskClient, session: Session
) -> None:
    wishes.apologise(session, SYSTEM, hall.places[0], hall.meetings[0], at=DURING)
    session.commit()

    assert send(leader, hall, tap(hall.places[0], "absent"))[0]["came"] == "conflict"


def test_tap_takes_a_mark_back(hall: Hall, leader: FlaskClient) -> None:
    version = send(leader, hall, tap(hall.places[0], "absent"))[0]["version"]

    assert send(leader, hall, tap(hall.places[0], "", version))[0]["mark"] == ""
    assert hall.marks() == {}


def test_tap_keeps_when_it_was_made_and_by_whom(
    hall: Hall, leader: FlaskClient, session: Session
) -> None:
    made = DURING - timedelta(minutes=40)
    send(leader, hall, tap(hall.places[0], "part", at=made.isoformat()))
    late = (DURING + timedelta(days=3)).isoformat()  # a phone whose clock is wrong
    send(leader, hall, tap(hall.places[1], "part", at=late))

    mark, other = read(session, sa.select(AttendanceMark).order_by(AttendanceMark.id))
    assert (mark.at, mark.by_id) == (made, leader.person_id)  # type: ignore[attr-defined]
    assert other.at == DURING
    change = read(session, sa.select(MarkChange).order_by(MarkChange.id))[0]
    assert (change.tapped_at, change.at, change.how) == (made, DURING, MarkedHow.TAPPED)


def test_tap_for_a_place_of_another_run_is_gone(
    hall: Hall, leader: FlaskClient, session: Session, sign_in: SignIn
) -> None:
    other = Hall(session, sign_in("facilitator").person_id)  # type: ignore[attr-defined]

    assert send(leader, hall, tap(other.places[0], "absent"))[0]["came"] == "gone"
    assert hall.changes() == 0


@pytest.mark.parametrize(
    "taps",
    ["", "{", "{}", "[1]", '[{"key": "a"}]', "null", f'["{"x" * 10}"]']
    + [
        json.dumps([tap(1, "present") | wrong])
        for wrong in (
            {"mark": "gone"}, {"key": ""}, {"key": "a" * 65}, {"key": "a b"}, {"place": "1"},
            {"place": True}, {"version": -1}, {"at": "soon"}, {"at": "2027-03-01T10:00:00"},
            {"at": "0001-01-01T00:00:00+23:59"}, {"mark": []}, {"place": 10**12},
        )
    ],
)  # fmt: skip
def test_taps_that_are_none_are_refused(hall: Hall, leader: FlaskClient, taps: str) -> None:
    assert leader.post(hall.path("/marks"), data={"taps": taps}).status_code == 400


# Without scripts, and from paper


def test_form_saves_the_register_and_a_second_click_changes_nothing(
    hall: Hall, leader: FlaskClient
) -> None:
    form = {"form_key": uuid.uuid4().hex}
    for place, mark in zip(hall.places, ("present", "apologies", ""), strict=True):
        form |= {f"mark-{place}": mark, f"was-{place}": "", f"version-{place}": "0"}

    first, second = leader.post(hall.path(), data=form), leader.post(hall.path(), data=form)

    assert (first.status_code, second.status_code) == (303, 303)
    assert hall.marks() == {hall.places[0]: "present", hall.places[1]: "apologies"}
    assert hall.changes() == 2
    assert "2 of 3 marked" in leader.get(hall.path()).text


def test_form_shows_both_marks_when_somebody_else_was_first_and_keeps_the_others(
    hall: Hall, leader: FlaskClient, sign_in: SignIn
) -> None:
    one, two, _three = hall.places
    send(sign_in("coordinator"), hall, tap(one, "absent"))
    form = {
        "form_key": uuid.uuid4().hex,
        **{f"mark-{place}": "present" for place in (one, two)},
        **{f"version-{place}": "0" for place in (one, two)},
    }

    page = leader.post(hall.path(), data=form)

    assert "Nothing is overwritten" in page.text
    assert "marked “Not here” at 11am" in page.text
    assert f'id="mark-{one}-present" checked' in page.text
    assert hall.marks() == {one: "absent", two: "present"}
    version = page.text.split(f'name="version-{one}" value="')[1].split('"')[0]
    again = {
        "form_key": page.text.split('name="form_key" type="hidden" value="')[1].split('"')[0],
        f"mark-{one}": "present",
        f"was-{one}": "absent",
        f"version-{one}": version,
    }
    assert leader.post(hall.path(), data=again).status_code == 303
    assert hall.marks()[one] == "present"


def test_marks_from_paper_say_so_and_when_they_were_written(
    hall: Hall, leader: FlaskClient, session: Session, now: time_machine.Coordinates
) -> None:
    now.move_to(DURING + timedelta(days=2))
    place = hall.places[0]
    form = {"form_key": uuid.uuid4().hex, f"mark-{place}": "absent", "day": ["1", "3", "2027"]}

    assert _again(leader).post(hall.path("/paper"), data=form).status_code == 303
    (change,) = read(session, sa.select(MarkChange))
    assert (change.how, change.tapped_at) == (
        MarkedHow.PAPER,
        datetime(2027, 3, 1, 12, tzinfo=UTC),
    )


def test_printed_register_has_names_and_boxes_and_no_needs(
    hall: Hall, leader: FlaskClient, session: Session
) -> None:
    wishes.share_needs(session, hall.places[0], "Near the door", at=BEFORE)
    session.commit()

    for path in (hall.path("/print"), hall.path()):
        page = leader.get(path).text
        assert "Student 00" in page
        assert "Near the door" not in page


def test_register_says_who_joins_later_and_counts_them_not(
    hall: Hall, leader: FlaskClient, session: Session
) -> None:
    session.execute(
        sa.update(Enrolment).where(Enrolment.id == hall.places[0]).values(from_at=DURING)
    )
    session.commit()

    page = leader.get(hall.path()).text
    assert "Joins at a later session" in page
    assert "0 of 2 marked" in page
    assert send(leader, hall, tap(hall.places[0], "absent"))[0]["came"] == "gone"


def test_register_of_a_cancelled_session_takes_no_marks(
    hall: Hall, leader: FlaskClient, session: Session
) -> None:
    session.execute(
        sa.update(CourseSession)
        .where(CourseSession.id == hall.meetings[0])
        .values(state=SessionState.CANCELLED, reason="ill")
    )
    session.commit()

    assert "counts for nobody" in leader.get(hall.path()).text
    assert send(leader, hall, tap(hall.places[0], "absent")) == 409


# Needs


def test_needs_are_for_those_who_lead_and_each_reading_is_on_record(
    hall: Hall,
    leader: FlaskClient,
    session: Session,
    sign_in: SignIn,
    now: time_machine.Coordinates,
) -> None:
    wishes.share_needs(session, hall.places[0], "Near the door", at=BEFORE)
    session.commit()

    assert sign_in("coordinator").get(hall.path("/needs")).status_code == 404
    assert "Near the door" in leader.get(hall.path("/needs")).text
    leader.get(hall.path("/needs"))
    logged = (
        sa.select(AuditPayload.subject_id)
        .join(AuditEntry, AuditEntry.id == AuditPayload.entry_id)
        .where(AuditEntry.kind == "enrolment:needs:read")
    )
    assert read(session, logged) == [str(hall.places[0])] * 2
    last = datetime(2027, 3, 15, 12, 0, tzinfo=UTC)
    now.move_to(last + timedelta(days=13))
    again = sign_in("facilitator", person_id=leader.person_id)  # type: ignore[attr-defined]
    assert again.get(hall.path("/needs")).status_code == 200
    now.move_to(last + timedelta(days=14, minutes=1))
    again = sign_in("facilitator", person_id=leader.person_id)  # type: ignore[attr-defined]
    assert again.get(hall.path("/needs")).status_code == 404


# Who turns up


def came(client: FlaskClient, hall: Hall, **values: str) -> Any:
    form = {"form_key": uuid.uuid4().hex, "name": "Wanda Walker", "who": "new", **values}
    return client.post(hall.path("/came"), data=form)


def test_walk_in_gets_a_place_and_is_here(
    hall: Hall, leader: FlaskClient, session: Session
) -> None:
    form = {"form_key": uuid.uuid4().hex, "name": "Wanda Walker", "who": "new"}

    assert leader.post(hall.path("/came"), data=form).status_code == 303
    assert leader.post(hall.path("/came"), data=form).status_code == 303
    assert "Wanda Walker" in leader.get(hall.path()).text
    (made,) = read(session, sa.select(Enrolment).where(Enrolment.how == "walk_in"))
    assert made.from_at == STARTED
    assert hall.marks() == {made.id: "present"}


def test_walk_in_who_is_known_is_found_by_name(
    hall: Hall, leader: FlaskClient, session: Session
) -> None:
    person_id = make_person(session, "Wanda Walker").id
    session.commit()

    page = leader.get(hall.path("/came") + "?name=wanda").text
    assert f'value="{person_id}"' in page
    assert came(leader, hall, who=str(person_id)).status_code == 303
    walked_in = sa.select(Enrolment.person_id).where(Enrolment.how == "walk_in")
    assert read(session, walked_in) == [person_id]


def test_walk_in_search_shows_nobody_for_two_letters(hall: Hall, leader: FlaskClient) -> None:
    page = leader.get(hall.path("/came") + "?name=st").text
    assert "at least three letters" in page
    assert "Student 0" not in page


def test_walk_in_into_a_full_room_is_a_visitor_by_the_leaders_word(
    session: Session, leader: FlaskClient
) -> None:
    hall = Hall(session, leader.person_id, people=2, cap=2)  # type: ignore[attr-defined]

    full = came(leader, hall)
    assert full.status_code == 422
    assert "There is no free place" in full.text
    assert read(session, sa.select(Visitor.id)) == []

    welcomed = came(leader, hall, visit="yes")
    assert welcomed.status_code == 303
    assert "Wanda Walker" in leader.get(hall.path()).text
    assert read(session, sa.select(Visitor.by_id)) == [leader.person_id]  # type: ignore[attr-defined]
    assert len(read(session, sa.select(Seat.id).where(Seat.run_id == hall.run_id))) == 2
    assert hall.marks() == {}


def test_walk_in_who_must_not_meet_somebody_here_is_turned_to_a_coordinator(
    hall: Hall, leader: FlaskClient, session: Session
) -> None:
    person_id = str(make_person(session, "Wanda Walker").id)
    keeping_apart.keep_apart(session, SYSTEM, int(person_id), hall.people[0], at=BEFORE)
    session.commit()

    page = came(leader, hall, who=person_id)
    assert "a coordinator will ring them" in page.text
    assert "visitor" not in page.text
    assert came(leader, hall, who=person_id, visit="yes").status_code == 422


def test_walk_in_who_booked_while_the_session_was_on_counts_from_today(
    hall: Hall, leader: FlaskClient, session: Session
) -> None:
    late = make_student(session, name="Wanda Walker")
    made: Any = book(session, hall.run_id, late, at=DURING)
    session.commit()
    place = made.enrolment_ids[0]
    since = sa.select(Enrolment.from_at).where(Enrolment.id == place)
    assert read(session, since) == [DURING]

    assert came(leader, hall, who=str(late)).status_code == 303
    assert read(session, since) == [STARTED]
    assert hall.marks() == {place: "present"}


def test_walk_in_written_down_after_the_last_session_is_a_visitor(
    hall: Hall, leader: FlaskClient, session: Session, now: time_machine.Coordinates
) -> None:
    now.move_to(datetime(2027, 3, 15, 20, 0, tzinfo=UTC))
    client = _again(leader)
    form = {"form_key": uuid.uuid4().hex, "name": "Wanda Walker", "who": "new"}

    assert client.post(hall.path("/came", 2), data=form).status_code == 422
    assert client.post(hall.path("/came", 2), data=form | {"visit": "yes"}).status_code == 303
    assert read(session, sa.select(Visitor.guest_name)) == ["Wanda Walker"]


# What follows


def check_ins(session: Session) -> list[str]:
    found = sa.select(DeskTask.state).where(DeskTask.kind == "enrolment:check_in")
    return read(session, found.order_by(DeskTask.id))


def test_absence_opens_one_kind_check_in_and_coming_again_closes_it(
    hall: Hall, leader: FlaskClient, session: Session, now: time_machine.Coordinates
) -> None:
    place = hall.places[0]
    course = ((0, "absent", ["open"]), (1, "absent", ["open"]), (2, "present", ["closed"]))
    for meeting, mark, expected in course:
        now.move_to(DURING + timedelta(weeks=meeting))
        client_taps = tap(place, mark, at=(DURING + timedelta(weeks=meeting)).isoformat())
        client = _again(leader)
        assert send(client, hall, client_taps, meeting=meeting)[0]["came"] == "taken"
        assert check_ins(session) == expected


def _again(leader: FlaskClient) -> FlaskClient:
    """The same person, signed in at another time."""
    from portal.accounts.testing import signed_in_client

    return signed_in_client(leader.application, ("facilitator",), leader.person_id)  # type: ignore[attr-defined, arg-type]


def test_absence_that_goes_on_after_the_check_in_opens_no_second_one(
    hall: Hall, leader: FlaskClient, session: Session, now: time_machine.Coordinates
) -> None:
    send(leader, hall, tap(hall.places[0], "absent"))
    session.execute(sa.update(DeskTask).values(state="done", finished_at=DURING))
    session.commit()
    now.move_to(DURING + timedelta(weeks=1))

    send(_again(leader), hall, tap(hall.places[0], "absent"), meeting=1)

    assert check_ins(session) == ["done"]


def test_apologies_and_slips_leave_no_check_in(
    hall: Hall, leader: FlaskClient, session: Session
) -> None:
    send(leader, hall, tap(hall.places[1], "apologies"))
    assert check_ins(session) == []
    version = send(leader, hall, tap(hall.places[0], "absent"))[0]["version"]
    send(leader, hall, tap(hall.places[0], "present", version))
    assert check_ins(session) == ["closed"]


def test_check_in_says_kindly_what_to_ask(
    hall: Hall, leader: FlaskClient, session: Session, sign_in: SignIn
) -> None:
    send(leader, hall, tap(hall.places[0], "absent"))
    (task,) = read(session, sa.select(DeskTask.id))

    page = sign_in("coordinator").get(f"/desk/tasks/{task}").text
    assert "your place is still yours" in page
    assert "Student 00" in page


def test_session_has_taken_place_once_every_mark_is_made(
    hall: Hall, leader: FlaskClient, session: Session
) -> None:
    def state() -> SessionState:
        state: SessionState
        (state,) = read(
            session, sa.select(CourseSession.state).where(CourseSession.id == hall.meetings[0])
        )
        return state

    send(leader, hall, *(tap(place, "present") for place in hall.places[:2]))
    assert state() is SessionState.SCHEDULED
    send(leader, hall, tap(hall.places[2], "apologies"))
    assert state() is SessionState.DELIVERED
    page = leader.get(hall.path())
    assert page.status_code == 200
    version = page.text.split(f'name="version-{hall.places[2]}" value="')[1].split('"')[0]
    assert send(leader, hall, tap(hall.places[2], "part", int(version)))[0]["came"] == "taken"


def test_session_has_taken_place_a_day_later_whether_or_not_it_is_marked(
    hall: Hall, session: Session, now: time_machine.Coordinates
) -> None:
    ends = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
    now.move_to(ends + timedelta(hours=24))
    note_delivered(session)
    assert session.get_one(CourseSession, hall.meetings[0]).state is SessionState.SCHEDULED
    now.move_to(ends + timedelta(hours=24, minutes=1))
    note_delivered(session)
    states = session.scalars(
        sa.select(CourseSession.state)
        .where(CourseSession.run_id == hall.run_id)
        .order_by(CourseSession.number)
    )
    assert list(states) == [SessionState.DELIVERED, SessionState.SCHEDULED, SessionState.SCHEDULED]


# What a phone may keep


def test_only_the_register_may_be_kept_and_only_on_its_day(
    hall: Hall, leader: FlaskClient, now: time_machine.Coordinates
) -> None:
    answer = leader.get(hall.path())
    person = leader.person_id  # type: ignore[attr-defined]
    assert answer.headers["Register-Copy"] == f"{person} 2027-03-02T00:00:00Z"
    assert 'data-worker="/registers/worker.js"' in answer.text
    for rest in ("/paper", "/print", "/came", "/needs"):
        assert "Register-Copy" not in leader.get(hall.path(rest)).headers, rest
    assert "Register-Copy" not in leader.get("/registers").headers
    assert "Register-Copy" not in leader.post(hall.path(), data={"mark-1": "present"}).headers
    assert "Register-Copy" not in leader.get(hall.path(meeting=1)).headers, "not open yet"

    now.move_to(DURING + timedelta(days=1))
    leader = _again(leader)
    answer = leader.get(hall.path())
    assert "Register-Copy" not in answer.headers
    assert "data-worker" not in answer.text


def _again(leader: FlaskClient) -> FlaskClient:
    """The same person, signed in on another day."""
    return signed_in_client(leader.application, person_id=leader.person_id)  # type: ignore[attr-defined, arg-type]


def test_names_are_locked_with_another_key_for_each_person(
    hall: Hall, leader: FlaskClient, sign_in: SignIn
) -> None:
    locks = [
        re.search(r'data-seal="([0-9a-f]{64})"', client.get(hall.path()).text)
        for client in (leader, leader, sign_in("coordinator"))
    ]
    assert all(locks)
    assert len({lock[1] for lock in locks if lock}) == 2


def test_worker_is_asked_for_each_time_and_stands_behind_registers_alone(
    client: FlaskClient,
) -> None:
    answer = client.get("/registers/worker.js", headers={"Accept-Encoding": "gzip"})
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Service-Worker-Allowed"] == "/registers"
    assert "worker-src 'self'" in answer.headers["Content-Security-Policy"]
    etag = answer.headers["ETag"]
    assert client.get("/registers/worker.js", headers={"If-None-Match": etag}).status_code == 304


def test_walk_in_whose_name_a_phone_kept_tells_the_phone_that_it_is_written_down(
    hall: Hall, leader: FlaskClient
) -> None:
    values = {"name": "Nia Newby", "who": "new", "form_key": uuid.uuid4().hex}
    for _time in range(2):
        answer = leader.post(hall.path("/came?name=Nia+Newby&kept=ab12"), data=values)
        assert answer.location == hall.path() + "#written-ab12"
    assert 'name="kept" value="ab12"' in leader.get(hall.path("/came?name=Nia&kept=ab12")).text
    for odd in ("a-b", "x" * 65, "é", ""):
        assert 'name="kept"' not in leader.get(hall.path(f"/came?name=Nia&kept={odd}")).text
