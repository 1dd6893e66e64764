"""The life of a message: queue, claim, settle, forget."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from portal import clock
from portal.logs import describe
from portal.messages.models import LONGEST_ADDRESS, LONGEST_SUBJECT, Message, State
from portal.messages.services.routing import Drop, Hand, Leave, Wait, decide
from portal.messages.ways import ByHand, Ways
from portal.plugin_api.dispatch import notice_kinds
from portal.plugin_api.events import want_job
from portal.plugin_api.notices import Contact, Outcome
from portal.plugin_api.types import SYSTEM, Actor

log = structlog.get_logger(__name__)

# The pause after the first, second, … failed try; after the last, the message is parked. Together
# they outlast a weekend day of a broken mail server and the usual greylisting.
PAUSES = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 3 * 60, 6 * 60, 12 * 60, 24 * 60)
)
# Longer than one message can take (a mail server's every answer is awaited 30 s at most).
LEASE = timedelta(minutes=5)
DELIVER = "messages:deliver"  # the job that sends
# While the mail server cannot be reached, one message knocks this often and the others wait.
OUTAGE_PAUSE = timedelta(minutes=1)

# One bare address. Quoted names before the "@" are legal, unheard of, and a way to smuggle; so refused.
_ADDRESS = re.compile(r"""[^\s@<>()\[\],;:\\"]{1,64}@[^\s@<>()\[\],;:\\"]+""")


class InvalidMessageError(ValueError):
    """The message could not be sent to anybody as it stands; nothing was queued."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A claimed message, to be sent. `attempt` tells one claim of a message from the next.

    `uid` is the same at every try. `recipient` is an address, or a number such as +447700900123.
    """

    id: int
    attempt: int
    uid: str
    channel: Literal["email", "sms"]
    recipient: str
    subject: str
    text: str
    html: str | None


def queue(
    session: Session,
    *,
    to: str,
    subject: str,
    text: str,
    purpose: str,
    html: str | None = None,
    person_id: int | None = None,
) -> Message:
    """Put a message to one address into the outbox, in the caller's transaction, flushed.

    `purpose` is `room:thing`, such as `accounts:confirm`: it decides about consent, and is never shown.

    Raises:
        InvalidMessageError: more or less than one address, or a line break in a header.
    """
    _check_header("purpose", purpose, 60)
    _check_header("subject", subject, LONGEST_SUBJECT)
    _check_header("address", to, LONGEST_ADDRESS)
    _check_address(to)
    if not text.strip():
        raise InvalidMessageError("a message needs its words as plain text")
    now = clock.now()
    message = Message(
        uid=str(uuid.uuid4()),
        purpose=purpose,
        channel="email",
        person_id=person_id,
        recipient=to,
        subject=subject,
        text=text,
        html=html,
        next_at=now,
        due_at=now,
        created_at=now,
    )
    session.add(message)
    session.flush()
    want_job(session, DELIVER)
    return message


def _check_header(name: str, value: str, longest: int) -> None:
    if not value or len(value) > longest or not value.isprintable():
        raise InvalidMessageError(f"the {name} must be one line of 1 to {longest} characters")


def _check_address(address: str) -> None:
    if not _ADDRESS.fullmatch(address):
        raise InvalidMessageError("that is not one e-mail address")


def claim(session: Session, ways: Ways, *, down: Collection[str] = frozenset()) -> Letter | None:
    """Lease the next message that is due and not for a channel that is `down`; None when none is.

    A message whose worker died is due again when its lease has passed. One that its person no longer
    wants is ended here, unsent; a notice that no machine can bring becomes a task here.
    """
    while (message := _next_due(session, down)) is not None:
        letter = _begin(session, message, ways, down)
        session.flush()
        if letter is not None:
            return letter
    return None


def _next_due(session: Session, down: Collection[str]) -> Message | None:
    now = clock.now()
    return session.scalar(
        sa.select(Message)
        .where(
            sa.or_(
                sa.and_(Message.state == "queued", Message.next_at <= now),
                sa.and_(Message.state == "sending", Message.leased_until <= now),
            ),
            *((Message.channel.not_in(sorted(down)),) if down else ()),
        )
        .order_by(Message.next_at, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _begin(session: Session, message: Message, ways: Ways, down: Collection[str]) -> Letter | None:
    if message.attempts > len(PAUSES):  # each try killed its worker
        _give_up(message, "the worker ended while sending")
    elif message.key is not None:
        return _begin_notice(session, message, ways, down)
    elif message.person_id is not None and not ways.book.may_send(
        session, message.person_id, message.recipient, message.purpose
    ):
        finish(message, "failed", "not wanted any more")
    elif message.text is None:
        finish(message, "failed", "its words were erased")
    else:
        return _lease(message)
    return None


def _begin_notice(
    session: Session, message: Message, ways: Ways, down: Collection[str]
) -> Letter | None:
    try:
        decision = decide(session, message, ways)
    except Exception as error:  # noqa: BLE001 - a kind's own code: its fault must not keep the others
        log.error("notice_not_composed", purpose=message.purpose, **describe(error))
        message.attempts += 1
        _postpone(message, type(error).__name__[:100], park=True)
        return None
    match decision:
        case Drop(why):
            finish(message, "dropped", why)
        case Wait(until, why):
            _requeue(message, until, why)
            message.due_at = until
        case Hand(why):
            _hand_over(session, message, ways, why)
        case Leave(channel) if channel in down:
            message.channel = channel
            _requeue(message, message.next_at, message.last_error)
        case Leave(channel, recipient, subject, text, html):
            message.channel, message.recipient = channel, recipient
            message.subject, message.text, message.html = subject, text, html
            return _lease(message)
    return None


def _hand_over(session: Session, message: Message, ways: Ways, why: str) -> None:
    assert message.person_id is not None  # noqa: S101 - who cannot be reached by hand was dropped
    message.state, message.channel, message.attempts = "by_hand", "hand", 0
    message.leased_until = message.text = message.html = None
    message.recipient = message.subject = ""
    session.flush()
    kind = notice_kinds(session)[message.purpose]
    ways.hands.take(
        session,
        ByHand(
            uid=message.uid,
            person_id=message.person_id,
            purpose=message.purpose,
            title=kind.title,
            why=why,
            expires_at=message.expires_at,
        ),
    )
    _note(session, message, "hand", "handed_over")


def _lease(message: Message) -> Letter:
    message.state = "sending"
    message.attempts += 1
    message.leased_until = clock.now() + LEASE
    return Letter(
        id=message.id,
        attempt=message.attempts,
        uid=message.uid,
        channel="sms" if message.channel == "sms" else "email",
        recipient=message.recipient,
        subject=message.subject,
        text=message.text or "",
        html=message.html,
    )


def mark_sent(session: Session, letter: Letter) -> None:
    """The mail server took it. True whoever holds the lease by now."""
    message = session.get(Message, letter.id, with_for_update=True)
    if message is not None and message.state != "sent":
        finish(message, "sent", "")
        session.flush()
        _note(session, message, letter.channel, "sent")


def _note(
    session: Session, message: Message, by: Literal["email", "sms", "hand"], outcome: Outcome
) -> None:
    """Let the kind of a notice know. It is done, whatever goes wrong with that."""
    try:
        with session.begin_nested():
            note_contact(session, message, by, outcome)
    except Exception as error:  # noqa: BLE001 - a kind's own code
        log.error("contact_not_noted", purpose=message.purpose, **describe(error))


def note_contact(
    session: Session,
    message: Message,
    by: Literal["email", "sms", "hand"],
    outcome: Outcome,
    *,
    tries: int = 0,
    actor: Actor = SYSTEM,
) -> None:
    """Call the `on_contact` of a notice's kind, if it has one."""
    kind = notice_kinds(session).get(message.purpose)
    if kind is None or kind.on_contact is None or message.key is None or message.person_id is None:
        return
    contact = Contact(
        person_id=message.person_id,
        key=message.key,
        about=message.about or {},
        at=clock.now(),
        by=by,
        outcome=outcome,
        tries=tries,
        actor_id=actor.person_id,
    )
    kind.on_contact(session, contact)
    session.flush()


