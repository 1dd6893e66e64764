"""What a person gets back, what is erased, and what is held with a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal import clock
from portal.app import Portal
from portal.concerns.jobs import CHECKS, forget_old
from portal.concerns.models import Concern, ConcernStep, Outcome
from portal.concerns.privacy import SOURCES
from portal.concerns.services import answering, emergency
from portal.db import metadata
from portal.plugin_api import Actor, Erasure
from portal.vault import VAULT, sealed_columns
from tests.factories.concerns import WORDS, make_concern, make_duty
from tests.factories.messages import make_reachable


@pytest.fixture
def duty(session: Session) -> Actor:
    return Actor(person_id=make_duty(session))


@pytest.fixture
def ada(session: Session) -> int:
    person = make_reachable(session, "Ada")
    emergency.save_contact(session, Actor(person_id=person), "Bo, my sister")
    return person


def export(session: Session, person_id: int) -> dict[str, Any]:
    return {source.table: list(source.export(session, person_id)) for source in SOURCES}


def erase(session: Session, person_id: int) -> dict[str, Erasure]:
    done = {source.table: source.erase(session, person_id, "delete") for source in SOURCES}
    session.expire_all()
    return done


def test_export_is_word_for_word_ones_own(session: Session, ada: int, duty: Actor) -> None:
    concern = make_concern(session, by=ada)
    make_concern(session, "Somebody else's words")
    answering.acknowledge(session, duty, concern.uid)
    answering.note(session, duty, concern.uid, "About several people", once="a")

    found = export(session, ada)

    assert [row["words"] for row in found["concern"]] == [WORDS]
    assert [row["kind"] for row in found["concern_step"]] == ["acknowledged", "note"]
    assert found["emergency_contact"] == [{"words": "Bo, my sister"}]
    assert "several" not in str(found)
    assert "looked_after_since" in str(export(session, duty.person_id or 0)["concern"])


def test_open_concern_is_held_with_a_reason(app: Portal, session: Session, ada: int) -> None:
    make_concern(session, by=ada)
    with app.test_request_context():
        done = erase(session, ada)

    assert (done["concern"].erased, done["concern"].held) == (0, 1)
    assert "safety" in done["concern"].reason
    assert done["emergency_contact"].erased == 1
    assert export(session, ada)["emergency_contact"] == []


@pytest.mark.parametrize(("outcome", "left"), [(Outcome.SUPPORTED, 0), (Outcome.SAFEGUARDING, 1)])
def test_closed_concern_goes_unless_safeguarding_was_told(
    app: Portal, session: Session, ada: int, duty: Actor, outcome: Outcome, left: int
) -> None:
    concern = make_concern(session, by=ada)
    answering.close(session, duty, concern.uid, outcome, "Why", once="a")
    with app.test_request_context():
        done = erase(session, ada)

    assert (done["concern"].erased, done["concern"].held) == (1 - left, left)
    for model in (Concern, ConcernStep):
        assert session.scalar(sa.select(sa.func.count()).select_from(model)) == left


def test_what_somebody_erased_looked_after_waits_for_others(
    app: Portal, session: Session, duty: Actor
) -> None:
    other = make_duty(session, "Eli")
    concern = make_concern(session)
    answering.acknowledge(session, duty, concern.uid)
    assert duty.person_id is not None
    with app.test_request_context():
        erase(session, duty.person_id)

    concern = session.scalars(sa.select(Concern)).one()
    assert (concern.acknowledged_at, concern.holder_id, concern.round) == (None, None, 2)
    assert session.scalars(sa.select(ConcernStep.by_id)).all() == [None]
    assert other


def test_closed_concerns_go_when_their_time_is_over(session: Session, duty: Actor) -> None:
    closed, waiting = make_concern(session), make_concern(session)
    answering.close(session, duty, closed.uid, Outcome.SAFEGUARDING, "Why", once="a")
    kept = waiting.uid
    for days, left in ((729, 2), (731, 1)):
        with time_machine.travel(clock.now() + timedelta(days=days), tick=False):
            forget_old(session)
        assert len(session.scalars(sa.select(Concern.uid)).all()) == left
    assert session.scalars(sa.select(Concern.uid)).all() == [kept]


def test_key_that_is_missing_turns_the_check_red(
    app: Portal, session: Session, duty: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = {check.name: check.run for check in CHECKS}
    with app.test_request_context():
        assert [run(session).ok for run in results.values()] == [True, True]
        monkeypatch.delitem(session.info, VAULT)
        assert not results["concerns-key"](session).ok


def test_change_of_key_finds_every_word() -> None:
    found = {f"{column.table.name}.{column.name}" for column, _row in sealed_columns(metadata)}
    assert found >= {
        "concern.words", "concern.reach", "concern_step.words", "emergency_contact.words",
    }  # fmt: skip
