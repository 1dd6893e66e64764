"""Whom to call in an emergency: one's own choice, and each look on record."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.audit.models import AuditEntry, AuditPayload
from portal.concerns.models import Concern, EmergencyContact

NAMED = "Bo, my sister, 01632 960321"


def looks(session: Session) -> list[tuple[int | None, str]]:
    """Who looked at whose, in order."""
    session.rollback()
    found = session.execute(
        sa.select(AuditPayload.actor_id, AuditPayload.subject_id)
        .join(AuditEntry)
        .where(AuditEntry.kind == "concerns:emergency:read")
        .order_by(AuditEntry.id)
    ).all()
    session.rollback()
    return [(row[0], row[1]) for row in found]


def test_it_is_named_changed_and_removed(
    sign_in: Callable[..., FlaskClient], session: Session
) -> None:
    student = sign_in("student")

    student.post("/me/emergency", data={"words": "Nobody yet"})
    student.post("/me/emergency", data={"words": NAMED})
    assert NAMED in student.get("/me/emergency").text
    (kept,) = session.scalars(sa.select(EmergencyContact.words))
    session.rollback()
    assert b"sister" not in kept
    assert NAMED not in sign_in("student").get("/me/emergency").text

    student.post("/me/emergency", data={"words": " "})
    assert session.scalars(sa.select(EmergencyContact)).all() == []
    session.rollback()


def test_details_lead_there(sign_in: Callable[..., FlaskClient]) -> None:
    assert 'href="/me/emergency"' in sign_in("student").get("/me/details").text


def test_people_on_duty_see_it_beside_a_concern_of_that_person(
    sign_in: Callable[..., FlaskClient], session: Session
) -> None:
    student, duty = sign_in("student"), sign_in("duty_contact")
    student.post("/me/emergency", data={"words": NAMED})
    student.post("/tell-us", data={"words": "I am not well"})
    uid = session.scalars(sa.select(Concern.uid)).one()
    session.rollback()
    assert looks(session) == []

    page = duty.get(f"/duty/{uid}").text

    assert NAMED in page
    assert looks(session) == [(duty.person_id, str(student.person_id))]  # type: ignore[attr-defined]