def mark_refused(session: Session, letter: Letter, error: str) -> None:
    """It will never be taken there; a notice then goes by hand. `error` holds no personal data."""
    message = _held(session, letter)
    if message is None:
        return
    if message.key is None:
        finish(message, "failed", error)
    else:
        _give_up(message, error)


def postpone(session: Session, letter: Letter, error: str) -> None:
    """Try again after the next, longer pause; give up after the last. `error` holds no personal data."""
    if message := _held(session, letter):
        _postpone(message, error, park=False)


def _postpone(message: Message, error: str, *, park: bool) -> None:
    if message.attempts <= len(PAUSES):
        _requeue(message, clock.now() + PAUSES[message.attempts - 1], error)
    elif park:
        _park(message, error)
    else:
        _give_up(message, error)


def give_back(session: Session, letter: Letter, error: str) -> None:
    """Nobody answers at the other end, which is not the message's fault: the try does not count."""
    if message := _held(session, letter):
        message.attempts -= 1
        _requeue(message, clock.now() + OUTAGE_PAUSE, error)


def _held(session: Session, letter: Letter) -> Message | None:
    """The message, while this claim of it is the last one."""
    message = session.get(Message, letter.id, with_for_update=True)
    if message is None or message.state != "sending" or message.attempts != letter.attempt:
        return None
    return message


