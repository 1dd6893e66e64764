"""Empty the outbox. Each message is claimed, sent and settled by itself: no transaction is open while the
mail server is spoken to, and a worker that dies takes at most one lease with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.orm import Session

from portal import clock
from portal.db import run_unit
from portal.messages import services
from portal.messages.mailers import Mailer, RefusedError, ServerDownError, TryLaterError
from portal.messages.services import Letter, MaySend

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Tally:
    """What one run did. `server_down` ends a run early: the others wait for the next."""

    sent: int = 0
    postponed: int = 0
    refused: int = 0
    server_down: bool = False


def deliver(mailer: Mailer, may_send: MaySend, *, until: datetime) -> Tally:
    """Send what is due, at least once each, until nothing is or the time is up. Needs an app context."""
    tally = Tally()
    try:
        while clock.now() < until and not tally.server_down:
            letter = run_unit(partial(services.claim, may_send=may_send))
            if letter is None:
                break
            _send(mailer, letter, tally)
    finally:
        mailer.close()
    return tally


def _send(mailer: Mailer, letter: Letter, tally: Tally) -> None:
    try:
        mailer.send(letter)
    except ServerDownError as error:
        tally.server_down = True
        _settle(services.give_back, letter, error)
    except TryLaterError as error:
        tally.postponed += 1
        _settle(services.postpone, letter, error)
    except RefusedError as error:
        tally.refused += 1
        _settle(services.mark_refused, letter, error)
    else:
        tally.sent += 1
        run_unit(partial(services.mark_sent, letter=letter))


def _settle(
    change: Callable[[Session, Letter, str], None], letter: Letter, error: Exception
) -> None:
    log.warning("message_not_sent", message=letter.id, attempt=letter.attempt, error=str(error))
    run_unit(lambda session: change(session, letter, str(error)))
