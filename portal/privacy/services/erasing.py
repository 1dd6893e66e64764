"""Erasing a person: in every part or in none, and again whenever a backup brings them back."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.audit import api as audit
from portal.db import insert_once
from portal.plugin_api import SYSTEM, Actor, publish
from portal.plugin_api.dispatch import erase_person
from portal.plugin_api.events import PUBLISHED, WANTED_JOBS, PersonErased
from portal.plugin_api.personal import ErasedPart
from portal.privacy.models import ErasureNote
from portal.privacy.queries import Somebody, merged_into, somebody


class NobodyError(Exception):
    """There is no such person, or they were erased before."""


class ChangedError(Exception):
    """More must be held than the person has been told: they look again."""


class NotErasedError(Exception):
    """Every part said that it was done, and the person is still there."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a note holds to recognise somebody by."""

    uid: str
    person_id: int
    fingerprint: str
    at: datetime


def plan(session: Session, person_id: int) -> Sequence[ErasedPart]:
    """What erasing would do: it is done and undone, so it is what will happen, in every part.

    Raises:
        NobodyError: there is nobody to erase.
        ErasureFailedError, Veto: it could not be done now.
    """
    info = {key: session.info.get(key) for key in (PUBLISHED, WANTED_JOBS)}
    _present(session, person_id)
    tried = session.begin_nested()
    try:
        return erase_person(session, person_id)
    finally:
        if tried.is_active:
            tried.rollback()
        for key, value in info.items():
            session.info.pop(key, None)
            if value is not None:
                session.info[key] = value


def seal_of(parts: Sequence[ErasedPart]) -> str:
    """What the person was told is held, as a few letters that go with their answer."""
    held = sorted((one.source.table, str(one.result.reason)) for one in parts if one.result.held)
    return hashlib.sha256(repr(held).encode()).hexdigest()[:16]


def erase(
    session: Session,
    actor: Actor,
    person_id: int,
    *,
    at: datetime,
    told: str | None = None,
    reason: str = "",
    ask_id: int | None = None,
) -> Sequence[ErasedPart]:
    """Erase a person, flushed. `told` is the seal of what was read. `ask_id` is that of what one of us wrote
    down and another confirmed, if it was done so.

    Every part hears of it through the outbox. The record of it holds a number of its own, never the person's.

    Raises:
        NobodyError: there is nobody to erase.
        ChangedError: what must be held is not what they were told.
        ErasureFailedError, NotErasedError, Veto: a part failed, or says no.
            After any of these the caller rolls back.
    """
    person = _present(session, person_id)
    done = erase_person(session, person_id)
    if told is not None and seal_of(done) != told:
        raise ChangedError
    after = somebody(session, person_id)
    if after is not None and after.erased_at is None:
        raise NotErasedError(person_id)
    counts = {one.source.table: [one.result.erased, one.result.held] for one in done}
    uid = _note(session, person, at, counts)
    for part in merged_into(session, person_id):
        _note(session, part, at, {})  # in a backup from before they were one, it is a person still
    by = "themselves" if actor.person_id == person_id else "college"
    audit.record(
        session,
        SYSTEM if by == "themselves" else actor,
        "privacy:person:erase",
        ("erasure", uid),
        reason=reason,
        details={"by": by} | ({"ask": ask_id} if ask_id else {}),
    )
    publish(session, PersonErased(person_id=person_id))
    return done


def _note(session: Session, person: Somebody, at: datetime, counts: Mapping[str, Any]) -> str:
    """Note that somebody is erased, to do it again when a backup brings them back; the note's own number."""
    uid = str(uuid.uuid4())
    session.add(
        ErasureNote(
            uid=uid,
            person_id=person.id,
            fingerprint=person.fingerprint,
            at=at,
            counts=dict(counts),
        )
    )
    session.flush()
    return uid


def _present(session: Session, person_id: int) -> Somebody:
    session.flush()
    person = somebody(session, person_id, lock=True)
    if person is None or person.erased_at is not None:
        raise NobodyError(person_id)
    return person


def erase_again(session: Session, known: Recognised) -> int | None:
    """Erase somebody who was erased before, if a backup or a late write brought something of them back.

    The number of rows that were there; None when this database does not hold the person of the note.

    Raises:
        ErasureFailedError, Veto, NotErasedError: as `erase`.
    """
    person = somebody(session, known.person_id, lock=True)
    if person is None or person.fingerprint != known.fingerprint:
        return None
    insert_once(
        session,
        ErasureNote,
        uid=known.uid,
        person_id=known.person_id,
        fingerprint=known.fingerprint,
        at=known.at,
        counts={},
    )
    done = erase_person(session, known.person_id)
    found = sum(one.result.erased for one in done)
    if found:
        details = {"again": found}
        audit.record(
            session, SYSTEM, "privacy:person:erase", ("erasure", known.uid), details=details
        )
        publish(session, PersonErased(person_id=known.person_id))
    after = somebody(session, known.person_id)
    if after is not None and after.erased_at is None:
        raise NotErasedError(known.person_id)
    return found
