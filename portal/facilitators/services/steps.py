"""How the college writes its steps. What is behind people stays, whatever becomes of a step."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.audit.api import record
from portal.facilitators.models import ClearanceKind, PathwayStep, Stage
from portal.facilitators.queries.steps import steps
from portal.facilitators.services.errors import MissingRecordError
from portal.plugin_api import Actor

_KEY_LETTERS = 30


@dataclass(frozen=True, slots=True)
class StepWords:
    """What somebody writes about a step."""

    title: str
    asks: str
    why: str
    how_long: str
    who_helps: str
    stage: Stage
    place: int
    times: int
    clearance: ClearanceKind | None
    months: int | None
    used: bool


def change_step(session: Session, actor: Actor, key: str, words: StepWords) -> None:
    """Write a step anew, whoever comes to it from now on.

    Raises:
        MissingRecordError: there is no such step.
    """
    if all(one.key != key for one in steps(session, all_of_them=True)):
        raise MissingRecordError(key)
    row = session.scalar(sa.select(PathwayStep).where(PathwayStep.key == key))
    if row is None:
        row = PathwayStep(key=key, **asdict(words))
        session.add(row)
    for name, value in asdict(words).items():
        setattr(row, name, value)
    session.flush()
    _note(session, actor, key, "changed")


def add_step(session: Session, actor: Actor, words: StepWords) -> str:
    """One more step; its key."""
    key = f"{_plain(words.title)}_{secrets.token_hex(3)}"
    session.add(PathwayStep(key=key, **asdict(words)))
    session.flush()
    _note(session, actor, key, "added")
    return key


def _plain(title: str) -> str:
    letters = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:_KEY_LETTERS] or "step"


def _note(session: Session, actor: Actor, key: str, action: str) -> None:
    record(session, actor, f"facilitators:step:{action}", ("pathway_step", key))
