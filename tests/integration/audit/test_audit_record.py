"""Recording: in the caller's transaction, references only, refused when it has no single spelling."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.audit.api import record
from portal.audit.models import AuditEntry, AuditPayload
from portal.plugin_api import ANONYMOUS, SYSTEM, Actor

COORDINATOR = Actor(person_id=7, name="Ama")


def only_entry(session: Session) -> tuple[AuditEntry, AuditPayload]:
    entry = session.scalars(sa.select(AuditEntry)).one()
    assert entry.payload is not None
    return entry, entry.payload


def test_record_keeps_who_what_and_why(session: Session) -> None:
    with time_machine.travel(datetime(2027, 3, 2, 10, 0, 5, 999_999, tzinfo=UTC), tick=False):
        record(
            session,
            COORDINATOR,
            "courses:run:cancel",
            ("run", 12),
            reason="The room floods",
            details={"from": "open", "places": 9},
        )
    session.commit()
    entry, payload = only_entry(session)
    assert (entry.kind, entry.at) == (
        "courses:run:cancel",
        datetime(2027, 3, 2, 10, 0, 5, tzinfo=UTC),
    )
    assert (entry.n, entry.prev, entry.hash) == (None, None, None)
    assert payload.actor_id == 7
    assert (payload.subject_kind, payload.subject_id) == ("run", "12")
    assert payload.reason == "The room floods"
    assert payload.details == {"from": "open", "places": 9}
    assert len(payload.salt) == 32


def test_record_content_is_salted_hash_of_canonical_payload(session: Session) -> None:
    record(session, SYSTEM, "a:b:c", ("course", 3), reason="Zoë", details={"b": 1, "a": None})
    entry, payload = only_entry(session)
    spelled = '{"actor":null,"details":{"a":null,"b":1},"reason":"Zoë","subject":["course","3"]}'
    assert json.loads(spelled) == payload.canonical()
    assert entry.content == hashlib.sha256(payload.salt + spelled.encode()).hexdigest()


def test_record_goes_with_the_transaction(session: Session) -> None:
    record(session, ANONYMOUS, "accounts:login:fail", ("login", 1))
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 0
    assert session.scalar(sa.select(sa.func.count()).select_from(AuditPayload)) == 0


def test_record_same_payload_twice_has_two_contents(session: Session) -> None:
    for _ in range(2):
        record(session, COORDINATOR, "a:b:c", ("course", 3))
    contents = session.scalars(sa.select(AuditEntry.content)).all()
    assert len(set(contents)) == 2


@pytest.mark.parametrize("action", ["", "cancel", "courses.run.cancel", "A:B:C", "a:b:c:d", "a:b "])
def test_record_action_misspelt(session: Session, action: str) -> None:
    with pytest.raises(ValueError, match="room:thing:verb"):
        record(session, COORDINATOR, action, ("run", 1))


@pytest.mark.parametrize(
    "value", [1.5, datetime(2027, 3, 2, tzinfo=UTC), b"x", {1: "x"}, [{"deep": 0.1}], {"set"}]
)
def test_record_details_without_one_spelling(session: Session, value: object) -> None:
    with pytest.raises(TypeError):
        record(session, COORDINATOR, "a:b:c", ("run", 1), details={"value": value})
