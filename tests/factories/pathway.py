"""People on the way to leading, opportunities and interests: made past the pages, with sensible values."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.facilitators.models import MarkHow, OpportunityKind
from portal.facilitators.queries.steps import steps
from portal.facilitators.services import opportunities, pathway
from portal.facilitators.services.opportunities import Chat, OpportunityWords
from portal.facilitators.services.pathway import Record
from portal.plugin_api import SYSTEM, Actor
from tests.factories.accounts import make_person

WORDS = OpportunityWords(
    kind=OpportunityKind.SESSIONAL,
    title="Lead sessions as a peer",
    what="You lead a course with somebody else.",
    hours="You say how many.",
    support="Somebody is beside you.",
    money="£22 an hour.",
    leads=False,
    last_day=None,
)


def make_opportunity(session: Session, *, published: bool = True, **values: Any) -> int:
    """An opportunity, on the board unless that is not wanted; its id."""
    fields = {name: getattr(WORDS, name) for name in OpportunityWords.__dataclass_fields__}
    made = opportunities.create(session, SYSTEM, OpportunityWords(**{**fields, **values}))
    if published:
        opportunities.publish(session, SYSTEM, made)
    return made


def make_interest(session: Session, person_id: int, today: date, **values: Any) -> int:
    """Somebody who likes an opportunity; the interest's id."""
    made = make_opportunity(session, **values)
    return opportunities.like(session, Actor(person_id=person_id), made, person_id, today=today)


def name_chat(session: Session, interest_id: int, at: datetime, *, agreed: bool = False) -> None:
    """Somebody called Kim wants to talk then."""
    chat = Chat(at, make_person(session, "Kim").id, "Quay House")
    opportunities.name_chat(session, SYSTEM, interest_id, chat, agreed=agreed)


def make_beginner(session: Session, name: str = "Ama", *, person_id: int | None = None) -> int:
    """Somebody who is interested in leading; their id."""
    person = person_id or make_person(session, name).id
    pathway.begin(session, SYSTEM, person)
    return person


def put_down(
    session: Session,
    person_id: int,
    key: str,
    today: date,
    how: MarkHow = MarkHow.DONE,
    **values: Any,
) -> int:
    """A step is behind somebody; the mark's id."""
    given = Record(how, values.pop("on_day", today), **values)
    return pathway.put_down(session, SYSTEM, person_id, key, given, today=today)


def put_all_down(session: Session, person_id: int, today: date) -> None:
    """Every step is behind somebody."""
    for step in steps(session):
        put_down(session, person_id, step.key, today, MarkHow.NOT_NEEDED)
