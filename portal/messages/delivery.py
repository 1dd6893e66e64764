"""Empty the outbox. Each message is claimed, sent and settled by itself: no transaction is open while a mail
server or gateway is spoken to, and a worker that dies takes at most one lease with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.orm import Session

from portal import clock
from portal.db import run_unit
from portal.messages.senders import RefusedError, Sender, ServerDownError, TryLaterError
from portal.messages.services import outbox
from portal.messages.services.outbox import Letter
from portal.messages.ways import Ways

log = structlog.get_logger(__name__)
CHANNELS = ("email", "sms")


@dataclass(slots=True)
class Tally:
    """What one run did. `down` are the channels that nobody answered on: theirs wait for the next run."""

    sent: int = 0
    postponed: int = 0
    refused: int = 0
    down: set[str] = field(default_factory=set)


def deliver(senders: Mapping[str, Sender], ways: Ways, *, until: datetime) -> Tally:
    """Send what is due, at least once each, until nothing is or the time is up. Needs an app context.

    `senders` are by channel; messages of a channel without one wait. What a person has to bring becomes a
    task meanwhile.
    """
    tally = Tally()
    closed = set(CHANNELS) - set(senders)
    try:
        while clock.now() < until:
            letter = run_unit(partial(outbox.claim, ways=ways, down=closed | tally.down))
            if letter is None:
                break
            _send(senders[letter.channel], letter, tally)
    finally:
        for sender in senders.values():
            sender.close()
    return tally


def _send(sender: Sender, letter: Letter, tally: Tally) -> None:
    try:
        sender.send(letter)
    except ServerDownError as error:
        tally.down.add(letter.channel)
        _settle(outbox.give_back, letter, error)
    except TryLaterError as error:
        tally.postponed += 1
        _settle(outbox.postpone, letter, error)
    except RefusedError as error:
        tally.refused += 1
        _settle(outbox.mark_refused, letter, error)
    else:
        tally.sent += 1
        run_unit(partial(outbox.mark_sent, letter=letter))


def _settle(
    change: Callable[[Session, Letter, str], None], letter: Letter, error: Exception
) -> None:
    log.warning("message_not_sent", message=letter.id, attempt=letter.attempt, error=str(error))
    run_unit(lambda session: change(session, letter, str(error)))
