"""Reads of people, logins, sessions and grants."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from portal import clock
from portal.accounts.models import (
    ContactRoute,
    Login,
    LoginCode,
    LoginSession,
    Person,
    RoleGrant,
    RouteKind,
)
from portal.db import UTCDateTime
from portal.plugin_api import COLLEGE

MOST_FOUND = 50
CODE_WORKS_FOR = timedelta(minutes=10)  # a code or a link that was e-mailed
CODE_PURPOSE = "accounts:code"  # of the message that brings it


@dataclass(frozen=True, slots=True)
class LiveSession:
    """An open session and whose it is, as one query finds them."""

    id: int
    created_at: datetime
    seen_at: datetime
    login_id: int
    person_id: int
    name: str
    grants: tuple[tuple[str, str], ...]  # (role, scope) of every grant that holds now


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A grant as its page shows it: with the names of who gave and who ended it."""

    grant: RoleGrant
    person: str
    granted_by: str | None
    revoked_by: str | None


def _live(
    at: datetime | sa.BindParameter[datetime], grant: Any = RoleGrant
) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        grant.revoked_at.is_(None),
        grant.valid_from <= at,
        sa.or_(grant.valid_to.is_(None), grant.valid_to > at),
    )


def _session_by_hash() -> sa.Select[Any]:
    # Of tables, not of models: the same statement, without the ORM's part in running it.
    session, login, person, grant = (
        model.__table__.c for model in (LoginSession, Login, Person, RoleGrant)
    )
    at = sa.bindparam("at", type_=UTCDateTime())
    return (
        sa.select(
            session.id,
            session.created_at,
            session.seen_at,
            session.login_id,
            login.person_id,
            person.name,
            grant.role,
            grant.scope,
        )
        .join_from(LoginSession.__table__, Login.__table__, login.id == session.login_id)
        .join(Person.__table__, person.id == login.person_id)
        .outerjoin(
            RoleGrant.__table__,
            sa.and_(grant.person_id == person.id, *_live(at, grant)),
        )
        .where(
            session.token_hash == sa.bindparam("token_hash"),
            session.ended_at.is_(None),
            login.active,
            login.confirmed_at.is_not(None),
        )
    )


# Asked on every click of everybody who is signed in, so it is one statement, put together once.
_SESSION_BY_HASH = _session_by_hash()


def session_by_hash(session: Session, token_hash: str, at: datetime) -> LiveSession | None:
    """The session of that key that nobody has ended, when its login may still sign in, and its grants.

    Its time limits are the caller's to judge: they depend on the roles.
    """
    rows = session.execute(_SESSION_BY_HASH, {"token_hash": token_hash, "at": at}).all()
    if not rows:
        return None
    found = rows[0]
    return LiveSession(
        id=found.id,
        created_at=found.created_at,
        seen_at=found.seen_at,
        login_id=found.login_id,
        person_id=found.person_id,
        name=found.name,
        grants=tuple((row.role, row.scope) for row in rows if row.role is not None),
    )


def live_holders(session: Session, role: str, at: datetime) -> set[int]:
    """Ids of the people who can sign in and hold the role in the whole college at that instant."""
    return set(
        session.scalars(
            sa.select(RoleGrant.person_id)
            .join(Login, Login.person_id == RoleGrant.person_id)
            .where(RoleGrant.role == role, RoleGrant.scope == COLLEGE, Login.active, *_live(at))
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


def code_by_link(session: Session, link_hash: str) -> LoginCode | None:
    """The code whose link this is, when it has been neither used nor become too old."""
    return session.scalar(
        sa.select(LoginCode).where(
            LoginCode.link_hash == link_hash,
            LoginCode.used_at.is_(None),
            LoginCode.login_id.is_not(None),
            LoginCode.created_at > clock.now() - CODE_WORKS_FOR,
        )
    )


def open_sessions(
    session: Session, login_id: int, *, seen_after: datetime, begun_after: datetime
) -> Sequence[LoginSession]:
    """Sessions that nobody ended and that no limit has ended by itself, latest first."""
    return session.scalars(
        sa.select(LoginSession)
        .where(
            LoginSession.login_id == login_id,
            LoginSession.ended_at.is_(None),
            LoginSession.seen_at > seen_after,
            LoginSession.created_at > begun_after,
        )
        .order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())
    ).all()


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
    session: Session, *, person_id: int | None = None, at: datetime | None = None, limit: int = 200
) -> list[GrantLine]:
    """Grants with names, latest first: of one person or all, and only those that hold at `at` if given."""
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
        statement = statement.where(*_live(at))
    return [GrantLine(*row) for row in session.execute(statement)]


def may_send(session: Session, person_id: int, address: str, purpose: str) -> bool:
    """Whether a queued message may still go to that address: asked when it is about to leave.

    Messages about the login itself (`accounts:…`) go to the login's own address; all others need
    the person's consent to be written to there.
    """
    if purpose == CODE_PURPOSE:  # late, it would only confuse: the person has asked again
        found = (
            sa.select(Login.id)
            .join(LoginCode, LoginCode.login_id == Login.id)
            .where(
                Login.person_id == person_id,
                Login.email == address,
                LoginCode.used_at.is_(None),
                LoginCode.created_at > clock.now() - CODE_WORKS_FOR,
            )
        )
    elif purpose.startswith("accounts:"):
        found = sa.select(Login.id).where(Login.person_id == person_id, Login.email == address)
    else:
        found = sa.select(ContactRoute.id).where(
            ContactRoute.person_id == person_id,
            ContactRoute.kind == RouteKind.EMAIL,
            ContactRoute.value == address,
            ContactRoute.consent_at.is_not(None),
        )
    return session.scalar(found.limit(1)) is not None


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
        session.scalars(sa.select(RoleGrant.person_id).where(RoleGrant.role == role, *_live(at)))
    )


def count_people(session: Session) -> int:
    """How many people there are, those who were erased left out."""
    return (
        session.scalar(
            sa.select(sa.func.count()).select_from(Person).where(Person.erased_at.is_(None))
        )
        or 0
    )
