"""Repeated work and what follows from events. Every run is a unit of its own, so nobody waits for all."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from portal import clock
from portal.db import run_unit
from portal.enrolment.queries.blocks import over_at
from portal.enrolment.queries.pauses import open_pauses
from portal.enrolment.queries.waiting import runs_to_look_at
from portal.enrolment.services import blocks, pauses, seats
from portal.plugin_api import EventContext, Job
from portal.plugin_api.events import (
    LimitsChanged,
    RunChanged,
    SessionCancelled,
    SessionMoved,
)


def hand_on(session: Session) -> None:
    """Lapse what is over, hand on what is free, end holds: whatever nobody's click has done yet.

    A run that is busy or faulty keeps nobody else waiting: the others go on, then the job fails visibly.
    """
    now = clock.now()
    run_ids = runs_to_look_at(session)
    session.rollback()  # each run in its own unit: nobody waits for the others' locks
    first: Exception | None = None
    for run_id in run_ids:

        def refresh(unit: Session, run_id: int = run_id) -> None:
            seats.refresh(unit, run_id, at=now)

        try:
            run_unit(refresh)
        except Exception as error:  # noqa: BLE001 - raised below, once the others have had their turn
            first = first or error
    if first is not None:
        raise first


def end_blocks(session: Session) -> None:
    """Tell whoever can take places again. That they can, the clock has said already."""
    now = clock.now()
    for block_id in over_at(session, now):
        blocks.settle_over(session, block_id, at=now)


def tend_pauses(session: Session) -> None:
    """Sessions that were moved into a break are excused; whoever's break is over is told, and asked again."""
    now = clock.now()
    for pause_id in open_pauses(session):
        pauses.tend(session, pause_id, at=now)


def places_of_changed_run(session: Session, event: RunChanged, context: EventContext) -> None:
    """Other caps, another venue; held, or cancelled."""
    if event.state in ("finished", "cancelled"):
        completed = event.state == "finished"
        seats.end_run(session, event.run_id, completed=completed, at=context.at)
    else:
        seats.refresh(session, event.run_id, at=clock.now(), changed=True)


def limits_changed(
    session: Session,
    event: SessionMoved | SessionCancelled | LimitsChanged,
    context: EventContext,  # noqa: ARG001
) -> None:
    """Another room may be larger, the smallest may be gone, and whoever leads needs a chair."""
    seats.refresh(session, event.run_id, at=clock.now(), changed=True)


HANDLERS = (
    (RunChanged, places_of_changed_run),
    (SessionMoved, limits_changed),
    (SessionCancelled, limits_changed),
    (LimitsChanged, limits_changed),
)
JOBS = (
    Job("enrolment-hand-on", timedelta(minutes=1), hand_on),
    Job("enrolment-end-blocks", timedelta(minutes=15), end_blocks),
    Job("enrolment-tend-pauses", timedelta(minutes=15), tend_pauses),
)
