"""Reads of the compartment. Whoever calls one has asked for the permission."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.concerns.models import Concern, ConcernStep, EmergencyContact, Outcome, StepKind
from portal.plugin_api import Look
from portal.vault import unseal

MOST_SHOWN = 100


def _told_by(ids: Sequence[int]) -> sa.Select[Any]:
    """What they told the college themselves, under their name; never what others told it about them."""
    return sa.select(Concern.uid).where(Concern.raised_by_id.in_(ids))


# Whoever stands beside the person may read this too.
LOOKS = (
    Look("concerns:emergency:read", _l("Whom to call for you in an emergency")),
    Look(
        "concerns:concern:read",
        _l("Something you told us in confidence"),
        subject="concern",
        theirs=_told_by,
    ),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A concern on the list: none of its words."""

    uid: str
    raised_at: datetime
    acknowledged: bool
    holder_id: int | None
    outcome: Outcome | None
    rings: bool


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody on duty did, opened."""

    kind: StepKind
    by_id: int | None
    to_id: int | None
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A concern with its words. Reading it is put on record by whoever shows it."""

    line: Line
    words: str
    reach: str
    raised_by_id: int | None
    steps: Sequence[Step]


def _line(concern: Concern) -> Line:
    return Line(
        uid=concern.uid,
        raised_at=concern.raised_at,
        acknowledged=concern.acknowledged_at is not None,
        holder_id=concern.holder_id,
        outcome=concern.outcome,
        rings=concern.rings,
    )


def lines(session: Session) -> list[Line]:
    """What waits first, then what is looked after, then what came in heaps, then what is closed; the newest
    of each first.
    """
    rank = sa.case(
        (Concern.closed_at.is_not(None), 3),
        (Concern.acknowledged_at.is_not(None), 1),
        (Concern.rings, 0),
        else_=2,
    )
    chosen = sa.select(Concern).order_by(rank, Concern.id.desc()).limit(MOST_SHOWN)
    return [_line(concern) for concern in session.scalars(chosen)]


def count_waiting(session: Session) -> int:
    """How many wait for somebody to take them."""
    waits = sa.and_(Concern.acknowledged_at.is_(None), Concern.closed_at.is_(None))
    return session.scalar(sa.select(sa.func.count(Concern.id)).where(waits)) or 0


def line(session: Session, uid: str) -> Line | None:
    """One concern, without its words."""
    concern = session.scalar(sa.select(Concern).where(Concern.uid == uid))
    return _line(concern) if concern else None


def opened(session: Session, uid: str) -> Opened | None:
    """One concern with its words.

    Raises:
        VaultError: they do not open.
    """
    concern = session.scalar(sa.select(Concern).where(Concern.uid == uid))
    if concern is None:
        return None
    steps = session.scalars(
        sa.select(ConcernStep).where(ConcernStep.concern_id == concern.id).order_by(ConcernStep.id)
    )
    return Opened(
        line=_line(concern),
        words=words_of(session, concern),
        reach=unseal(session, Concern.reach, uid, concern.reach) if concern.reach else "",
        raised_by_id=concern.raised_by_id,
        steps=[
            Step(step.kind, step.by_id, step.to_id, step_words(session, step), step.at)
            for step in steps
        ],
    )


def words_of(session: Session, concern: Concern) -> str:
    """What somebody is worried about."""
    return unseal(session, Concern.words, concern.uid, concern.words)


def step_words(session: Session, step: ConcernStep) -> str:
    """What somebody on duty wrote; empty when nothing."""
    if step.words is None:
        return ""
    return unseal(session, ConcernStep.words, step.uid, step.words)


def is_raised(session: Session, once: str) -> bool:
    """Whether this very form was taken in already."""
    return session.scalar(sa.select(sa.exists().where(Concern.once == once))) or False


def waits(session: Session, uid: str, round_number: int) -> bool:
    """Whether nobody has taken it since it began to wait for that time."""
    return (
        session.scalar(
            sa.select(Concern.id).where(
                Concern.uid == uid,
                Concern.round == round_number,
                Concern.acknowledged_at.is_(None),
                Concern.closed_at.is_(None),
            )
        )
        is not None
    )


def emergency_words(session: Session, person_id: int) -> str:
    """Whom to call for a person in an emergency; empty when they named nobody."""
    contact = session.get(EmergencyContact, person_id)
    if contact is None:
        return ""
    return unseal(session, EmergencyContact.words, person_id, contact.words)
