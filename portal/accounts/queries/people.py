"""Reads of people, how to reach them, their logins and grants."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from portal.accounts.models import (
    ContactRoute,
    Login,
    Person,
    RoleGrant,
    RouteKind,
)
from portal.db import table_of
from portal.one_of import one_of
from portal.plugin_api import COLLEGE

MOST_FOUND = 50


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A grant as its page shows it: with the names of who gave and who ended it."""

    grant: RoleGrant
    person: str
    granted_by: str | None
    revoked_by: str | None


_PERSON = table_of(Person)
_NAMES = sa.select(_PERSON.c.id, _PERSON.c.name, _PERSON.c.pronouns).where(
    one_of(_PERSON.c.id, "wanted")
)


def holds_at(
    at: datetime | sa.BindParameter[datetime], grant: Any = RoleGrant
) -> tuple[sa.ColumnElement[bool], ...]:
    """What is true of a grant that holds at an instant; `grant` is the model or its columns."""
    return (
        grant.revoked_at.is_(None),
        grant.valid_from <= at,
        sa.or_(grant.valid_to.is_(None), grant.valid_to > at),
    )


def live_holders(session: Session, role: str, at: datetime) -> set[int]:
    """Ids of the people who can sign in and hold the role in the whole college at that instant."""
    return set(
        session.scalars(
            sa.select(RoleGrant.person_id)
            .join(Login, Login.person_id == RoleGrant.person_id)
            .where(RoleGrant.role == role, RoleGrant.scope == COLLEGE, Login.active, *holds_at(at))
        )
    )


def login_by_email(session: Session, email: str) -> Login | None:
    """The login of a normalised address, with its person: one query whether there is one or not."""
    return session.scalar(
        sa.select(Login).where(Login.email == email).options(joinedload(Login.person))
    )


def login_of(session: Session, person_id: int) -> Login | None:
    """The person's login, if they have one."""
    return session.scalar(sa.select(Login).where(Login.person_id == person_id))


def routes_of(session: Session, person_id: int, *, fresh: bool = False) -> Sequence[ContactRoute]:
    """A person's contact routes, the preferred one first; `fresh` reads again those known already."""
    return session.scalars(
        sa.select(ContactRoute)
        .where(ContactRoute.person_id == person_id)
        .order_by(ContactRoute.preferred.desc(), ContactRoute.id)
        .execution_options(populate_existing=fresh)
    ).all()


def shares_number() -> sa.ColumnElement[bool]:
    """Whether somebody else has the telephone number of the contact route of the statement around it."""
    other, phones = aliased(ContactRoute), (RouteKind.MOBILE, RouteKind.LANDLINE)
    return (
        sa.exists()
        .where(
            other.value == ContactRoute.value,
            other.person_id != ContactRoute.person_id,
            ContactRoute.kind.in_(phones),
            other.kind.in_(phones),
        )
        .correlate(ContactRoute)
    )


def shared_routes(session: Session, person_id: int) -> set[int]:
    """Ids of those of a person's contact routes that are somebody else's telephone number too."""
    return set(
        session.scalars(
            sa.select(ContactRoute.id).where(ContactRoute.person_id == person_id, shares_number())
        )
    )


def route_of(session: Session, person_id: int, route_id: int) -> ContactRoute | None:
    """One contact route, when it is this person's."""
    return session.scalar(
        sa.select(ContactRoute).where(
            ContactRoute.id == route_id, ContactRoute.person_id == person_id
        )
    )


def people_by_ids(session: Session, ids: Collection[int]) -> Sequence[Person]:
    """The people with these ids, in one query; unknown ids are left out."""
    if not ids:
        return ()
    return session.scalars(sa.select(Person).where(Person.id.in_(set(ids)))).all()


