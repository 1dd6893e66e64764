"""Who looked at what somebody keeps to themselves: names, and the roles in which they did."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.accounts.models import Person, RoleGrant
from portal.accounts.queries.people import people_by_ids
from portal.audit.api import Looked, looked_at
from portal.plugin_api.dispatch import looks
from portal.plugin_api.types import Words

PAGE = 50
SECOND = timedelta(seconds=1)  # the record counts in whole ones


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who looked. `name` is empty for whoever keeps the computer."""

    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LookLine:
    """One look: by whom, in which roles at that moment, at what, and why if they said so."""

    at: datetime
    reader: Reader
    what: Words
    reason: str


@dataclass(frozen=True, slots=True)
class LookPage:
    """Looks, the newest first. `older` is where the next page begins; None when there is none."""

    lines: Sequence[LookLine]
    older: int | None


def who_looked(session: Session, person_id: int, *, before: int | None = None) -> LookPage:
    """Looks of others at what is this person's. Four queries, however many there are."""
    merged = session.scalars(sa.select(Person.id).where(Person.merged_into_id == person_id))
    ids = [person_id, *merged]
    found = looked_at(session, looks(session), ids, before=before, limit=PAGE + 1)
    shown = found[:PAGE]
    by = {one.by_id for one in shown if one.by_id is not None}
    names = {person.id: person.name for person in people_by_ids(session, by)}
    grants = _grants_of(session, by)
    lines = [
        LookLine(
            one.at, Reader(names.get(one.by_id or 0, ""), _roles(grants, one)), one.what, one.reason
        )
        for one in shown
    ]
    return LookPage(lines, shown[-1].entry_id if len(found) > PAGE else None)


def _grants_of(session: Session, people: Collection[int]) -> Sequence[RoleGrant]:
    if not people:
        return ()
    return session.scalars(
        sa.select(RoleGrant).where(RoleGrant.person_id.in_(people)).order_by(RoleGrant.id)
    ).all()


def _roles(grants: Sequence[RoleGrant], look: Looked) -> tuple[str, ...]:
    """The roles that whoever looked held at that moment, each once."""
    held = (
        grant.role
        for grant in grants
        if grant.person_id == look.by_id
        and grant.valid_from < look.at + SECOND
        and (grant.valid_to is None or grant.valid_to > look.at)
        and (grant.revoked_at is None or grant.revoked_at > look.at)
    )
    return tuple(dict.fromkeys(held))
