"""The compartment: for the people on duty alone, and every look on record."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.policies import ROLES
from portal.app import Portal
from portal.audit.models import AuditEntry, AuditPayload
from portal.concerns.models import Concern, ConcernStep, Outcome
from portal.concerns.queries import opened
from tests.factories.concerns import WORDS, make_concern

OTHERS = [role for role in ROLES if role != "duty_contact"]
PAGES = ("", "/note", "/hand-on", "/close")


@pytest.fixture
def uid(session: Session) -> str:
    concern = make_concern(session)
    found: str = concern.uid
    session.commit()
    session.rollback()
    return found


@pytest.fixture
def dara(sign_in: Callable[..., FlaskClient], session: Session) -> FlaskClient:
    return sign_in("duty_contact")


def rows(session: Session, statement: Any) -> Sequence[Any]:
    session.rollback()
    found = session.scalars(statement).all()
    session.expunge_all()
    session.rollback()
    return found


def actions(session: Session) -> list[tuple[str, int | None, dict[str, Any]]]:
    """What the audit holds of this concern's story, after the raising."""
    session.rollback()
    found = session.execute(
        sa.select(AuditEntry.kind, AuditPayload.actor_id, AuditPayload.details)
        .join(AuditPayload)
        .where(AuditEntry.kind.like("concerns:concern:%"))
        .order_by(AuditEntry.id)
    ).all()
    session.rollback()
    return [(row[0].removeprefix("concerns:concern:"), row[1], row[2]) for row in found][1:]


def test_phone_that_lay_for_a_quarter_of_an_hour_opens_no_concern(
    sign_in: Callable[..., FlaskClient], uid: str
) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        dara = sign_in("duty_contact")
        traveller.shift(timedelta(minutes=15) - timedelta(seconds=1))
        assert WORDS in dara.get(f"/duty/{uid}").text, "nobody is asked in between"
        traveller.shift(timedelta(minutes=15))
        answer = dara.get(f"/duty/{uid}")
        assert answer.location == f"/sign-in?next=/duty/{uid}"


def test_nobody_else_finds_the_pages(
    sign_in: Callable[..., FlaskClient], client: FlaskClient, session: Session, uid: str
) -> None:
    everybody_else = sign_in(*OTHERS)
    for path in ("/duty", *(f"/duty/{uid}{page}" for page in PAGES), "/duty/nothing-of-the-sort"):
        assert everybody_else.get(path).status_code == 404, path
        assert client.get(path).status_code in {303, 401}, path
    for page in ("/mine", "/note", "/hand-on", "/close"):
        answer = everybody_else.post(f"/duty/{uid}{page}", data={"words": "x", "to": "1"})
        assert answer.status_code == 404, page
    assert "On duty" not in everybody_else.get("/staff").text
    assert actions(session) == []


def test_list_holds_no_words_and_the_page_is_on_record(
    dara: FlaskClient, session: Session, uid: str
) -> None:
    listed = dara.get("/duty")
    assert WORDS not in listed.text
    assert f"/duty/{uid}" in listed.text
    assert actions(session) == []

    read = dara.get(f"/duty/{uid}")

    assert WORDS in read.text
    assert "no-store" in read.headers["Cache-Control"]
    assert actions(session) == [("read", dara.person_id, {})]  # type: ignore[attr-defined]
    assert dara.get("/duty/nothing-of-the-sort").status_code == 404


def test_reading_that_cannot_be_put_on_record_shows_nothing(
    app: Portal, dara: FlaskClient, uid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.concerns.services import answering

    def fail(*_: object, **__: object) -> int:
        raise RuntimeError("no audit")

    monkeypatch.setattr(answering.audit, "record", fail)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)

    answer = dara.get(f"/duty/{uid}")

    assert answer.status_code == 500
    assert WORDS not in answer.text


def test_one_takes_it_and_the_other_sees_who(
    dara: FlaskClient, sign_in: Callable[..., FlaskClient], session: Session, uid: str
) -> None:
    other = sign_in("duty_contact")

    first = dara.post(f"/duty/{uid}/mine", follow_redirects=True)
    second = other.post(f"/duty/{uid}/mine", follow_redirects=True)

    assert "It is with you now" in first.text
    assert "was quicker" in second.text
    (concern,) = rows(session, sa.select(Concern))
    assert concern.holder_id == dara.person_id  # type: ignore[attr-defined]
    assert [kind for kind, _, _ in actions(session)] == ["acknowledged", "read", "read"]


def _once(page: str) -> dict[str, str]:
    found = re.search(r'name="form_key"[^>]*value="(\w+)"', page)
    assert found is not None
    return {"form_key": found[1]}


def test_note_is_kept_once(dara: FlaskClient, session: Session, uid: str) -> None:
    form = {**_once(dara.get(f"/duty/{uid}/note").text), "words": "Rang her: she is safe"}
    for _ in range(2):
        assert dara.post(f"/duty/{uid}/note", data=form).status_code == 303

    (step,) = rows(session, sa.select(ConcernStep))
    assert b"safe" not in step.words
    found = opened(session, uid)
    assert found is not None
    assert [one.words for one in found.steps] == ["Rang her: she is safe"]
    session.rollback()
    assert "Rang her: she is safe" in dara.get(f"/duty/{uid}").text


def test_handed_on_to_somebody_on_duty_alone(
    dara: FlaskClient, sign_in: Callable[..., FlaskClient], session: Session, uid: str
) -> None:
    other, student = sign_in("duty_contact"), sign_in("student")
    dara.post(f"/duty/{uid}/mine")

    refused = dara.post(f"/duty/{uid}/hand-on", data={"to": str(student.person_id)})  # type: ignore[attr-defined]
    done = dara.post(f"/duty/{uid}/hand-on", data={"to": str(other.person_id)})  # type: ignore[attr-defined]

    assert (refused.status_code, done.status_code) == (422, 303)
    (concern,) = rows(session, sa.select(Concern))
    assert (concern.acknowledged_at, concern.round) == (None, 2)
    assert actions(session)[-1][0] == "handed_on"
    assert actions(session)[-1][2]["to"] == other.person_id  # type: ignore[attr-defined]


def test_closed_with_an_outcome_and_a_reason(dara: FlaskClient, session: Session, uid: str) -> None:
    page = dara.get(f"/duty/{uid}/close").text
    missing = dara.post(f"/duty/{uid}/close", data={"outcome": "supported"})
    assert missing.status_code == 422
    assert "Write why this is the end of it" in missing.text
    form = {**_once(page), "outcome": "safeguarding", "words": "The council took over"}

    for _ in range(2):
        assert dara.post(f"/duty/{uid}/close", data=form).status_code == 303
    late = dara.post(f"/duty/{uid}/close", data={"outcome": "supported", "words": "Me too"})

    assert late.status_code == 422
    (concern,) = rows(session, sa.select(Concern))
    assert concern.outcome is Outcome.SAFEGUARDING
    ((kind, _, details),) = actions(session)
    assert (kind, details["outcome"]) == ("closed", "safeguarding")
    assert "council" not in str(details)
    assert "The council took over" in dara.get(f"/duty/{uid}").text


def test_on_duty_pages_are_linked(dara: FlaskClient) -> None:
    assert 'href="/duty"' in dara.get("/staff").text


def test_administrator_has_none_of_the_permissions(app: Portal) -> None:
    from portal.plugin_host.boot import ROLE_PERMISSIONS

    bundles = app.extensions[ROLE_PERMISSIONS]
    holders = {
        role for role, held in bundles.items() if any(key.startswith("concerns:") for key in held)
    }
    assert holders == {"duty_contact"}
