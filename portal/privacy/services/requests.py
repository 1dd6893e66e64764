"""Requests for the whole record: asked, a question in between, looked through, answered in time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.audit import api as audit
from portal.messages.api import suppress, tell
from portal.plugin_api import Actor
from portal.plugin_api.personal import Exported, ExportedPart
from portal.privacy.models import AskedHow, RecordRequest, RequestState
from portal.privacy.policies import due_on, may_review, stood_still

QUESTION = "privacy:question"
ANSWERED = "privacy:answered"
OPEN = (RequestState.ASKED, RequestState.WAITING)


class RequestError(Exception):
    """Nothing was changed: it is decided already, stands elsewhere, or is not the actor's to review."""


def latest(session: Session, person_id: int) -> RecordRequest | None:
    """What somebody asked for last."""
    return session.scalars(
        sa.select(RecordRequest)
        .where(RecordRequest.person_id == person_id)
        .order_by(RecordRequest.id.desc())
        .limit(1)
    ).one_or_none()


def open_requests(session: Session) -> Sequence[RecordRequest]:
    """All that wait for an answer, the oldest first."""
    waiting = sa.select(RecordRequest).where(RecordRequest.state.in_(OPEN))
    return session.scalars(waiting.order_by(RecordRequest.asked_on, RecordRequest.id)).all()


def due_of(request: RecordRequest, today: date) -> date:
    """The last day to answer, as things stand today."""
    return due_on(request.asked_on, stood_still(request.paused_days, request.paused_on, today))


def ask(
    session: Session,
    actor: Actor,
    person_id: int,
    words: str,
    *,
    today: date,
    how: AskedHow = AskedHow.ONLINE,
) -> int:
    """The clock begins today. Who has asked already has asked once; the request's id."""
    session.flush()
    standing = latest(session, person_id)
    if standing is not None and standing.state in OPEN:
        return standing.id
    request = RecordRequest(
        person_id=person_id,
        state=RequestState.ASKED,
        words=words.strip(),
        asked_on=today,
        how=how,
        written_by_id=None if how is AskedHow.ONLINE else actor.person_id,
        approved=[],
    )
    session.add(request)
    session.flush()
    _note(session, actor, request, "ask")
    return request.id


def put_question(
    session: Session, actor: Actor, request_id: int, question: str, *, today: date
) -> None:
    """Ask the person what is meant: the clock stands still from today until they answer.

    Raises:
        RequestError: the clock stands still already, or the actor may not.
    """
    request = _locked(session, request_id, actor, RequestState.ASKED)
    request.state, request.paused_on = RequestState.WAITING, today
    request.question, request.answer = question.strip(), ""
    _note(session, actor, request, "question")
    key = f"privacy:question:{request.id}:{request.paused_days}:{today.isoformat()}"
    tell(session, request.person_id, QUESTION, {"request": request.id}, key=key)


def give_answer(
    session: Session, actor: Actor, request_id: int, answer: str, *, today: date
) -> None:
    """The person answers, or somebody writes down what they said: the clock goes on from today.

    Raises:
        RequestError: nothing was asked, or it is somebody else's.
    """
    request = _locked(session, request_id, None, RequestState.WAITING)
    if actor.person_id != request.person_id and not may_review(actor, request.person_id):
        raise RequestError
    request.paused_days = stood_still(request.paused_days, request.paused_on, today)
    request.state, request.paused_on, request.answer = RequestState.ASKED, None, answer.strip()
    _note(session, actor, request, "answer")
    suppress(session, purpose=QUESTION, person_id=request.person_id)


def release(
    session: Session,
    actor: Actor,
    request_id: int,
    found: Exported,
    *,
    seen: str,
    out: Collection[str],
    words: str,
    at: datetime,
) -> None:
    """Give out what was looked at but for the rows in `out`; `seen` is the seal of what the actor has read.

    Raises:
        RequestError: it is not open, the actor may not, a part is missing, or there is more than they have
        read.
    """
    request = _locked(session, request_id, actor, *OPEN)
    hashes = hashes_of(found)
    if found.missing or seen != seal_of(found):
        raise RequestError
    kept = [one for one in hashes if one not in out]
    _decide(session, actor, request, RequestState.RELEASED, words, at)
    request.approved, request.left_out = sorted(set(kept)), len(hashes) - len(kept)
    session.flush()


def refuse(session: Session, actor: Actor, request_id: int, words: str, *, at: datetime) -> None:
    """Say no, and why.

    Raises:
        RequestError: it is not open, the actor may not, or there is no reason.
    """
    if not words.strip():
        raise RequestError
    request = _locked(session, request_id, actor, *OPEN)
    _decide(session, actor, request, RequestState.REFUSED, words, at)


def withdraw(session: Session, actor: Actor, request_id: int, *, at: datetime) -> None:
    """The person does not want it any more.

    Raises:
        RequestError: it is not open, or somebody else's.
    """
    request = _locked(session, request_id, None, *OPEN)
    if actor.person_id != request.person_id:
        raise RequestError
    request.state, request.paused_on, request.decided_at = RequestState.WITHDRAWN, None, at
    _note(session, actor, request, "withdraw")
    suppress(session, purpose=QUESTION, person_id=request.person_id)


def note_reading(session: Session, actor: Actor, request: RecordRequest) -> None:
    """Put on record that somebody looked through a person's record."""
    _note(session, actor, request, "read")


def note_printing(session: Session, actor: Actor, request: RecordRequest) -> None:
    """Put on record that somebody printed what was given out."""
    _note(session, actor, request, "print")


def hash_of(part: ExportedPart, row: Mapping[str, Any]) -> str:
    """What stands for one row: the same for as long as nothing in it changes."""
    text = json.dumps([part.source.table, row], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def hashes_of(found: Exported) -> list[str]:
    """One for each row, in their order."""
    return [hash_of(part, row) for part in found.parts for row in part.rows]


def seal_of(found: Exported) -> str:
    """What stands for all that is shown to whoever reviews it."""
    return hashlib.sha256("".join(hashes_of(found)).encode()).hexdigest()[:32]


def only_approved(found: Exported, approved: Collection[str]) -> Exported:
    """What was looked at and may be given out; rows that came or changed later are not in it."""
    parts = [
        replace(part, rows=[row for row in part.rows if hash_of(part, row) in approved])
        for part in found.parts
    ]
    return replace(found, parts=tuple(parts))


def _decide(
    session: Session,
    actor: Actor,
    request: RecordRequest,
    state: RequestState,
    words: str,
    at: datetime,
) -> None:
    request.state, request.paused_on, request.outcome = state, None, words.strip()
    request.decided_at, request.decided_by_id = at, actor.person_id
    session.flush()
    _note(session, actor, request, "release" if state is RequestState.RELEASED else "refuse")
    suppress(session, purpose=QUESTION, person_id=request.person_id)
    key = f"privacy:answered:{request.id}"
    tell(session, request.person_id, ANSWERED, {"request": request.id}, key=key)


def _locked(
    session: Session, request_id: int, reviewer: Actor | None, *states: RequestState
) -> RecordRequest:
    request = session.scalars(
        sa.select(RecordRequest)
        .where(RecordRequest.id == request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if request is None or request.state not in states:
        raise RequestError
    if reviewer is not None and not may_review(reviewer, request.person_id):
        raise RequestError
    return request


def _note(session: Session, actor: Actor, request: RecordRequest, verb: str) -> None:
    session.flush()
    audit.record(
        session,
        actor,
        f"privacy:record:{verb}",
        ("person", request.person_id),
        details={"request": request.id},
    )
