"""The pathway: who wants to lead, how far they are, who rests, who leaves. Nobody is asked why."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.api import record
from portal.courses.api import leads_from, unassign
from portal.db import insert_once
from portal.facilitators.models import (
    AskState,
    Clearance,
    ClearanceKind,
    Facilitator,
    LeadAsk,
    Stage,
)
from portal.facilitators.policies import MAX_A_WEEK, OWN_STEPS, STEPS
from portal.facilitators.services import telling
from portal.facilitators.services.errors import MissingRecordError, RefusedError
from portal.plugin_api import Actor, Veto, publish
from portal.plugin_api.dispatch import setting
from portal.plugin_api.events import FacilitatorLeft


def begin(session: Session, actor: Actor, person_id: int) -> Facilitator:
    """Write down that somebody is interested; their record as it stands when there is one."""
    found = session.get(Facilitator, person_id)
    if found is not None:
        return found
    if insert_once(  # said in two places at once, it is said once
        session,
        Facilitator,
        person_id=person_id,
        stage=Stage.INTERESTED,
        since=clock.now(),
        max_a_week=int(setting(session, MAX_A_WEEK)),
        weekly=[],
        topics=[],
    ):
        _noted(session, actor, person_id, "begun")
    return locked(session, person_id)


def locked(session: Session, person_id: int) -> Facilitator:
    """Somebody's record, locked and fresh.

    Raises:
        MissingRecordError: they have none.
    """
    found: Facilitator | None = session.scalar(
        sa.select(Facilitator)
        .where(Facilitator.person_id == person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise MissingRecordError(person_id)
    return found


def step(session: Session, actor: Actor, person_id: int, stage: Stage) -> None:
    """Move somebody along the pathway. Resting keeps what they lead; leaving gives all of it back.

    Raises:
        MissingRecordError: they have no record.
        RefusedError: this step does not follow from where they are, or is not theirs to take.
    """
    one = locked(session, person_id)
    if one.stage is stage:
        return
    own = actor.person_id == person_id
    if stage not in (OWN_STEPS if own else STEPS).get(one.stage, ()):
        raise RefusedError(_l("This step does not follow from where they are now."))
    one.stage, one.since = stage, clock.now()
    session.flush()
    _noted(session, actor, person_id, stage.value)
    if stage is Stage.LEFT:
        give_all_back(session, actor, person_id)


def give_all_back(session: Session, actor: Actor, person_id: int) -> None:
    """Somebody has left: what they would lead looks for somebody else, and nobody waits for their answer."""
    for session_id in leads_from(session, person_id, clock.now()):
        unassign(session, actor, session_id, person_id)
    waiting = sa.select(LeadAsk).where(
        LeadAsk.person_id == person_id, LeadAsk.state == AskState.WAITING
    )
    for one in session.scalars(waiting.order_by(LeadAsk.id)).all():
        one.state, one.answered_at = AskState.NO, clock.now()
        session.flush()
        telling.take_back(session, one)
    publish(session, FacilitatorLeft(person_id=person_id))


def refuse_who_left(session: Session, person_id: int) -> None:
    """Do nothing for whoever leads, or never was on the way to it.

    Raises:
        Veto: they have left, and what leading opens is closed.
    """
    stage = sa.select(Facilitator.stage).where(Facilitator.person_id == person_id)
    if session.scalar(stage) is Stage.LEFT:
        raise Veto(_l("They do not lead here any more."))


def put_on_record(
    session: Session, actor: Actor, person_id: int, kind: ClearanceKind, valid_to: date | None
) -> int:
    """Something was checked, and counts to the end of that day; None without an end. The record's id.

    Raises:
        MissingRecordError: they have no record.
        RefusedError: it is their own.
    """
    if actor.person_id == person_id:
        raise RefusedError(_l("This is you. Somebody else puts it on record."))
    locked(session, person_id)
    row = Clearance(
        person_id=person_id,
        kind=kind,
        valid_to=valid_to,
        recorded_by_id=actor.person_id,
        recorded_at=clock.now(),
    )
    session.add(row)
    session.flush()
    _noted(session, actor, person_id, "cleared", {"kind": kind.value})
    return row.id


def _noted(
    session: Session,
    actor: Actor,
    person_id: int,
    action: str,
    details: dict[str, Any] | None = None,
) -> None:
    record(
        session,
        actor,
        f"facilitators:person:{action}",
        ("person", person_id),
        details=details or {},
    )
