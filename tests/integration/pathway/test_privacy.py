"""What is given back, and what erasing leaves of the pathway, the board, support and references."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.accounts.services.roles import grant_role
from portal.desk.models import DeskTask
from portal.facilitators.models import (
    InterestState,
    MarkHow,
    OpportunityInterest,
    PathwayMark,
    Reference,
    SupportKind,
    SupportSlot,
    TimeCounts,
)
from portal.facilitators.privacy.pathway import SOURCES
from portal.facilitators.services import opportunities, pathway, references, support
from portal.facilitators.services.opportunities import Chat
from portal.facilitators.services.pathway import Record
from portal.facilitators.services.references import Signature
from portal.facilitators.services.support import SlotGiven
from portal.plugin_api import SYSTEM, Actor, Erasure
from tests.factories.accounts import make_person
from tests.factories.pathway import make_beginner, make_interest
from tests.integration.pathway.conftest import NOW, TODAY

pytestmark = pytest.mark.usefixtures("in_context")
TABLES = (
    "pathway_mark",
    "pathway_pause",
    "opportunity_interest",
    "support_slot",
    "adjustment",
    "reference",
)


@pytest.fixture
def kim(session: Session) -> Actor:
    """A coordinator who looks after everybody."""
    person = make_person(session, "Kim").id
    grant_role(session, SYSTEM, person, "coordinator", reason="for a test")
    return Actor(person_id=person)


def take_part(session: Session, name: str, kim: Actor) -> int:
    """Somebody with a row in every table; their id."""
    person, who = make_beginner(session, name), kim.person_id or 0
    own = Actor(person_id=person)
    given = Record(MarkHow.DONE, TODAY)
    pathway.put_down(session, kim, person, "references", given, today=TODAY)
    pathway.pause(session, own, person)
    one = make_interest(session, person, TODAY, title=f"{name} likes it")
    chat = Chat(NOW + timedelta(days=2), who, f"{name}’s house")
    opportunities.name_chat(session, kim, one, chat, agreed=True)
    slot = SlotGiven(SupportKind.DEBRIEF, NOW, 30, TimeCounts.PAID, who, f"{name}’s garden")
    support.plan(session, kim, person, slot)
    support.save_adjustments(session, own, who, f"{name} needs quiet")
    asked = references.ask(session, own, f"{name} moves on", today=TODAY)
    references.sign(session, kim, asked, Signature(f"{name} is kind", "Coordinator"))
    return person


def export(session: Session, person_id: int) -> dict[str, Any]:
    return {source.table: list(source.export(session, person_id)) for source in SOURCES}


def erase(session: Session, person_id: int) -> dict[str, Erasure]:
    done = {source.table: source.erase(session, person_id, "delete") for source in SOURCES}
    session.expire_all()
    return done


def test_everything_is_given_back_and_nothing_of_others(session: Session, kim: Actor) -> None:
    ama, bo = take_part(session, "Ama", kim), take_part(session, "Bo", kim)

    found = export(session, ama)

    assert tuple(table for table, rows in found.items() if rows) == TABLES
    for words in (" likes it", "’s house", "’s garden", " needs quiet", " moves on", " is kind"):
        assert f"Ama{words}" in str(found)
    assert "Bo" not in str(found)
    assert "Ama" not in str(export(session, bo))


def test_erasing_leaves_nothing_of_theirs_and_all_of_others(session: Session, kim: Actor) -> None:
    ama, bo = take_part(session, "Ama", kim), take_part(session, "Bo", kim)
    before = export(session, bo)

    done = erase(session, ama)

    assert [done[table].erased for table in TABLES] == [1] * len(TABLES)
    assert not any(export(session, ama).values())
    assert export(session, bo) == before
    assert not any(one.erased for one in erase(session, ama).values())


def test_whoever_helped_others_is_forgotten_there(session: Session, kim: Actor) -> None:
    take_part(session, "Ama", kim)

    erase(session, kim.person_id or 0)

    for column in (
        PathwayMark.recorded_by_id,
        OpportunityInterest.recorded_by_id,
        OpportunityInterest.chat_with_id,
        SupportSlot.with_id,
        SupportSlot.recorded_by_id,
        Reference.signer_id,
    ):
        assert session.scalars(sa.select(column)).all() == [None]
    (state,) = session.scalars(sa.select(OpportunityInterest.state))
    assert state is InterestState.WAITING
    open_tasks = sa.select(DeskTask.kind).where(DeskTask.state == "open")
    assert "facilitators:interest" in session.scalars(open_tasks).all()
    (signed_as,) = session.scalars(sa.select(Reference.signed_as))
    assert signed_as == "Kim"


def test_what_is_over_is_let_go_after_its_time(session: Session, kim: Actor) -> None:
    ama = take_part(session, "Ama", kim)
    one = session.scalars(sa.select(OpportunityInterest.id)).one()
    opportunities.withdraw(session, Actor(person_id=ama), one)
    keeping = {source.table: source.keeping[0] for source in SOURCES if source.keeping}

    for table in ("opportunity_interest", "support_slot"):
        kept = keeping[table]
        assert session.scalars(kept.due(session, NOW)).all() == []
        due = session.scalars(kept.due(session, NOW + timedelta(seconds=1))).all()
        assert len(due) == 1
        kept.forget(session, due)
        assert session.scalars(kept.due(session, NOW + timedelta(seconds=1))).all() == []
