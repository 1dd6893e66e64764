"""The register by taps: each mark once, and nothing overwritten unseen."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.enrolment.models import AttendanceMark, MarkChange, MarkedHow
from portal.enrolment.services import wishes
from portal.plugin_api import SYSTEM
from tests.integration.enrolment.hall import DURING, Hall, SignIn, read, send, tap


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
