"""The register without scripts and from paper."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.enrolment.models import MarkChange, MarkedHow
from portal.enrolment.services import wishes
from tests.integration.enrolment.hall import (
    BEFORE,
    DURING,
    Hall,
    SignIn,
    read,
    send,
    signed_in_again,
    tap,
)


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

    assert signed_in_again(leader).post(hall.path("/paper"), data=form).status_code == 303
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
