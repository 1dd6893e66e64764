"""What the people on duty do: take a concern, write, hand it on, close it. Each step is on record, without
its words.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.audit import api as audit
from portal.concerns.models import Concern, ConcernStep, Outcome, StepKind
from portal.concerns.services.alarming import on_duty, quieten, wait_again
from portal.db import insert_once, lock_rows
from portal.plugin_api.types import Actor
from portal.vault import seal


class AnswerError(Exception):
    """Nothing was done. `code` is "gone", "closed" or "not_on_duty"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def acknowledge(session: Session, actor: Actor, uid: str) -> int | None:
    """Say that the actor looks after it now; who does, when somebody was quicker.

    Raises:
        AnswerError: there is no such concern, or it is closed.
    """
    concern = _open(session, uid)
    if concern.acknowledged_at is not None:
        return concern.holder_id
    concern.acknowledged_at, concern.holder_id = clock.now(), actor.person_id
    session.flush()
    _step(session, actor, concern, StepKind.ACKNOWLEDGED, once=f"{concern.uid}:{concern.round}")
    quieten(session, concern)
    return concern.holder_id


def note(session: Session, actor: Actor, uid: str, words: str, *, once: str) -> None:
    """Write something down about it. A second click with the same `once` writes nothing.

    Raises:
        AnswerError: there is no such concern.
    """
    _step(session, actor, _locked(session, uid), StepKind.NOTE, words=words, once=once)


def hand_on(session: Session, actor: Actor, uid: str, to_id: int, words: str, *, once: str) -> None:
    """Ask somebody else on duty to take it. Until somebody says that they have it, it waits again, with
    everything that follows from that: no concern is lost between two people.

    Raises:
        AnswerError: there is no such concern, it is closed, or that person is not on duty.
    """
    concern = _open(session, uid)
    if to_id not in on_duty(session):
        raise AnswerError("not_on_duty")
    if _step(session, actor, concern, StepKind.HANDED_ON, words=words, once=once, to_id=to_id):
        quieten(session, concern)
        wait_again(session, concern)


def close(
    session: Session, actor: Actor, uid: str, outcome: Outcome, words: str, *, once: str
) -> None:
    """Say what became of it, and why. A second click finds it closed.

    Raises:
        AnswerError: there is no such concern, or somebody closed it before.
    """
    concern = _locked(session, uid)
    if concern.closed_at is not None:
        if _has_step(session, once):
            return
        raise AnswerError("closed")
    quieten(session, concern)
    concern.closed_at, concern.outcome = clock.now(), outcome
    if concern.acknowledged_at is None:
        concern.acknowledged_at, concern.holder_id = concern.closed_at, actor.person_id
    session.flush()
    _step(session, actor, concern, StepKind.CLOSED, words=words, once=once, outcome=outcome)


def note_reading(session: Session, actor: Actor, uid: str) -> None:
    """Put on record that somebody read a concern."""
    audit.record(session, actor, "concerns:concern:read", ("concern", uid))


def _locked(session: Session, uid: str) -> Concern:
    found = session.scalar(sa.select(Concern.id).where(Concern.uid == uid))
    rows = lock_rows(session, Concern, [found]) if found is not None else []
    if not rows:
        raise AnswerError("gone")
    return rows[0]


def _open(session: Session, uid: str) -> Concern:
    concern = _locked(session, uid)
    if concern.closed_at is not None:
        raise AnswerError("closed")
    return concern


def _has_step(session: Session, once: str) -> bool:
    return session.scalar(sa.select(sa.exists().where(ConcernStep.once == once))) or False


def _step(
    session: Session,
    actor: Actor,
    concern: Concern,
    kind: StepKind,
    *,
    once: str,
    words: str = "",
    to_id: int | None = None,
    outcome: Outcome | None = None,
) -> bool:
    uid = str(uuid.uuid4())
    new = insert_once(
        session,
        ConcernStep,
        uid=uid,
        once=once,
        concern_id=concern.id,
        kind=kind,
        by_id=actor.person_id,
        to_id=to_id,
        words=seal(session, ConcernStep.words, uid, words) if words else None,
        at=clock.now(),
    )
    if new:
        details: dict[str, object] = {"step": uid}
        if to_id is not None:
            details["to"] = to_id
        if outcome is not None:
            details["outcome"] = outcome.value
        subject = ("concern", concern.uid)
        audit.record(session, actor, f"concerns:concern:{kind.value}", subject, details=details)
    return new
