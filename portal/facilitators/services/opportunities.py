"""The board: what is on it, who likes it, and the informal chat that follows. Never a test of anybody."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import AgreedHow
from portal.audit.api import record
from portal.desk.api import close_task, open_task, working_day_after
from portal.facilitators.models import (
    ChangedKind,
    InterestState,
    Opportunity,
    OpportunityInterest,
    OpportunityKind,
)
from portal.facilitators.queries.opportunities import is_open
from portal.facilitators.services import pathway, pathway_telling
from portal.facilitators.services.errors import MissingRecordError, RefusedError
from portal.facilitators.services.history import differences, note
from portal.plugin_api import Actor
from portal.plugin_api.dispatch import setting

CHAT_DAYS = "facilitators:chat_days"
INTEREST_TASK = "facilitators:interest"
OPEN = frozenset({InterestState.WAITING, InterestState.PROPOSED, InterestState.AGREED})


@dataclass(frozen=True, slots=True)
class OpportunityWords:
    """What somebody writes about an opportunity."""

    kind: OpportunityKind
    title: str
    what: str
    hours: str
    support: str
    money: str
    leads: bool
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Chat:
    """A time for an informal chat: when, with whom, and where or on which number."""

    at: datetime
    with_id: int
    place: str


def create(session: Session, actor: Actor, words: OpportunityWords) -> int:
    """A new opportunity, which nobody sees yet; its id."""
    one = Opportunity(**asdict(words))
    session.add(one)
    session.flush()
    note(session, actor, ChangedKind.OPPORTUNITY, one.id, "created")
    return one.id


def change(
    session: Session, actor: Actor, opportunity_id: int, words: OpportunityWords, *, version: int
) -> None:
    """Other words for one, from the version that the actor saw.

    Raises:
        MissingRecordError: there is none.
        RefusedError: somebody has changed it meanwhile.
    """
    one = _locked(session, opportunity_id)
    if one.version != version:
        raise RefusedError(
            _l("Somebody else has changed this meanwhile. Look at it again, then save.")
        )
    changes = differences(one, asdict(words))
    for name, value in asdict(words).items():
        setattr(one, name, value)
    one.version += 1
    session.flush()
    if changes:
        note(session, actor, ChangedKind.OPPORTUNITY, one.id, "changed", changes)


def publish(session: Session, actor: Actor, opportunity_id: int) -> None:
    """Put it on the board, for the first time or again.

    Raises:
        MissingRecordError: there is none.
    """
    one = _locked(session, opportunity_id)
    if one.published_at is None or one.closed_at is not None:
        one.published_at, one.closed_at = clock.now(), None
        session.flush()
        note(session, actor, ChangedKind.OPPORTUNITY, one.id, "published")


def close(session: Session, actor: Actor, opportunity_id: int) -> None:
    """Take it off the board. Whoever likes it already still has their chat.

    Raises:
        MissingRecordError: there is none.
    """
    one = _locked(session, opportunity_id)
    if one.published_at is not None and one.closed_at is None:
        one.closed_at = clock.now()
        session.flush()
        note(session, actor, ChangedKind.OPPORTUNITY, one.id, "closed")


def like(
    session: Session,
    actor: Actor,
    opportunity_id: int,
    person_id: int,
    *,
    today: date,
    how: AgreedHow = AgreedHow.THEMSELVES,
) -> int:
    """Somebody is interested; the interest's id. Twice is once. For leading, their pathway begins.

    Raises:
        MissingRecordError: there is no such opportunity.
        RefusedError: it is not on the board any more.
    """
    one = _locked(session, opportunity_id)
    standing = session.scalar(
        sa.select(OpportunityInterest).where(
            OpportunityInterest.opportunity_id == opportunity_id,
            OpportunityInterest.person_id == person_id,
        )
    )
    if standing is not None and standing.state in OPEN:
        return standing.id
    if not is_open(one, today):
        raise RefusedError(_l("This is not on the board any more. Look at what else there is."))
    interest = standing or OpportunityInterest(
        opportunity_id=opportunity_id, person_id=person_id, round=0
    )
    interest.state, interest.how, interest.said_at = InterestState.WAITING, how, clock.now()
    interest.recorded_by_id = None if actor.person_id == person_id else actor.person_id
    interest.words, interest.ended_at = "", None
    session.add(interest)
    session.flush()
    _note_interest(session, actor, interest, "liked", {"how": how.value})
    if one.leads:
        pathway.begin(session, actor, person_id)
    _ask_for_chat(session, interest, today)
    return interest.id


def name_chat(
    session: Session, actor: Actor, interest_id: int, chat: Chat, *, agreed: bool
) -> None:
    """Name a time for the chat. `agreed`: they said already that it suits them; else they are asked.

    Raises:
        MissingRecordError: there is no such interest.
        RefusedError: it has ended, or the time is over.
    """
    interest = _open_interest(session, interest_id)
    if chat.at <= clock.now():
        raise RefusedError(_l("Give a day and a time that are still to come"), "on_day")
    pathway_telling.chat_settled(session, interest)
    interest.state = InterestState.AGREED if agreed else InterestState.PROPOSED
    interest.chat_at, interest.chat_with_id = chat.at, chat.with_id
    interest.chat_place, interest.words = chat.place, ""
    interest.round += 1
    session.flush()
    _note_interest(session, actor, interest, "chat_named", {"with": chat.with_id, "agreed": agreed})
    close_task(session, task_key(interest_id))
    pathway_telling.chat_named(session, interest)


def agree(session: Session, actor: Actor, interest_id: int, round_number: int) -> bool:
    """The time that was named in that round suits them. False when another was named meanwhile.

    Raises:
        MissingRecordError: it is not theirs.
        RefusedError: it has ended.
    """
    interest = _own(session, actor, interest_id)
    if interest.state is InterestState.AGREED:
        return True
    if interest.state is not InterestState.PROPOSED or interest.round != round_number:
        return False
    interest.state = InterestState.AGREED
    session.flush()
    _note_interest(session, actor, interest, "chat_agreed")
    return True


def another_time(
    session: Session, actor: Actor, interest_id: int, words: str, *, today: date
) -> None:
    """The time does not suit them; `words` may say what would. Somebody names another.

    Raises:
        MissingRecordError: it is not theirs.
        RefusedError: it has ended.
    """
    interest = _own(session, actor, interest_id)
    pathway_telling.chat_settled(session, interest)
    interest.state, interest.words = InterestState.WAITING, words.strip()
    session.flush()
    _note_interest(session, actor, interest, "another_time")
    _ask_for_chat(session, interest, today)


def withdraw(session: Session, actor: Actor, interest_id: int) -> None:
    """They changed their mind. Nobody asks why; said twice, it is said.

    Raises:
        MissingRecordError: it is not theirs.
    """
    interest = _locked_interest(session, interest_id)
    if interest.person_id != actor.person_id:
        raise MissingRecordError(interest_id)
    if interest.state in OPEN:
        _end(session, actor, interest, InterestState.WITHDRAWN)


def settle(session: Session, actor: Actor, interest_id: int, state: InterestState) -> None:
    """What came of it, as both agreed: they go on with it, or not now; or they withdrew by telling somebody.

    Raises:
        MissingRecordError: there is no such interest.
        RefusedError: it has ended, or that is no end.
    """
    interest = _open_interest(session, interest_id)
    if state in OPEN:
        raise RefusedError(_l("Choose what came of it"), "outcome")
    _end(session, actor, interest, state)


def lose_talker(session: Session, person_id: int, *, today: date) -> None:
    """Somebody who was to talk with people is gone: those talks wait for another name."""
    for interest in session.scalars(
        sa.select(OpportunityInterest)
        .where(OpportunityInterest.chat_with_id == person_id)
        .order_by(OpportunityInterest.id)
    ).all():
        if interest.state in {InterestState.PROPOSED, InterestState.AGREED}:
            pathway_telling.chat_settled(session, interest)
            interest.state, interest.chat_at, interest.chat_place = InterestState.WAITING, None, ""
            interest.chat_with_id = None
            session.flush()
            _ask_for_chat(session, interest, today)
        interest.chat_with_id = None
    session.flush()


def task_key(interest_id: int) -> str:
    """The key of the desk's task to name a time."""
    return f"{INTEREST_TASK}:{interest_id}"


