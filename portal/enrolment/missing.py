"""First sessions that were missed: looked up again and again, so that marks from paper and corrected marks
count whenever they come in. Each place is a unit of its own: a run that is busy keeps nobody else waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from portal import clock
from portal.db import run_unit
from portal.enrolment.queries.missed_first import waited_in_vain, were_there
from portal.enrolment.services import missed_first
from portal.plugin_api import EventContext, Job
from portal.plugin_api.events import PlaceTaken

EVERY = timedelta(minutes=5)


def follow(session: Session) -> None:
    """Take up what was missed, take back what was not, and keep places where there are dates now.

    A place that cannot be dealt with now is tried again; the others go on, then the job fails visibly.
    """
    now = clock.now()
    new = missed_first.new_ones(session, now)
    back = list(were_there(session))
    in_vain = [one.id for one in waited_in_vain(session)]
    session.rollback()  # each in its own unit
    work: list[Callable[[Session], object]] = [
        partial(missed_first.take_back, missed_id=one, at=now) for one in back
    ]
    work += [
        partial(missed_first.take_up, enrolment_id=place, first=first, at=now)
        for place, first in new
    ]
    work += [partial(missed_first.keep_again, missed_id=one, at=now) for one in in_vain]
    work.append(partial(missed_first.keep_for_those_who_look, at=now))
    errors: list[Exception] = []
    for one in work:
        try:
            run_unit(one)
        except Exception as error:  # noqa: BLE001 - raised below, once the others have had their turn
            errors.append(error)
    if errors:
        raise errors[0]


def place_taken(session: Session, event: PlaceTaken, context: EventContext) -> None:
    """Somebody may have moved on to a later run of what they missed."""
    missed_first.settle(session, event.enrolment_id, at=context.at)


HANDLERS = ((PlaceTaken, place_taken),)
JOBS = (Job("enrolment-missed-first", EVERY, follow),)
