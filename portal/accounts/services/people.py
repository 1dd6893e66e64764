"""People, and the ways to reach them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import LONGEST_NAME, ContactRoute, Person, RouteKind
from portal.accounts.queries import routes_of
from portal.audit import api as audit
from portal.plugin_api import Actor, publish
from portal.plugin_api.events import PersonRegistered
from portal.ui.phones import dialled


def create_person(session: Session, actor: Actor, *, name: str, pronouns: str = "") -> Person:
    """A new person, flushed so that its id is known.

    Raises:
        ValueError: the name is empty or too long.
    """
    name = _checked_name(name)
    person = Person(name=name, pronouns=pronouns.strip(), created_at=clock.now())
    session.add(person)
    session.flush()
    audit.record(session, actor, "accounts:person:create", ("person", person.id))
    publish(session, PersonRegistered(person_id=person.id))
    return person


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise ValueError(f"a name has 1 to {LONGEST_NAME} letters")
    return name


def change_details(
    session: Session, actor: Actor, person: Person, *, name: str, pronouns: str
) -> None:
    """What the person wants to be called. Nothing is written when nothing changed.

    Raises:
        ValueError: the name is empty or too long.
    """
    name, pronouns = _checked_name(name), pronouns.strip()
    changed = [
        field
        for field, value in (("name", name), ("pronouns", pronouns))
        if getattr(person, field) != value
    ]
    if changed:
        person.name, person.pronouns = name, pronouns
        session.flush()
        audit.record(
            session,
            actor,
            "accounts:person:change",
            ("person", person.id),
            details={"fields": changed},
        )


def save_display(session: Session, person_id: int, display: str) -> None:
    """Keep the person's display settings. Not audited: a text size is nobody's business."""
    session.get_one(Person, person_id).display = display
    session.flush()


def add_route(
    session: Session,
    actor: Actor,
    person_id: int,
    *,
    kind: RouteKind,
    value: str,
    safe_to_leave_message: bool = False,
    consent: bool = True,
    preferred: bool = False,
) -> ContactRoute:
    """A way to reach the person; the one that is there already when it is the same.

    A telephone number is kept in international form.

    Raises:
        ValueError: the value is empty.
    """
    value = value.strip()
    if kind in {RouteKind.MOBILE, RouteKind.LANDLINE}:
        value = dialled(value) or value  # one form, so that a number shared by a household is seen
    if not value:
        raise ValueError("a contact route needs a value")
    routes = routes_of(session, person_id)
    route = next((known for known in routes if (known.kind, known.value) == (kind, value)), None)
    if route is None:
        route = ContactRoute(
            person_id=person_id,
            kind=kind,
            value=value,
            created_at=clock.now(),
            preferred=not routes,
        )
        session.add(route)
    route.safe_to_leave_message = safe_to_leave_message
    if not consent:
        route.consent_at = None
    elif route.consent_at is None:
        route.consent_at = clock.now()
    session.flush()
    if preferred and not route.preferred:
        prefer_route(session, route)
    audit.record(
        session,
        actor,
        "accounts:contact_route:add",
        ("person", person_id),
        details={"route": route.id, "kind": kind.value},
    )
    return route


def prefer_route(session: Session, route: ContactRoute) -> None:
    """Make this the person's preferred route, and no other."""
    for other in routes_of(session, route.person_id):
        if other.preferred and other.id != route.id:
            other.preferred = False
    session.flush()  # the schema allows one preferred route: the old one steps down first
    route.preferred = True
    session.flush()


def remove_route(session: Session, actor: Actor, route: ContactRoute) -> None:
    """Forget a contact route."""
    audit.record(
        session,
        actor,
        "accounts:contact_route:remove",
        ("person", route.person_id),
        details={"route": route.id, "kind": route.kind.value},
    )
    session.delete(route)
    session.flush()