def chat_by(session: Session, day: date) -> date:
    """The day by which somebody is in touch with whoever says on that day that they like something."""
    return working_day_after(day, int(setting(session, CHAT_DAYS)))


def _ask_for_chat(session: Session, interest: OpportunityInterest, today: date) -> None:
    open_task(
        session,
        kind=INTEREST_TASK,
        key=task_key(interest.id),
        due=chat_by(session, today),
        about={"interest": interest.id},
        person_id=interest.person_id,
        link=f"/manage/opportunities/interests/{interest.id}",
    )


def _end(
    session: Session, actor: Actor, interest: OpportunityInterest, state: InterestState
) -> None:
    pathway_telling.chat_settled(session, interest)
    interest.state, interest.ended_at = state, clock.now()
    session.flush()
    _note_interest(session, actor, interest, state.value)
    close_task(session, task_key(interest.id))


def _locked(session: Session, opportunity_id: int) -> Opportunity:
    found = session.scalar(
        sa.select(Opportunity)
        .where(Opportunity.id == opportunity_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise MissingRecordError(opportunity_id)
    return found


def _locked_interest(session: Session, interest_id: int) -> OpportunityInterest:
    found = session.scalar(
        sa.select(OpportunityInterest)
        .where(OpportunityInterest.id == interest_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise MissingRecordError(interest_id)
    return found


def _open_interest(session: Session, interest_id: int) -> OpportunityInterest:
    interest = _locked_interest(session, interest_id)
    if interest.state not in OPEN:
        raise RefusedError(_l("This has ended meanwhile. Look at it again."))
    return interest


def _own(session: Session, actor: Actor, interest_id: int) -> OpportunityInterest:
    interest = _locked_interest(session, interest_id)
    if interest.person_id != actor.person_id:
        raise MissingRecordError(interest_id)
    if interest.state not in OPEN:
        raise RefusedError(_l("This has ended meanwhile. Look at it again."))
    return interest


def _note_interest(
    session: Session,
    actor: Actor,
    interest: OpportunityInterest,
    action: str,
    details: dict[str, object] | None = None,
) -> None:
    record(
        session,
        actor,
        f"facilitators:interest:{action}",
        ("person", interest.person_id),
        details={"interest": interest.id, **(details or {})},
    )
