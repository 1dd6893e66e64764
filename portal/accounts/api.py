"""The front door of accounts: people for other rooms and plugins. Ids and plain values, no records."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.accounts import address_book, queries
from portal.accounts.course_book import register_course_book
from portal.accounts.demo import DemoPeople
from portal.accounts.demo import first_of_each_role as demo_people_with_login
from portal.accounts.demo import people_of as demo_people
from portal.accounts.models import AgreedHow, Person, RouteKind
from portal.accounts.own_pages import add_own_page
from portal.accounts.policies import EDIT_CONTACT, GRANTABLE, ROLES, example_of
from portal.accounts.services import people as _people
from portal.accounts.services import roles as _roles
from portal.accounts.services import routes as _routes
from portal.accounts.services.roles import RoleError
from portal.accounts.words import AGREED_CHOICES, ROLE_NAMES, ROUTE_NAMES, language_name
from portal.messages.api import Reach
from portal.plugin_api import COLLEGE, Actor

__all__ = [
    "AGREED_CHOICES",
    "EDIT_CONTACT",
    "GRANTABLE",
    "ROLES",
    "ROLE_NAMES",
    "ROUTE_NAMES",
    "AgreedHow",
    "DemoPeople",
    "PersonRef",
    "RoleError",
    "RouteKind",
    "add_contact_route",
    "add_own_page",
    "count_people",
    "create_person",
    "demo_people",
    "demo_people_with_login",
    "demo_sign_ins",
    "erased_among",
    "example_of",
    "grant_role",
    "is_reached_by_email",
    "language_name",
    "name_of",
    "people_by_ids",
    "people_who_sign_in_as",
    "people_with_role",
    "person_here",
    "person_search",
    "reaches",
    "register_course_book",
    "revoke_role",
]


@dataclass(frozen=True, slots=True)
class PersonRef:
    """Who somebody is, for a list or a link: no address, no role."""

    id: int
    name: str
    pronouns: str


def _ref(person: Person) -> PersonRef:
    return PersonRef(person.id, person.name, person.pronouns)


def people_by_ids(session: Session, ids: Collection[int]) -> dict[int, PersonRef]:
    """The people with these ids, in one query; unknown ids are left out."""
    return {row[0]: PersonRef(*row) for row in queries.names_by_ids(session, ids)}


def name_of(person_id: Any) -> sa.ScalarSelect[str]:
    """The name of the person whose id stands in a column of another question, or nothing: for a list that is
    asked for often, and would ask for its names apart.
    """
    return queries.name_of(person_id)


def person_here(session: Session, person_id: int) -> PersonRef | None:
    """The person with this id; None for nobody, and for whoever was erased: nothing is begun for them."""
    known = queries.people_by_ids(session, [person_id])
    return next((_ref(person) for person in known if person.erased_at is None), None)


def erased_among(people: str) -> sa.Select[tuple[int]]:
    """The ids of those of these people whose record is empty, as a question to join to another: nothing is
    given to them any more. They are given as `people`: a collection of ids.
    """
    return queries.erased_among(people)


def person_search(session: Session, words: str, *, limit: int = 20) -> list[PersonRef]:
    """People whose name holds every word, by name. Ask for a permission before you show them."""
    return [_ref(person) for person in queries.people_matching(session, words, limit)]


def people_with_role(session: Session, role: str, at: datetime) -> dict[int, PersonRef]:
    """Whoever holds the role in any scope at that instant, with or without a login."""
    return people_by_ids(session, queries.holders(session, role, at))


def people_who_sign_in_as(session: Session, role: str, at: datetime) -> set[int]:
    """Ids of the people who hold the role in the whole college at that instant, and can sign in."""
    return queries.live_holders(session, role, at)


def is_reached_by_email(session: Session, person_id: int) -> bool:
    """Whether an e-mail goes to them by itself: they agreed to one, and prefer no call or letter."""
    return queries.is_reached_by_email(session, person_id)


def reaches(session: Session, ids: Collection[int]) -> dict[int, Reach]:
    """How people can be reached in the ways they agreed to, by person. Two queries.

    Whoever is unknown or erased is left out. Ask for a permission before you show them.
    """
    return address_book.find_reaches(session, ids)


def count_people(session: Session) -> int:
    """How many people the college knows."""
    return queries.count_people(session)


def create_person(
    session: Session, actor: Actor, *, name: str, pronouns: str = "", language: str = ""
) -> int:
    """A new person without a login; returns the id.

    `language` is one of the college's, in which they are written to; empty for none in particular.

    Raises:
        ValueError: the name is empty.
    """
    return _people.create_person(session, actor, name=name, pronouns=pronouns, language=language).id


def add_contact_route(
    session: Session,
    actor: Actor,
    person_id: int,
    *,
    kind: RouteKind,
    value: str,
    how: AgreedHow,
    agreed_on: date | None = None,
    zone: str = "",
    safe_to_leave_message: bool = False,
) -> None:
    """A way to reach a person, and how and when they agreed to it. The first one is the preferred one.

    `agreed_on` is a day in the college's `zone`; None is now.

    Raises:
        ValueError: the value is empty.
    """
    consent = _routes.agreed(how, on=agreed_on, zone=zone)
    given = _routes.RouteInput(kind, value, safe_to_leave_message, consent)
    _routes.add_route(session, actor, person_id, given)


def grant_role(
    session: Session,
    actor: Actor,
    person_id: int,
    role: str,
    *,
    scope: str = COLLEGE,
    reason: str = "",
    valid_to: datetime | None = None,
) -> int:
    """Give a role from now on; returns the grant's id. Who may give it is for the caller to ask.

    Raises:
        RoleError: an unknown role or scope, or an end that has passed.
    """
    grant = _roles.grant_role(
        session, actor, person_id, role, scope=scope, reason=reason, valid_to=valid_to
    )
    return grant.id


def revoke_role(session: Session, actor: Actor, grant_id: int, *, reason: str = "") -> None:
    """End a grant now.

    Raises:
        RoleError: no such grant, ended before, or it is the last administrator's.
    """
    _roles.revoke_role(session, actor, grant_id, reason=reason)


def demo_sign_ins() -> list[tuple[str, str, str]]:
    """(role, e-mail address, password) of one demo person per role."""
    from portal.accounts.demo import demo_sign_ins as sign_ins

    return list(sign_ins())