def _requeue(message: Message, next_at: datetime, error: str) -> None:
    message.state, message.leased_until = "queued", None
    message.next_at, message.last_error = next_at, error


def _give_up(message: Message, error: str) -> None:
    """No machine brings it: a person does, for a notice; an administrator may try the others again."""
    if message.key is None:
        _park(message, error)
    else:
        message.channel, message.attempts = "hand", 0
        _requeue(message, clock.now(), error)


def _park(message: Message, error: str) -> None:
    message.state, message.leased_until, message.last_error = "parked", None, error


def finish(message: Message, state: State, error: str) -> None:
    """End a message."""
    message.state, message.leased_until, message.last_error = state, None, error
    message.finished_at = clock.now()


def retry(session: Session) -> int:
    """Queue every parked message again, with all its tries; the number queued."""
    messages = session.scalars(sa.select(Message).where(Message.state == "parked")).all()
    for message in messages:
        message.attempts = 0
        _requeue(message, clock.now(), "")
    session.flush()
    return len(messages)


def parked_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's signature
    """The ids of messages that nobody has tried again since then."""
    return sa.select(Message.id).where(Message.state == "parked", Message.next_at < before)


def give_up_parked(session: Session, ids: Sequence[int]) -> None:
    """They end now, unsent."""
    ended = sa.update(Message).where(Message.id.in_(ids), Message.state == "parked")
    session.execute(ended.values(state="failed", finished_at=clock.now()))


def with_words_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's signature
    """The ids of messages that ended before then and still have their words."""
    return sa.select(Message.id).where(Message.finished_at < before, Message.text.is_not(None))


def forget_words(session: Session, ids: Sequence[int]) -> None:
    """Erase the words and the address; that something was sent stays."""
    emptied = sa.update(Message).where(Message.id.in_(ids))
    session.execute(emptied.values(text=None, html=None, recipient=""))


def ended_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's signature
    """The ids of messages that ended before then."""
    return sa.select(Message.id).where(Message.finished_at < before)


def forget(session: Session, ids: Sequence[int]) -> None:
    """Delete these."""
    session.execute(sa.delete(Message).where(Message.id.in_(ids)))
