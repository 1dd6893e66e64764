"""Closing somebody's way to sign in: by whom, why, until when; and opening it again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.jobs import JOBS
from portal.accounts.models import Closing, Login, RoleGrant
from portal.accounts.services.closing import ClosingError, close, reopen
from portal.accounts.services.roles import grant_role
from portal.accounts.testing import signed_in_client
from portal.app import Portal
from portal.audit.models import AuditEntry
from portal.db import unit_of_work
from portal.messages.models import Message
from portal.plugin_api import SYSTEM
from tests.factories.accounts import make_login


@pytest.fixture
def pat(app: Portal, session: Session) -> Any:
    """Pat, signed in."""
    with app.test_request_context():
        person_id = make_login(session, name="Pat", email="pat@example.org").person_id
        session.commit()
    return signed_in_client(app, person_id=person_id)


def test_closed_with_a_reason_signed_out_at_once_and_told(
    app: Portal, session: Session, pat: Any
) -> None:
    client: Any = signed_in_client(app, ["administrator"])
    address = f"/people/{pat.person_id}/closing"
    assert pat.get("/me/details").status_code == 200
    assert client.post(address, data={"reason": ""}).status_code == 422

    assert client.post(address, data={"reason": "You asked us to"}).status_code == 303

    assert pat.get("/me/details").status_code != 200
    page = client.get(address).text
    assert "You asked us to" in page
    closing = session.scalars(sa.select(Closing)).one()
    assert (closing.by_id, closing.ends_at, closing.ended_at) == (client.person_id, None, None)
    told = session.scalars(sa.select(Message.purpose).where(Message.person_id == pat.person_id))
    assert told.all() == ["accounts:closed"]
    session.rollback()

    assert client.post(address, data={"reason": "They are safe"}).status_code == 303

    session.expire_all()
    assert session.scalars(sa.select(Closing.ended_by_id)).all() == [client.person_id]
    assert session.scalars(sa.select(Login.active)).all() == [True, True]
    kinds = session.scalars(
        sa.select(AuditEntry.kind)
        .where(AuditEntry.kind.like("accounts:login:%able"))
        .order_by(AuditEntry.id)
    )
    assert kinds.all() == ["accounts:login:disable", "accounts:login:enable"]


def test_it_opens_by_itself_when_its_last_day_is_over(
    app: Portal, session: Session, pat: Any
) -> None:
    client: Any = signed_in_client(app, ["administrator"])
    day = clock.now().date() + timedelta(days=3)
    written = [str(part) for part in (day.day, day.month, day.year)]
    data = {"reason": "A break from it", "last_day": written}
    assert client.post(f"/people/{pat.person_id}/closing", data=data).status_code == 303
    (job,) = (job for job in JOBS if job.name == "open-closed-logins")

    def active_after(days: int) -> bool:
        with time_machine.travel(clock.now() + timedelta(days=days)), app.app_context():
            with unit_of_work() as unit:
                job.run(unit)
            chosen = sa.select(Login.active).where(Login.person_id == pat.person_id)
            found = session.scalars(chosen).one()
            session.rollback()
            return found

    assert not active_after(2)
    assert active_after(5)
    assert active_after(6)  # and again changes nothing


def test_day_that_is_over_is_refused_at_its_field(app: Portal, session: Session, pat: Any) -> None:
    client = signed_in_client(app, ["administrator"])
    data = {"reason": "Too late", "last_day": ["1", "1", "2020"]}
    page = client.post(f"/people/{pat.person_id}/closing", data=data)
    assert page.status_code == 422
    assert "Too late" in page.text
    session.rollback()
    assert session.scalars(sa.select(Closing.id)).all() == []


def test_nobody_closes_or_opens_their_own(app: Portal, session: Session) -> None:
    client: Any = signed_in_client(app, ["administrator"])
    assert client.get(f"/people/{client.person_id}/closing").status_code == 404


def test_last_administrator_is_not_closed_out(app: Portal, session: Session, pat: Any) -> None:
    with app.test_request_context():
        grant_role(session, SYSTEM, pat.person_id, "administrator", reason="for a test")
        login = session.scalars(sa.select(Login).where(Login.person_id == pat.person_id)).one()
        session.commit()
        assert session.scalars(sa.select(RoleGrant.role)).all() == ["administrator"]
        with pytest.raises(ClosingError, match="last"):
            close(session, SYSTEM, login, reason="By mistake")
        session.rollback()


def test_twice_is_refused_and_an_old_closing_without_a_row_can_be_opened(
    app: Portal, session: Session
) -> None:
    with app.test_request_context():
        login = make_login(session)
        close(session, SYSTEM, login, reason="A reason")
        with pytest.raises(ClosingError, match="closed"):
            close(session, SYSTEM, login, reason="Another")
        session.execute(sa.delete(Closing))
        reopen(session, SYSTEM, login)
        assert login.active
        with pytest.raises(ClosingError, match="open"):
            reopen(session, SYSTEM, login)
