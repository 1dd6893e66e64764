"""Asking for two records to become one, where one of them signs somebody in: that takes two people.

Whoever joins a record to an account gives all that is in it to whoever has the password. So one person of
the college asks, both records' people are told, and another person looks again and does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import MergeRequest, Person, WhichLogin
from portal.accounts.queries import login_of
from portal.accounts.services.merging import MergeError
from portal.audit import api as audit
from portal.db import lock_rows
from portal.messages.api import tell
from portal.plugin_api import Actor

MERGE_BEGUN = "accounts:merge_begun"  # the notice


def takes_two(session: Session, *person_ids: int) -> bool:
    """Whether one of these records has a way to sign in."""
    return any(login_of(session, person_id) is not None for person_id in person_ids)


def ask_to_merge(
    session: Session,
    actor: Actor,
    kept_id: int,
    gone_id: int,
    *,
    reason: str,
    sign_in: WhichLogin | None = None,
) -> MergeRequest:
    """A request that waits for a second person; the people of both records are told. Flushed.

    Raises:
        MergeError: "nobody": one of them is not there any more; "waits": one of them is in a request that
            waits already.
    """
    pair = (kept_id, gone_id)
    lock_rows(session, Person, sorted(pair))
    there = sa.select(sa.func.count(Person.id)).where(
        Person.id.in_(pair), Person.erased_at.is_(None)
    )
    if session.scalar(there) != len(set(pair)) or kept_id == gone_id:
        raise MergeError("nobody")
    if session.scalar(sa.select(MergeRequest.id).where(about(pair)).limit(1)) is not None:
        raise MergeError("waits")
    request = MergeRequest(
        kept_id=kept_id,
        gone_id=gone_id,
        sign_in=sign_in,
        reason=reason,
        begun_by_id=actor.person_id,
        begun_at=clock.now(),
    )
    session.add(request)
    session.flush()
    _record(session, actor, request, "ask", reason=reason)
    for person_id in pair:
        tell(
            session,
            person_id,
            MERGE_BEGUN,
            {"request": request.id},
            key=f"accounts:merge_begun:{request.id}:{person_id}",
        )
    return request


def take_request(session: Session, request_id: int) -> MergeRequest:
    """The request, ended, with its people's names in it still: for whoever does it now.

    Raises:
        MergeError: "gone": it was stopped, or done, meanwhile.
    """
    lock_rows(session, MergeRequest, [request_id])
    request = session.get(MergeRequest, request_id)
    if request is None:
        raise MergeError("gone")
    session.delete(request)
    session.flush()
    return request


def stop_request(session: Session, actor: Actor, request_id: int) -> None:
    """They stay two.

    Raises:
        MergeError: "gone".
    """
    _record(session, actor, take_request(session, request_id), "stop")


def waiting_since(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's signature
    """The ids of requests from before an instant: nobody has looked for so long."""
    return sa.select(MergeRequest.id).where(MergeRequest.begun_at < before)


def forget_requests(session: Session, ids: Sequence[int]) -> None:
    """Delete these."""
    session.execute(sa.delete(MergeRequest).where(MergeRequest.id.in_(ids)))


def forget_requests_about(session: Session, person_ids: Sequence[int]) -> None:
    """Delete those about these records: what they said of them is not true any more."""
    session.execute(sa.delete(MergeRequest).where(about(person_ids)))


def about(person_ids: Sequence[int]) -> sa.ColumnElement[bool]:
    """What is true of a request about one of these records."""
    return sa.or_(MergeRequest.kept_id.in_(person_ids), MergeRequest.gone_id.in_(person_ids))


def _record(
    session: Session, actor: Actor, request: MergeRequest, verb: str, *, reason: str = ""
) -> None:
    for person_id in (request.kept_id, request.gone_id):
        audit.record(
            session,
            actor,
            f"accounts:merge:{verb}",
            ("person", person_id),
            reason=reason,
            details={"request": request.id, "kept": request.kept_id, "gone": request.gone_id},
        )
