"""The way to leading, step by step: what is put down, what follows from it, a pause, an end.

Nobody is examined, and nobody is asked why. What comes next follows from what is behind somebody; only the
last step, to leading, is said by a person, after talking with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.api import record
from portal.db import insert_once
from portal.facilitators.models import (
    Clearance,
    Facilitator,
    MarkHow,
    PathwayMark,
    PathwayMove,
    PathwayPause,
    Stage,
)
from portal.facilitators.queries.pathway import StepState, Way, passed_over, way_of
from portal.facilitators.queries.steps import Step
from portal.facilitators.services import pathway_telling, people
from portal.facilitators.services.errors import MissingRecordError, RefusedError
from portal.plugin_api import Actor


@dataclass(frozen=True, slots=True)
class Record:
    """What a coordinator puts down about a step. `valid_to` is the last day it counts; None for no end."""

    how: MarkHow
    on_day: date
    valid_to: date | None = None


def begin(session: Session, actor: Actor, person_id: int) -> None:
    """Somebody would like to lead. Whoever left before begins again where they may; else nothing changes."""
    one = people.begin(session, actor, person_id)
    if one.stage is Stage.LEFT:
        people.step(session, actor, person_id, Stage.INTERESTED)


def put_down(
    session: Session, actor: Actor, person_id: int, key: str, given: Record, *, today: date
) -> int:
    """A step, or one time of it, is behind somebody: what it clears goes on record, they are told, and they
    are where that brings them. The mark's id.

    Raises:
        MissingRecordError: they never began, or there is no such step.
        RefusedError: it is their own, behind them already, or a day is not right.
    """
    _check_other(actor, person_id)
    people.locked(session, person_id)
    state = _state(_way(session, person_id), key)
    if state.done:
        raise RefusedError(_l("This step is behind them already."))
    if given.on_day > today:
        raise RefusedError(_l("Give today or a day before"), "on_day")
    if given.valid_to is not None and given.valid_to < given.on_day:
        raise RefusedError(_l("Give a day that is not before the first one"), "valid_to")
    clearance_id = None
    if state.step.clearance is not None and given.how is MarkHow.DONE:
        clearance_id = people.put_on_record(
            session, actor, person_id, state.step.clearance, given.valid_to
        )
    mark = PathwayMark(
        person_id=person_id,
        step_key=key,
        how=given.how,
        on_day=given.on_day,
        clearance_id=clearance_id,
        recorded_by_id=actor.person_id,
        recorded_at=clock.now(),
    )
    session.add(mark)
    session.flush()
    _note(session, actor, person_id, "step", {"step": key, "mark": mark.id})
    _follow(session, actor, person_id)
    pathway_telling.step_done(session, person_id, mark.id)
    return mark.id


def take_back(session: Session, actor: Actor, person_id: int, mark_id: int) -> None:
    """A slip: the mark goes, and what it put on record with it. Where they are stays as it is.

    Raises:
        MissingRecordError: there is no such mark of theirs.
        RefusedError: it is their own.
    """
    _check_other(actor, person_id)
    people.locked(session, person_id)
    mark = session.scalar(
        sa.select(PathwayMark).where(PathwayMark.id == mark_id, PathwayMark.person_id == person_id)
    )
    if mark is None:
        raise MissingRecordError(mark_id)
    clearance_id = mark.clearance_id
    details: dict[str, object] = {"step": mark.step_key, "mark": mark.id}
    session.delete(mark)
    session.flush()
    if clearance_id is not None:
        session.execute(sa.delete(Clearance).where(Clearance.id == clearance_id))
    _note(session, actor, person_id, "step_taken_back", details)
    pathway_telling.forget_step(session, person_id, mark_id)


def start_leading(session: Session, actor: Actor, person_id: int) -> None:
    """All steps are behind somebody, and they say that they are ready: from now on they may be asked to lead.

    Raises:
        MissingRecordError: they never began.
        RefusedError: it is their own, or there is a step to come.
    """
    _check_other(actor, person_id)
    people.locked(session, person_id)
    way = _way(session, person_id)
    if way.stage is Stage.ACTIVE:
        return
    if way.next is not None:
        raise RefusedError(
            _l("There is a step to come: %(step)s. Put it down first.", step=way.next.step.title)
        )
    move(session, actor, person_id, Stage.ACTIVE)


def pause(session: Session, actor: Actor, person_id: int) -> None:
    """Somebody pauses: a rest for whoever leads, else the steps wait. Twice is once, and no reason is kept.

    Raises:
        MissingRecordError: they are not on the way.
    """
    one = _on_the_way(session, person_id)
    if one.stage is Stage.ACTIVE:
        people.step(session, actor, person_id, Stage.RESTING)
    elif one.stage is not Stage.RESTING and insert_once(
        session, PathwayPause, person_id=person_id, since=clock.now()
    ):
        _note(session, actor, person_id, "paused")


def come_back(session: Session, actor: Actor, person_id: int) -> None:
    """The pause or the rest is over: they go on where they were.

    Raises:
        MissingRecordError: they are not on the way.
    """
    one = _on_the_way(session, person_id)
    if one.stage is Stage.RESTING:
        people.step(session, actor, person_id, Stage.ACTIVE)
    gone = session.scalars(
        sa.delete(PathwayPause)
        .where(PathwayPause.person_id == person_id)
        .returning(PathwayPause.person_id)
    ).all()
    if gone:
        _note(session, actor, person_id, "resumed")


def move(session: Session, actor: Actor, person_id: int, stage: Stage, *, why: str = "") -> None:
    """What somebody said on the telephone, or steps that nobody put down here: they are at this stage now.

    Past a step that is to come nobody is moved without saying why: it is kept, and the person reads it. What
    the college asks of whoever leads is looked at all the same before they are given a session.

    Raises:
        MissingRecordError: they are not on the way.
        RefusedError: it does not follow from where they are, is not theirs to take, or nobody said why.
    """
    if stage is Stage.LEFT:
        leave(session, actor, person_id)
        return
    people.locked(session, person_id)
    way = _way(session, person_id)
    passed = passed_over(way, stage) if actor.person_id != person_id else []
    if passed and not why.strip():
        raise RefusedError(
            _l(
                "There is a step to come: %(step)s. Put it down, or say why it is passed over",
                step=passed[0].title,
            ),
            "why",
        )
    people.step(session, actor, person_id, stage)
    moved = _moved_on(session, actor, person_id, stage, passed, why) if passed else None
    if stage is Stage.ACTIVE:  # a pause on the way is over then
        session.execute(sa.delete(PathwayPause).where(PathwayPause.person_id == person_id))
        if not way.leads:
            since = people.locked(session, person_id).since
            pathway_telling.may_lead(session, person_id, since.isoformat())
    elif moved is not None:
        pathway_telling.moved_on(session, person_id, moved)


def _moved_on(
    session: Session, actor: Actor, person_id: int, stage: Stage, passed: Sequence[Step], why: str
) -> int:
    row = PathwayMove(
        person_id=person_id,
        stage=stage,
        passed=[one.key for one in passed],
        why=why.strip(),
        recorded_by_id=actor.person_id,
        at=clock.now(),
    )
    session.add(row)
    session.flush()
    details: dict[str, object] = {"stage": stage.value, "steps": row.passed}
    _note(session, actor, person_id, "moved_on", details)
    return row.id


def leave(session: Session, actor: Actor, person_id: int) -> None:
    """Somebody stops, at whatever point, without a reason. What they would lead looks for somebody else.

    Raises:
        MissingRecordError: they are not on the way.
    """
    one = _on_the_way(session, person_id)
    one.stage, one.since = Stage.LEFT, clock.now()
    session.flush()
    session.execute(sa.delete(PathwayPause).where(PathwayPause.person_id == person_id))
    _note(session, actor, person_id, Stage.LEFT.value)
    people.give_all_back(session, actor, person_id)


def _on_the_way(session: Session, person_id: int) -> Facilitator:
    one = people.locked(session, person_id)
    if one.stage is Stage.LEFT:
        raise MissingRecordError(person_id)
    return one


def _follow(session: Session, actor: Actor, person_id: int) -> None:
    """Bring somebody to the stage that what is behind them leads to; never back, and not to leading."""
    for stage in stages_reached(_way(session, person_id)):
        people.step(session, actor, person_id, stage)


def stages_reached(way: Way) -> list[Stage]:
    """The stages that follow for somebody from the steps behind them, in order, after where they are now."""
    begun = {state.step.stage for state in way.steps if state.marks}
    open_parts = {state.step.stage for state in way.steps if not state.done}
    reached = [Stage.CHECKS] if begun else []
    if open_parts.isdisjoint({Stage.CHECKS, Stage.TRAINED}):
        reached.append(Stage.TRAINED)
        if Stage.SHADOWING in begun:
            reached.append(Stage.SHADOWING)
    order = [Stage.INTERESTED, Stage.CHECKS, Stage.TRAINED, Stage.SHADOWING]
    if way.stage not in order:
        return []
    return [stage for stage in reached if order.index(stage) > order.index(way.stage)]


def _way(session: Session, person_id: int) -> Way:
    way = way_of(session, person_id)
    if way is None or way.stage is Stage.LEFT:
        raise MissingRecordError(person_id)
    return way


def _state(way: Way, key: str) -> StepState:
    found = next((one for one in way.steps if one.step.key == key), None)
    if found is None:
        raise MissingRecordError(key)
    return found


def _check_other(actor: Actor, person_id: int) -> None:
    if actor.person_id == person_id:
        raise RefusedError(_l("This is you. Somebody else puts down your own steps."))


def _note(
    session: Session,
    actor: Actor,
    person_id: int,
    action: str,
    details: dict[str, object] | None = None,
) -> None:
    record(session, actor, f"facilitators:pathway:{action}", ("person", person_id), details=details)
