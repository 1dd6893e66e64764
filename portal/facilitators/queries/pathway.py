"""How far somebody has come, and who is where on the pathway."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.facilitators.models import (
    Clearance,
    Facilitator,
    MarkHow,
    PathwayMark,
    PathwayMove,
    PathwayPause,
    Stage,
)
from portal.facilitators.queries.steps import PARTS, Step, steps

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Mark:
    """A step, or one time of it, that is behind somebody. `valid_to` is the last day it counts, if any."""

    id: int
    how: MarkHow
    on_day: date
    recorded_by_id: int | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class StepState:
    """A step with how far somebody has come with it."""

    step: Step
    marks: Sequence[Mark]

    @property
    def done(self) -> bool:
        """Whether it is behind them."""
        return len(self.marks) >= self.step.times or any(
            mark.how is MarkHow.NOT_NEEDED for mark in self.marks
        )


@dataclass(frozen=True, slots=True)
class Way:
    """Somebody's pathway. `paused_since` is when they paused; None while they do not."""

    person_id: int
    stage: Stage
    since: datetime
    paused_since: datetime | None
    steps: Sequence[StepState]

    @property
    def next(self) -> StepState | None:
        """The first step that is not behind them."""
        return next((one for one in self.steps if not one.done), None)

    @property
    def marked(self) -> bool:
        """Whether anything was put down here: whoever led before the portal came has no marks."""
        return any(one.marks for one in self.steps)

    @property
    def leads(self) -> bool:
        """Whether they have come to leading, now or before a rest."""
        return self.stage in {Stage.ACTIVE, Stage.RESTING}

    @property
    def waits_for_step(self) -> bool:
        """Whether a step may be put down for them."""
        return not self.leads and self.stage is not Stage.LEFT


# What should be behind somebody who has come so far.
BEFORE: Mapping[Stage, Collection[Stage]] = {
    Stage.TRAINED: PARTS[:2],
    Stage.SHADOWING: PARTS[:2],
    Stage.ACTIVE: PARTS,
}


def passed_over(way: Way, stage: Stage) -> list[Step]:
    """The steps to come that somebody would pass who were at that stage now; none of whoever leads."""
    if way.leads:
        return []
    before = BEFORE.get(stage, ())
    return [one.step for one in way.steps if not one.done and one.step.stage in before]


@dataclass(frozen=True, slots=True)
class Moved:
    """Somebody was moved on by hand to a stage, and why. `passed` are the keys of the steps to come then."""

    stage: Stage
    passed: Sequence[str]
    why: str
    at: datetime
    recorded_by_id: int | None


@dataclass(frozen=True, slots=True)
class WayLine:
    """Somebody on the pathway, for a list. `next` is empty when all steps are behind them."""

    person_id: int
    stage: Stage
    since: datetime
    paused: bool
    next: Step | None


def way_of(session: Session, person_id: int) -> Way | None:
    """Somebody's pathway with its steps; None when they never began. Four queries."""
    record = session.get(Facilitator, person_id)
    if record is None:
        return None
    return Way(
        person_id=person_id,
        stage=record.stage,
        since=record.since,
        paused_since=session.scalar(
            sa.select(PathwayPause.since).where(PathwayPause.person_id == person_id)
        ),
        steps=_states(steps(session), marks_of(session, [person_id]).get(person_id, {})),
    )


def step_state(session: Session, person_id: int, key: str) -> StepState | None:
    """One step of somebody's pathway; None when the college has no such step."""
    step = next((one for one in steps(session) if one.key == key), None)
    if step is None:
        return None
    return StepState(step, marks_of(session, [person_id]).get(person_id, {}).get(key, ()))


def _states(all_steps: Collection[Step], marks: Mapping[str, Sequence[Mark]]) -> list[StepState]:
    return [StepState(step, marks.get(step.key, ())) for step in all_steps]


def marks_of(session: Session, people: Collection[int]) -> dict[int, dict[str, list[Mark]]]:
    """What is behind these people: by person, by step, in order. One query."""
    rows = session.execute(
        sa.select(
            PathwayMark.person_id,
            PathwayMark.step_key,
            PathwayMark.id,
            PathwayMark.how,
            PathwayMark.on_day,
            PathwayMark.recorded_by_id,
            Clearance.valid_to,
        )
        .outerjoin(Clearance, Clearance.id == PathwayMark.clearance_id)
        .where(PathwayMark.person_id.in_(people))
        .order_by(PathwayMark.on_day, PathwayMark.id)
    )
    found: dict[int, dict[str, list[Mark]]] = {}
    for person_id, key, mark_id, how, on_day, recorded_by_id, valid_to in rows:
        mark = Mark(mark_id, how, on_day, recorded_by_id, valid_to)
        found.setdefault(person_id, {}).setdefault(key, []).append(mark)
    return found


def moves_of(session: Session, person_id: int) -> Sequence[Moved]:
    """How somebody was moved on by hand, the last time first. One query."""
    one = PathwayMove
    chosen = sa.select(one.stage, one.passed, one.why, one.at, one.recorded_by_id)
    rows = session.execute(chosen.where(one.person_id == person_id).order_by(one.id.desc()))
    return [Moved(*row) for row in rows]


def people_on_way(session: Session, stages: Collection[Stage]) -> Sequence[WayLine]:
    """Everybody at these stages, whoever has waited longest first. Three queries."""
    rows = session.execute(
        sa.select(
            Facilitator.person_id,
            Facilitator.stage,
            Facilitator.since,
            PathwayPause.person_id.is_not(None),
        )
        .outerjoin(PathwayPause, PathwayPause.person_id == Facilitator.person_id)
        .where(Facilitator.stage.in_(stages))
        .order_by(Facilitator.since, Facilitator.person_id)
        .limit(MOST_SHOWN)
    ).all()
    all_steps = steps(session)
    marks = marks_of(session, [row.person_id for row in rows])
    lines = []
    for person_id, stage, since, paused in rows:
        states = _states(all_steps, marks.get(person_id, {}))
        following = next((one.step for one in states if not one.done), None)
        lines.append(WayLine(person_id, stage, since, paused, following))
    return lines


def count_by_stage(session: Session) -> dict[Stage, int]:
    """How many are at each stage. One query."""
    counted = sa.select(Facilitator.stage, sa.func.count()).group_by(Facilitator.stage)
    return dict(session.execute(counted).all())
