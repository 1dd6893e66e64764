"""Repeated work: deliver every minute, look again at what waits for hands."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from portal import clock
from portal.db import run_unit
from portal.messages.delivery import deliver
from portal.messages.services.notices import recheck
from portal.messages.setup import messages_of_app
from portal.plugin_api import Job

_RUN = timedelta(minutes=4)
_TIMEOUT = timedelta(minutes=8)  # the run, and one slow message more


def deliver_due(session: Session) -> None:  # noqa: ARG001 - nothing is kept open while mail is sent
    """Send what is due, each message in units of its own."""
    room = messages_of_app()
    deliver(room.senders(), room.ways(), until=clock.now() + _RUN)


def recheck_by_hand(session: Session) -> None:  # noqa: ARG001 - each page of them in a unit of its own
    """Close the tasks of notices that are not true any more."""
    ways = messages_of_app().ways()
    after = run_unit(partial(recheck, ways=ways))
    while after:
        after = run_unit(partial(recheck, ways=ways, after=after))


JOBS = (
    Job(name="deliver", every=timedelta(minutes=1), run=deliver_due, timeout=_TIMEOUT),
    Job(name="recheck", every=timedelta(minutes=15), run=recheck_by_hand),
)
