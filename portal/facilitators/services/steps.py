"""How the college writes its steps. What is behind people stays, whatever becomes of a step."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import asdict, dataclass, fields
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.db import insert_once
from portal.facilitators.models import ChangedKind, ClearanceKind, PathwayStep, Stage
from portal.facilitators.queries.steps import Step, steps
from portal.facilitators.services.errors import MissingRecordError
from portal.facilitators.services.history import differences, note
from portal.plugin_api import Actor

_KEY_LETTERS = 30
KEPT = tuple(field.name for field in fields(Step))


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
    """Write a step anew, for whoever comes to it from now on; the same again is no change.

    Raises:
        MissingRecordError: there is no such step.
    """
    old = next((one for one in steps(session, all_of_them=True) if one.key == key), None)
    if old is None:
        raise MissingRecordError(key)
    # A step that was never changed has no row: whoever changes one first makes it, as it reads until now.
    insert_once(session, PathwayStep, **{name: _kept(getattr(old, name)) for name in KEPT})
    row = session.scalars(
        sa.select(PathwayStep)
        .where(PathwayStep.key == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    changes = differences(row, asdict(words))
    for name, value in asdict(words).items():
        setattr(row, name, value)
    session.flush()
    if changes:
        note(session, actor, ChangedKind.STEP, key, "changed", changes)


def _kept(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | StrEnum) else str(value)


def add_step(session: Session, actor: Actor, words: StepWords) -> str:
    """One more step; its key."""
    key = f"{_plain(words.title)}_{secrets.token_hex(3)}"
    session.add(PathwayStep(key=key, **asdict(words)))
    session.flush()
    note(session, actor, ChangedKind.STEP, key, "created")
    return key


def _plain(title: str) -> str:
    letters = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:_KEY_LETTERS] or "step"