def names_by_ids(session: Session, ids: Collection[int]) -> Sequence[sa.Row[int, str, str]]:
    """Id, name and pronouns of these people, in one query: for lists, which need no more of them."""
    if not ids:
        return ()
    return session.execute(_NAMES, {"wanted": list(set(ids))}).all()


def name_of(person_id: Any) -> sa.ScalarSelect[str]:
    """The name of the person whose id stands in a column of another question."""
    named = _PERSON.alias()  # another than the one that question may read itself
    return sa.select(named.c.name).where(named.c.id == person_id).scalar_subquery()


def erased_among(people: str) -> sa.Select[tuple[int]]:
    """The ids of those of these people who were erased, as a question to join to another."""
    return sa.select(_PERSON.c.id).where(
        one_of(_PERSON.c.id, people), _PERSON.c.erased_at.is_not(None)
    )


def people_matching(session: Session, words: str, limit: int = MOST_FOUND) -> Sequence[Person]:
    """People whose name holds every word, by name; nobody for no words."""
    parts = words.split()
    if not parts:
        return ()
    return session.scalars(
        sa.select(Person)
        .where(
            Person.erased_at.is_(None),
            *(Person.name.icontains(part, autoescape=True) for part in parts),
        )
        .order_by(Person.name, Person.id)
        .limit(limit)
    ).all()


def emails_of(session: Session, ids: Collection[int]) -> dict[int, str]:
    """Sign-in addresses by person, to tell namesakes apart."""
    rows = session.execute(
        sa.select(Login.person_id, Login.email).where(Login.person_id.in_(set(ids)))
    )
    return {row.person_id: row.email for row in rows}


def grants(
    session: Session,
    *,
    person_id: int | None = None,
    at: datetime | None = None,
    role: str = "",
    ends_before: datetime | None = None,
    before: int | None = None,
    limit: int = 200,
) -> list[GrantLine]:
    """Grants with names, latest first: of one person or all, of one role, those that hold at `at`, those of
    them that end before an instant. `before` is the id of a grant: only those made earlier.
    """
    granter, ender = aliased(Person), aliased(Person)
    statement = (
        sa.select(RoleGrant, Person.name, granter.name, ender.name)
        .join(Person, Person.id == RoleGrant.person_id)
        .outerjoin(granter, granter.id == RoleGrant.granted_by_id)
        .outerjoin(ender, ender.id == RoleGrant.revoked_by_id)
        .order_by(RoleGrant.id.desc())
        .limit(limit)
    )
    if person_id is not None:
        statement = statement.where(RoleGrant.person_id == person_id)
    if at is not None:
        statement = statement.where(*holds_at(at))
    if role:
        statement = statement.where(RoleGrant.role == role)
    if ends_before is not None:
        statement = statement.where(RoleGrant.valid_to < ends_before)
    if before is not None:
        statement = statement.where(RoleGrant.id < before)
    return [GrantLine(*row) for row in session.execute(statement)]


def is_reached_by_email(session: Session, person_id: int) -> bool:
    """Whether an e-mail goes to a person by itself: they agreed to one, and prefer no call or letter."""
    kinds = session.scalars(
        sa.select(ContactRoute.kind)
        .where(ContactRoute.person_id == person_id, ContactRoute.consent_at.is_not(None))
        .order_by(ContactRoute.preferred.desc(), ContactRoute.id)
    ).all()
    written = (RouteKind.EMAIL, RouteKind.MOBILE)
    return RouteKind.EMAIL in kinds and kinds[0] in written


def holders(session: Session, role: str, at: datetime) -> set[int]:
    """Ids of the people who hold the role in any scope at that instant."""
    return set(
        session.scalars(sa.select(RoleGrant.person_id).where(RoleGrant.role == role, *holds_at(at)))
    )


def count_people(session: Session) -> int:
    """How many people there are, those who were erased left out."""
    return (
        session.scalar(
            sa.select(sa.func.count()).select_from(Person).where(Person.erased_at.is_(None))
        )
        or 0
    )
