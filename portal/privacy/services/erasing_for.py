"""Erasing somebody who asked the college to: one person writes it down, another confirms, and in between
whoever it is about is told and can say no. What cannot be undone is nobody's to do alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.audit import api as audit
from portal.messages.api import suppress, tell
from portal.plugin_api import Actor
from portal.plugin_api.dispatch import ask_veto
from portal.plugin_api.personal import ErasedPart
from portal.privacy.models import ErasureAsk
from portal.privacy.policies import ERASE_FOR, confirmed_from, may_confirm_erasure
from portal.privacy.queries import somebody
from portal.privacy.services import erasing
from portal.privacy.services.for_others import Asking, check

Way = Literal["email", "mobile", "hand"]
# Every way at once: the one that somebody prefers may be in the hands of whoever asked in their name.
WAYS: tuple[Way, ...] = ("email", "mobile", "hand")


class AskError(Exception):
    """Nothing was changed. `code` is "open" (it is written down already), "gone" or "early"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def purpose(way: Way) -> str:
    """The notice that goes this way."""
    return f"privacy:erasure_begun_{way}"


def open_asks(session: Session) -> Sequence[ErasureAsk]:
    """All that wait, the oldest first."""
    waiting = sa.select(ErasureAsk).where(ErasureAsk.ended_at.is_(None))
    return session.scalars(waiting.order_by(ErasureAsk.begun_at, ErasureAsk.id)).all()


def open_ask_of(session: Session, person_id: int) -> ErasureAsk | None:
    """What was written down for this person and waits."""
    return session.scalar(
        sa.select(ErasureAsk).where(
            ErasureAsk.person_id == person_id, ErasureAsk.ended_at.is_(None)
        )
    )


def begin(
    session: Session,
    actor: Actor,
    person_id: int,
    asking: Asking,
    words: str,
    *,
    at: datetime,
    told: str,
) -> ErasureAsk:
    """Write down that somebody asks to be erased, flushed. They are told by every way that they agreed to.

    `told` is the seal of what they were told is held.

    Raises:
        NotTheirsError: the actor may not.
        AskError: "open".
        ChangedError, NobodyError, ErasureFailedError, Veto: as `erasing.plan`.
    """
    check(actor, person_id)
    if erasing.seal_of(erasing.plan(session, person_id)) != told:
        raise erasing.ChangedError
    somebody(session, person_id, lock=True)  # of two who write it down at once, one is later
    if open_ask_of(session, person_id) is not None:
        raise AskError("open")
    ask = ErasureAsk(
        person_id=person_id,
        how=asking.how,
        asked_on=asking.on,
        words=words.strip(),
        told=told,
        begun_by_id=actor.person_id,
        begun_at=at,
    )
    session.add(ask)
    session.flush()
    _note(session, actor, ask, "begin")
    for way in WAYS:
        key = f"privacy:erasure:{ask.id}:{way}"
        tell(session, person_id, purpose(way), {"ask": ask.id}, key=key)
    return ask


def confirm(
    session: Session, actor: Actor, ask_id: int, *, at: datetime, told: str
) -> Sequence[ErasedPart]:
    """Erase them, as the second person. How and when they asked is on record, not who they were.

    `told` is the seal of what the second person has read.

    Raises:
        AskError: "gone" (stopped, done, or not the actor's to confirm), or "early".
        NobodyError, ChangedError, ErasureFailedError, NotErasedError, Veto: as `erasing.erase`; `Veto` also
            where they hold a role over others and the actor may not give it.
    """
    ask = _locked(session, ask_id)
    if not may_confirm_erasure(actor, begun_by_id=ask.begun_by_id, person_id=ask.person_id):
        raise AskError("gone")
    if at < confirmed_from(ask.begun_at):
        raise AskError("early")
    ask_veto(session, ERASE_FOR, actor, ask.person_id)
    reason = f"{ask.how.value} {ask.asked_on.isoformat()}"
    return erasing.erase(
        session, actor, ask.person_id, at=at, told=told, reason=reason, ask_id=ask_id
    )


def stop(session: Session, actor: Actor, ask_id: int, *, at: datetime) -> None:
    """It is not to be done: the person says no, or one of us thinks that something is not right.

    Raises:
        AskError: "gone".
    """
    ask = _locked(session, ask_id)
    ask.ended_at = at
    _note(session, actor, ask, "stop")
    for way in WAYS:
        suppress(session, purpose=purpose(way), person_id=ask.person_id)


def _locked(session: Session, ask_id: int) -> ErasureAsk:
    ask = session.scalar(
        sa.select(ErasureAsk)
        .where(ErasureAsk.id == ask_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if ask is None or ask.ended_at is not None:
        raise AskError("gone")
    return ask


def _note(session: Session, actor: Actor, ask: ErasureAsk, verb: str) -> None:
    """Who did it outlasts the person, so what is on record names the ask alone."""
    session.flush()
    audit.record(session, actor, f"privacy:erasure:{verb}", ("erasure_ask", ask.id))
