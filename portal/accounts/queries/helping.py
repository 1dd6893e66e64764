"""Reads of whom the college helps in again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from portal import clock
from portal.accounts.models import HelpRequest, Login, Person, RoleGrant
from portal.accounts.queries.people import holds_at

WAITS_FOR = timedelta(days=7)  # for a second person
CODE_FOR_HELP_WORKS_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HelpLine:
    """A request with the names that its page shows."""

    request: HelpRequest
    person_id: int
    person: str
    begun_by: str


def is_open(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """What is true of a request that waits for a second person, or for its code to be used."""
    return (
        HelpRequest.ended_at.is_(None),
        sa.or_(
            sa.and_(HelpRequest.confirmed_at.is_(None), HelpRequest.begun_at > now - WAITS_FOR),
            HelpRequest.confirmed_at > now - CODE_FOR_HELP_WORKS_FOR,
        ),
    )


def open_help(session: Session, request_id: int | None = None) -> Sequence[HelpLine]:
    """Requests that are open, oldest first: all, or the one of that id."""
    helper = aliased(Person)
    statement = (
        sa.select(HelpRequest, Person.id, Person.name, helper.name)
        .join(Login, Login.id == HelpRequest.login_id)
        .join(Person, Person.id == Login.person_id)
        .join(helper, helper.id == HelpRequest.begun_by_id)
        .where(*is_open(clock.now()))
        .order_by(HelpRequest.id)
    )
    if request_id is not None:
        statement = statement.where(HelpRequest.id == request_id)
    return [HelpLine(*row) for row in session.execute(statement)]


def help_by_stop_link(session: Session, stop_hash: str) -> HelpRequest | None:
    """The open request whose link to its person this is."""
    return session.scalar(
        sa.select(HelpRequest).where(HelpRequest.stop_hash == stop_hash, *is_open(clock.now()))
    )


def help_by_code(session: Session, code_hash: str) -> HelpRequest | None:
    """The confirmed request whose code this is, as long as it works."""
    return session.scalar(
        sa.select(HelpRequest).where(HelpRequest.code_hash == code_hash, *is_open(clock.now()))
    )


def roles_of(session: Session, person_id: int) -> set[str]:
    """The roles that a person holds now, in any scope."""
    held = sa.select(RoleGrant.role).where(RoleGrant.person_id == person_id, *holds_at(clock.now()))
    return set(session.scalars(held))
