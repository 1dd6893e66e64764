"""The life of a message: queue, claim, settle, forget. Nothing here talks to a mail server."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.messages.models import LONGEST_ADDRESS, LONGEST_SUBJECT, Message, State
from portal.plugin_api.events import want_job

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

# may_send(session, person_id, address, purpose): asked again at the moment of sending.
MaySend = Callable[[Session, int, str, str], bool]


class InvalidMessageError(ValueError):
    """The message could not be sent to anybody as it stands; nothing was queued."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A claimed message, for the mailer. `attempt` tells one claim of a message from the next."""

    id: int
    attempt: int
    uid: str
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
        person_id=person_id,
        recipient=to,
        subject=subject,
        text=text,
        html=html,
        next_at=now,
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


def claim(session: Session, may_send: MaySend) -> Letter | None:
    """Lease the next message that is due; None when none is.

    A message whose worker died is due again when its lease has passed. One that its person no longer
    wants is ended here, unsent.
    """
    while (message := _next_due(session)) is not None:
        if message.attempts > len(PAUSES):  # each try killed its worker
            _park(message, "the worker ended while sending")
        elif message.person_id is not None and not may_send(
            session, message.person_id, message.recipient, message.purpose
        ):
            _finish(message, "failed", "not wanted any more")
        elif message.text is None:
            _finish(message, "failed", "its words were erased")
        else:
            message.state = "sending"
            message.attempts += 1
            message.leased_until = clock.now() + LEASE
            session.flush()
            return Letter(
                id=message.id,
                attempt=message.attempts,
                uid=message.uid,
                recipient=message.recipient,
                subject=message.subject,
                text=message.text,
                html=message.html,
            )
        session.flush()
    return None


def _next_due(session: Session) -> Message | None:
    now = clock.now()
    return session.scalar(
        sa.select(Message)
        .where(
            sa.or_(
                sa.and_(Message.state == "queued", Message.next_at <= now),
                sa.and_(Message.state == "sending", Message.leased_until <= now),
            )
        )
        .order_by(Message.next_at, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def mark_sent(session: Session, letter: Letter) -> None:
    """The mail server took it. True whoever holds the lease by now."""
    message = session.get(Message, letter.id, with_for_update=True)
    if message is not None and message.state != "sent":
        _finish(message, "sent", "")


def mark_refused(session: Session, letter: Letter, error: str) -> None:
    """The mail server will never take it. `error` holds no personal data."""
    if message := _held(session, letter):
        _finish(message, "failed", error)


def postpone(session: Session, letter: Letter, error: str) -> None:
    """Try again after the next, longer pause; park after the last. `error` holds no personal data."""
    message = _held(session, letter)
    if message is None:
        return
    if letter.attempt > len(PAUSES):
        _park(message, error)
    else:
        _requeue(message, clock.now() + PAUSES[letter.attempt - 1], error)


def give_back(session: Session, letter: Letter, error: str) -> None:
    """The mail server cannot be reached, which is not the message's fault: the try does not count."""
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


def _park(message: Message, error: str) -> None:
    message.state, message.leased_until, message.last_error = "parked", None, error


def _finish(message: Message, state: State, error: str) -> None:
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


def forget(session: Session, *, text_days: int, record_days: int) -> tuple[int, int]:
    """Erase the words and addresses of messages that ended `text_days` ago, and whole rows after
    `record_days`; the numbers of both. What has been parked for `text_days` ends now, unsent.
    """
    now = clock.now()
    session.execute(
        sa.update(Message)
        .where(Message.state == "parked", Message.next_at < now - timedelta(days=text_days))
        .values(state="failed", finished_at=now)
    )
    emptied = session.scalars(
        sa.update(Message)
        .where(Message.finished_at < now - timedelta(days=text_days), Message.text.is_not(None))
        .values(text=None, html=None, recipient="")
        .returning(Message.id)
    ).all()
    removed = session.scalars(
        sa.delete(Message)
        .where(Message.finished_at < now - timedelta(days=record_days))
        .returning(Message.id)
    ).all()
    return len(emptied), len(removed)
