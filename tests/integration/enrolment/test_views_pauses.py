"""The pages of breaks: what one means is said first, one button ends it, nobody is asked why."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.enrolment.models import How, Pause
from portal.enrolment.queries.pauses import pause_at
from portal.enrolment.services import pauses
from portal.plugin_api import SYSTEM
from tests.factories.enrolment import book, make_student
from tests.integration.enrolment.taking import (
    SignIn,
    coming_group,
    letting_go,
    newest_person,
    send,
)


def parts(days: int) -> list[str]:
    day = clock.now().date() + timedelta(days=days)
    return [str(day.day), str(day.month), str(day.year)]


def test_person_sees_what_it_means_then_begins_and_ends_it(
    sign_in: SignIn, session: Session
) -> None:
    run_id = coming_group(session).id
    session.commit()
    me = letting_go(sign_in("student"), session)
    person_id = newest_person(session)
    book(session, run_id, person_id, at=clock.now())
    session.commit()
    assert "/me/break" in me.get("/me/courses").text

    looked = send(me, "/me/break", last_day=parts(60))
    assert looked.status_code == 200
    assert "Its last session is one of them" in looked.text
    session.rollback()
    assert session.scalars(sa.select(Pause)).all() == []

    seen = (clock.now().date() + timedelta(days=60)).isoformat()
    another = send(me, "/me/break", last_day=parts(36), seen=seen)
    assert "1 session is in the break" in another.text  # another day is looked at first
    begun = send(me, "/me/break", last_day=parts(60), seen=seen)
    assert begun.location == "/me/courses"
    assert "You are taking a break until" in me.get("/me/courses").text
    page = me.get("/me/break").text
    assert "I am back" in page
    ended = me.post("/me/break/end", data={"form_key": "1" * 32})
    assert ended.status_code == 303
    session.rollback()
    assert pause_at(session, person_id, clock.now()) is None


@pytest.mark.parametrize("day", [["", "", ""], ["31", "2", "2027"], parts(-1), parts(90)])
def test_wrong_day_is_said_at_its_field(sign_in: SignIn, session: Session, day: list[str]) -> None:
    me = letting_go(sign_in("student"), session)
    refused = send(me, "/me/break", last_day=day)
    assert refused.status_code == 422
    assert 'href="#last_day-day"' in refused.text
    assert "Begin my break" not in refused.text


def test_coordinator_writes_down_how_they_asked(sign_in: SignIn, session: Session) -> None:
    person_id = make_student(session)
    session.commit()
    staff = letting_go(sign_in("coordinator"), session)
    page = f"/manage/places/people/{person_id}/break"
    seen = (clock.now().date() + timedelta(days=20)).isoformat()
    asked = {"last_day": parts(20), "agreed_on": parts(-1)}
    refused = send(staff, page, **asked, seen=seen)
    assert refused.status_code == 422
    assert 'href="#how"' in refused.text
    assert send(staff, page, **asked, how="phone", seen=seen).status_code == 303
    session.rollback()
    pause = session.scalars(sa.select(Pause)).one()
    assert (pause.how, pause.recorded_by_id is not None) == (How.PHONE, True)
    assert "They are back" in staff.get(page).text


def test_my_page_says_that_a_break_is_on_and_ends_it(sign_in: SignIn, session: Session) -> None:
    me = letting_go(sign_in("student"), session)
    person_id = newest_person(session)
    assert "taking a break" not in me.get("/me").text
    last = clock.now().date() + timedelta(days=9)
    pauses.begin(session, SYSTEM, person_id, last_day=last, zone="Europe/London", at=clock.now())
    session.commit()

    page = me.get("/me").text
    assert "You are taking a break until" in page
    assert str(last.day) in page
    assert 'action="/me/break/end"' in page
    assert me.post("/me/break/end").status_code == 303

    assert "taking a break" not in me.get("/me").text


def test_page_of_how_to_reach_somebody_leads_to_their_break(
    sign_in: SignIn, session: Session
) -> None:
    coordinator = letting_go(sign_in("coordinator"), session)
    person_id = make_student(session)
    session.commit()
    address = f"/manage/places/people/{person_id}/break"
    contact = f"/people/{person_id}/contact"
    assert f'href="{address}"' in coordinator.get(contact).text
    last = clock.now().date() + timedelta(days=9)
    pauses.begin(session, SYSTEM, person_id, last_day=last, zone="Europe/London", at=clock.now())
    session.commit()

    page = coordinator.get(contact).text
    assert "They are taking a break until" in page
    assert f'href="{contact}"' in coordinator.get(address).text
