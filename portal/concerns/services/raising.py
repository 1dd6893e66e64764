"""A concern comes in: sealed, on record, and told to the people on duty in the same transaction."""

from __future__ import annotations

import hashlib
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.audit import api as audit
from portal.concerns.models import Concern
from portal.concerns.services.alarming import sound
from portal.db import insert_once
from portal.plugin_api.types import ANONYMOUS, Actor
from portal.vault import seal


def once_of(form_key: str, *typed: str) -> str:
    """The digest of a form that was shown and what was typed into it. The key, which is kept nowhere, is
    what makes it say nothing.
    """
    return hashlib.sha256("\0".join((form_key, *typed)).encode()).hexdigest()


def raise_concern(
    session: Session,
    actor: Actor,
    *,
    form_key: str,
    words: str,
    reach: str = "",
    named: bool,
    rings: bool = True,
) -> bool:
    """Take a concern in, flushed. False when this very form was taken in before: nothing happens twice.

    With `named`, whoever is signed in is kept as the one who raised it; without, not even the audit knows.
    Without `rings` nobody is told of it by itself: it stands in the list, marked as one of many.

    Raises:
        VaultError: the college has no key.
    """
    uid, now = str(uuid.uuid4()), clock.now()
    who = actor if named else ANONYMOUS
    new = insert_once(
        session,
        Concern,
        uid=uid,
        once=once_of(form_key, words, reach),
        words=seal(session, Concern.words, uid, words),
        reach=seal(session, Concern.reach, uid, reach) if reach else None,
        raised_by_id=who.person_id,
        raised_at=now,
        waiting_since=now,
        round=1,
        level=0,
        rings=rings,
    )
    if not new:
        return False
    concern = session.scalars(sa.select(Concern).where(Concern.uid == uid)).one()
    audit.record(session, who, "concerns:concern:raise", ("concern", concern.uid))
    if rings:
        sound(session, concern, [0])
    return True
