"""Notices: told by their meaning, once for each key; suppressed; brought by hand."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from portal import clock
from portal.db import insert_once
from portal.logs import describe
from portal.messages.models import LONGEST_KEY, Message
from portal.messages.services.outbox import DELIVER, finish, note_contact
from portal.messages.services.routing import PAUSED, Drop, compose, decide, find_reach
from portal.messages.ways import Hands, Reach, Ways
from portal.plugin_api.dispatch import notice_kinds, setting
from portal.plugin_api.events import want_job
from portal.plugin_api.notices import About, NoticeKind, NoticeWords, Outcome
from portal.plugin_api.types import Actor

log = structlog.get_logger(__name__)
REMINDER_HOURS = "messages:reminder_hours"
_SENT = ("sent", "sending")  # what is on its way cannot be called back
_RECHECKED = 200  # in one transaction
_KEYS_AT_ONCE = 1000  # a database takes only so many values in one question


class UnknownNoticeError(KeyError):
    """No room or plugin declares this kind of notice."""


@dataclass(frozen=True, slots=True)
class HandWords:
    """A notice to be brought by hand, as it stands now. `words` is None when it is no longer needed."""

    person_id: int
    kind: NoticeKind
    about: About
    reach: Reach | None
    words: NoticeWords | None


def wake(session: Session, person_id: int) -> None:
    """What waited because somebody had paused their account is looked at now."""
    now = clock.now()
    woken = session.scalars(
        sa.update(Message)
        .where(
            Message.person_id == person_id,
            Message.state == "queued",
            Message.last_error == PAUSED,
        )
        .values(next_at=now, due_at=now, last_error="")
        .returning(Message.id)
    ).all()
    if woken:
        want_job(session, DELIVER)


def tell(
    session: Session,
    person_id: int,
    purpose: str,
    about: About,
    *,
    key: str,
    concerning: str = "",
    not_before: datetime | None = None,
    expires: datetime | None = None,
) -> bool:
    """Put a notice into the outbox, in the caller's transaction. False when the key is there already.

    Raises:
        UnknownNoticeError: no room or plugin declares the purpose.
        ValueError: the key is empty or too long.
    """
    if purpose not in notice_kinds(session):
        raise UnknownNoticeError(purpose)
    if not 0 < len(key) <= LONGEST_KEY:
        raise ValueError(f"the key of a notice has 1 to {LONGEST_KEY} letters")
    now = clock.now()
    due = max(now, not_before) if not_before else now
    new = insert_once(
        session,
        Message,
        uid=str(uuid.uuid4()),
        purpose=purpose,
        key=key,
        about=dict(about),
        concerning=concerning,
        person_id=person_id,
        channel="",
        recipient="",
        subject="",
        state="queued",
        attempts=0,
        next_at=due,
        due_at=due,
        expires_at=expires,
        last_error="",
        created_at=now,
    )
    if new and due <= now:
        want_job(session, DELIVER)
    return new


def suppress(
    session: Session,
    hands: Hands,
    *,
    purpose: str,
    concerning: str = "",
    person_id: int | None = None,
    key: str = "",
) -> list[int]:
    """Take back the notices that have not left; the ids of the people who will not get them.

    One that is just being sent cannot be called back: `told_of` counts it.
    """
    chosen = [Message.purpose == purpose, Message.key.is_not(None)]
    if concerning:
        chosen.append(Message.concerning == concerning)
    if person_id is not None:
        chosen.append(Message.person_id == person_id)
    if key:
        chosen.append(Message.key == key)
    if len(chosen) == 2:
        raise ValueError("say which notices: what they concern, whose they are, or their key")
    session.flush()
    by_hand = session.scalars(
        sa.select(Message.uid).where(*chosen, Message.state == "by_hand")
    ).all()
    gone = session.scalars(
        sa.update(Message)
        .where(*chosen, Message.state.in_(("queued", "by_hand", "parked")))
        .values(state="dropped", last_error="taken back", finished_at=clock.now())
        .returning(Message.person_id)
        .execution_options(synchronize_session=False)
    ).all()
    session.expire_all()
    for uid in by_hand:
        hands.drop(session, uid)
    return sorted(one for one in gone if one is not None)


def told_of(session: Session, *, purpose: str, concerning: str) -> frozenset[int]:
    """Whoever was told, by whichever way, or is being told at this moment."""
    return frozenset(
        one
        for one in session.scalars(
            sa.select(Message.person_id).where(
                Message.concerning == concerning,
                Message.purpose == purpose,
                Message.state.in_(_SENT),
            )
        )
        if one is not None
    )


def was_told(session: Session, key: str) -> bool:
    """Whether the notice of that key has left, or is leaving at this moment."""
    found = sa.select(Message.id).where(Message.key == key, Message.state.in_(_SENT))
    return session.scalar(found) is not None


def remind_at(session: Session, starts_at: datetime, zone: str) -> datetime | None:
    """When to remind of what begins then: the hours of the settings earlier on the clock on the wall.

    None when reminders are off. A moment that the clocks jump over is the one right after.
    """
    hours = int(setting(session, REMINDER_HOURS))
    return clock.wall_hours_before(starts_at, hours, zone) if hours > 0 else None


def known_keys(session: Session, keys: Collection[str]) -> frozenset[str]:
    """Those of the keys under which a notice was told, whatever became of it."""
    asked, found = sorted(set(keys)), set[str]()
    for start in range(0, len(asked), _KEYS_AT_ONCE):
        some = asked[start : start + _KEYS_AT_ONCE]
        rows = session.scalars(sa.select(Message.key).where(Message.key.in_(some)))
        found.update(key for key in rows if key is not None)
    return frozenset(found)


def hand_words(session: Session, uid: str, ways: Ways) -> HandWords | None:
    """What to say now for a notice that is to be brought by hand; None when there is no such notice.

    The state, the words, the language and the routes are those of this moment.
    """
    message = session.scalar(sa.select(Message).where(Message.uid == uid))
    kind = notice_kinds(session).get(message.purpose) if message else None
    if message is None or kind is None or message.person_id is None:
        return None
    reach = find_reach(session, message, ways)
    late = message.expires_at is not None and message.expires_at <= clock.now()
    needed = message.state == "by_hand" and not late and reach is not None
    words = compose(session, kind, message, reach, ways) if needed and reach else None
    return HandWords(message.person_id, kind, message.about or {}, reach, words)


def log_contact(session: Session, actor: Actor, uid: str, outcome: Outcome) -> bool:
    """Note what came of a try to bring a notice by hand; True when it is told now.

    A notice that is not waiting for hands is left as it is.
    """
    message = session.scalar(
        sa.select(Message).where(Message.uid == uid, Message.state == "by_hand").with_for_update()
    )
    if message is None:
        return True
    message.attempts += 1
    told = outcome != "no_answer"
    if told:
        finish(message, "sent", "")
    session.flush()
    note_contact(session, message, "hand", outcome, tries=message.attempts, actor=actor)
    return told


def give_up(session: Session, uid: str) -> None:
    """A person found that the notice need not be brought any more."""
    message = session.scalar(
        sa.select(Message).where(Message.uid == uid, Message.state == "by_hand").with_for_update()
    )
    if message is not None:
        finish(message, "dropped", "not needed")
        session.flush()


def recheck(session: Session, ways: Ways, *, after: int = 0) -> int:
    """Drop what waits for hands and is not to be told any more: their tasks close.

    Looks at a page of notices with ids beyond `after`. Returns the last id it looked at, 0 at the end. A kind
    whose words cannot be made now keeps its tasks.
    """
    waiting = sa.select(Message).where(Message.state == "by_hand", Message.id > after)
    page = session.scalars(waiting.order_by(Message.id).limit(_RECHECKED)).all()
    for message in page:
        try:
            decision = decide(session, message, ways)
        except Exception as error:  # noqa: BLE001 - a kind's own code: its fault must not keep the others
            log.error("notice_not_composed", purpose=message.purpose, **describe(error))
            continue
        if isinstance(decision, Drop):
            finish(message, "dropped", decision.why)
            session.flush()
            ways.hands.drop(session, message.uid)
    return page[-1].id if page else 0
