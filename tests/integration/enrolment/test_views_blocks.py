"""The pages of stopped places: for those who decide, and for whoever it is about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.models import AuditEntry
from portal.enrolment.models import Block, BlockAppeal
from portal.enrolment.queries.blocks import block_at
from portal.enrolment.services import blocks
from portal.plugin_api import SYSTEM
from tests.factories.enrolment import make_student
from tests.integration.enrolment.taking import (
    SignIn,
    answer_everything,
    coming_group,
    letting_go,
    newest_person,
    places_of,
    send,
)

REASON = "Shouted at others after we had talked about it"


def parts(weeks: int) -> list[str]:
    day = clock.now().date() + timedelta(weeks=weeks)
    return [str(day.day), str(day.month), str(day.year)]


def decision(**values: Any) -> dict[str, Any]:
    return {"reason": REASON, "last_day": parts(4), "review_on": parts(2), **values}


def stop(session: Session, person_id: int) -> int:
    today: date = clock.now().date()
    block_id = blocks.decide(
        session,
        SYSTEM,
        person_id,
        reason=REASON,
        last_day=today + timedelta(weeks=4),
        review_on=today + timedelta(weeks=2),
        zone="Europe/London",
        at=clock.now(),
    )
    session.commit()
    return block_id


@pytest.fixture
def staff(sign_in: SignIn, session: Session) -> FlaskClient:
    return letting_go(sign_in("coordinator"), session)


def test_decision_is_made_shown_and_its_reading_logged(
    staff: FlaskClient, session: Session
) -> None:
    person_id = make_student(session, name="Morgan Reed")
    session.commit()
    assert "Morgan Reed" in staff.get("/manage/stopped?q=morgan").text

    done = send(staff, f"/manage/stopped/people/{person_id}", **decision())

    assert done.status_code == 303
    shown = staff.get(done.location).text
    assert REASON in shown
    assert "somebody else looks at it again" not in shown  # there is nobody else
    assert "Morgan Reed" in staff.get("/manage/stopped").text
    session.rollback()
    read = sa.select(AuditEntry.id).where(AuditEntry.kind == "enrolment:block:read")
    assert len(session.scalars(read).all()) == 1


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("reason", {"reason": ""}),
        ("last_day-day", {"last_day": ["", "", ""]}),
        ("last_day-day", {"last_day": parts(60)}),
        ("review_on-day", {"review_on": parts(5)}),
    ],
)
def test_errors_stand_at_their_fields_and_nothing_typed_is_lost(
    staff: FlaskClient, session: Session, field: str, values: dict[str, Any]
) -> None:
    person_id = make_student(session)
    session.commit()
    refused = send(staff, f"/manage/stopped/people/{person_id}", **decision(**values))
    assert refused.status_code == 422
    assert f'href="#{field}"' in refused.text
    assert f'id="{field}"' in refused.text
    assert values.get("reason", REASON) in refused.text
    session.rollback()
    assert session.scalars(sa.select(Block)).all() == []


def test_second_decision_takes_the_place_of_the_one_that_was_read(
    staff: FlaskClient, session: Session
) -> None:
    person_id = make_student(session)
    first = stop(session, person_id)
    page = f"/manage/stopped/people/{person_id}"
    assert staff.post(page, data=decision(form_key="0" * 32)).status_code == 422
    shown = staff.get(page).text
    assert f'name="instead" type="hidden" value="{first}"' in shown
    assert send(staff, page, **decision(instead=str(first))).status_code == 303
    session.rollback()
    standing = block_at(session, person_id, clock.now())
    assert standing is not None
    assert standing.id != first


def test_person_reads_why_and_appeals_and_is_answered(
    sign_in: SignIn, session: Session, staff: FlaskClient
) -> None:
    run_id = coming_group(session).id
    session.commit()
    me = letting_go(sign_in("student"), session)
    person_id = newest_person(session)
    answer_everything(me, run_id)
    block_id = stop(session, person_id)

    refused = send(me, f"/places/runs/{run_id}/check")
    assert refused.status_code == 422
    assert "My courses" in refused.text
    assert places_of(session, person_id) == []
    for page in ("/me", "/me/courses"):
        assert "/me/places" in me.get(page).text
    shown = me.get("/me/places").text
    assert REASON in shown
    empty = send(me, "/me/places", words="")
    assert empty.status_code == 422
    assert 'href="#words"' in empty.text
    assert send(me, "/me/places", words="It was not me").status_code == 303
    assert "Waits for an answer" in me.get("/me/places").text

    session.rollback()
    appeal_id = session.scalars(sa.select(BlockAppeal.id)).one()
    one = staff.get(f"/manage/stopped/{block_id}").text
    assert "It was not me" in one
    answer = {"outcome": "lifted", "answer": "You are right"}
    assert (
        send(staff, f"/manage/stopped/appeals/{appeal_id}", **answer).location
        == f"/manage/stopped/{block_id}"
    )
    shown = me.get("/me/places").text
    assert "You are right" in shown
    assert send(me, f"/places/runs/{run_id}/check").status_code == 303
    assert len(places_of(session, person_id)) == 1


def test_somebody_elses_is_not_shown_and_cannot_be_appealed(
    sign_in: SignIn, session: Session
) -> None:
    stop(session, make_student(session))
    me = letting_go(sign_in("student"), session)
    assert REASON not in me.get("/me/places").text
    assert me.post("/me/places", data={"words": "x", "form_key": "0" * 32}).status_code == 404


def test_coordinator_writes_an_appeal_down(staff: FlaskClient, session: Session) -> None:
    block_id = stop(session, make_student(session))
    done = send(staff, f"/manage/stopped/{block_id}/appeal", how="phone", words="Not me")
    assert done.status_code == 303
    session.rollback()
    appeal = session.scalars(sa.select(BlockAppeal)).one()
    assert (appeal.how.value, appeal.written_by_id is not None) == ("phone", True)
