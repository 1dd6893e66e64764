"""What opens without signing in is made by who has just shown who they are, and ends when all is shut."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.accounts.models import Login
from portal.accounts.queries import login_of
from portal.accounts.services.logins import set_active, set_password
from portal.accounts.services.sessions import end_own_sessions
from portal.app import Portal
from portal.enrolment.models import Agreement, AgreementCode, CalendarFeed
from portal.messages.models import Message
from portal.plugin_api import SYSTEM, Actor
from tests.factories.telling import hand_out

NOW = datetime(2027, 3, 1, 11, 0, tzinfo=UTC)
SignIn = Callable[..., FlaskClient]
Shut = Callable[[Session, Login], Any]


def owner_of(client: FlaskClient) -> int:
    found: int = client.person_id  # type: ignore[attr-defined]
    return found


def make_address(client: FlaskClient) -> str:
    key = re.findall(r'name="form_key"[^>]*value="(\w+)"', client.get("/me/calendar").text)[0]
    page = client.post("/me/calendar", data={"form_key": key}).text
    found = re.search(r"/calendar/mine/\w+\.ics", page)
    assert found is not None
    return found[0]


def make_code(client: FlaskClient) -> str:
    page = client.post("/places/helpers/code").text
    (code,) = (word for word in page.split() if len(word) == 12 and word.isupper())
    return code


@pytest.mark.parametrize("path", ["/me/calendar", "/places/helpers/code"])
def test_what_opens_by_itself_is_made_by_who_showed_who_they_are_just_now(
    session: Session, sign_in: SignIn, path: str
) -> None:
    with time_machine.travel(NOW, tick=False) as traveller:
        student = sign_in("student")
        traveller.shift(timedelta(minutes=11))
        student.post(path, data={"form_key": "a" * 32})

    session.rollback()
    for model in (CalendarFeed, AgreementCode):
        assert session.scalars(sa.select(model.id)).all() == []


def a_new_password(session: Session, login: Login) -> None:
    set_password(session, SYSTEM, login, "hash")


def everywhere(session: Session, login: Login) -> None:
    end_own_sessions(session, Actor(login.person_id), login.id)


def closed(session: Session, login: Login) -> None:
    set_active(session, SYSTEM, login, active=False, reason="Asked for")


@pytest.mark.parametrize("shut", [a_new_password, everywhere, closed])
def test_calendar_and_unused_codes_end_with_everything_else(
    app: Portal, session: Session, sign_in: SignIn, client: FlaskClient, shut: Shut
) -> None:
    with time_machine.travel(NOW, tick=False) as traveller:
        student = sign_in("student")
        address = make_address(student)
        code = make_code(student)
        assert client.get(address).status_code == 200
        traveller.shift(timedelta(minutes=1))
        with app.app_context():
            login = login_of(session, owner_of(student))
            assert login is not None
            shut(session, login)
            session.commit()
            traveller.shift(timedelta(minutes=1))
            hand_out(session, times=2)
            session.commit()

        assert client.get(address).status_code == 404
        friend = sign_in("student")
        assert "does not work any more" in friend.post("/places/helpers", data={"code": code}).text
        session.rollback()
        assert session.scalars(sa.select(Agreement.id)).all() == []


def test_what_was_made_after_it_stands_however_late_the_worker_is(
    app: Portal, session: Session, sign_in: SignIn, client: FlaskClient
) -> None:
    with time_machine.travel(NOW, tick=False) as traveller:
        student = sign_in("student")
        with app.app_context():
            login = login_of(session, owner_of(student))
            assert login is not None
            a_new_password(session, login)
            session.commit()
            traveller.shift(timedelta(minutes=1))
        again = sign_in(person_id=owner_of(student))
        address = make_address(again)
        with app.app_context():
            hand_out(session)
            session.commit()

        assert client.get(address).status_code == 200


def test_whoever_gave_a_code_is_told_that_it_was_used(session: Session, sign_in: SignIn) -> None:
    student, friend = sign_in("student"), sign_in("student")

    friend.post("/places/helpers", data={"code": make_code(student)})

    session.rollback()
    told = sa.select(Message.person_id).where(Message.purpose == "enrolment:helper_code_used")
    assert session.scalars(told).all() == [owner_of(student)]
    assert session.scalars(sa.select(Agreement.acting_id)).all() == [owner_of(friend)]
