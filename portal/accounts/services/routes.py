"""The ways to reach a person, and what they agreed to: added, changed, preferred, removed.

Whoever changes the ways of one person waits for whoever is at it: the person's row is locked first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import AgreedHow, ContactRoute, Person, RouteKind
from portal.accounts.queries import routes_of
from portal.audit import api as audit
from portal.plugin_api import Actor
from portal.ui.phones import dialled

NOON = time(12)


class RouteError(Exception):
    """Nothing was changed. `code` is "gone", "changed" (by somebody else meanwhile) or "known" already."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Consent:
    """When somebody agreed, and how; None where nobody noted it."""

    at: datetime
    how: AgreedHow | None = None


@dataclass(frozen=True, slots=True)
class RouteInput:
    """A way to reach somebody. Without consent it is kept, and not used."""

    kind: RouteKind
    value: str
    safe_to_leave_message: bool = False
    consent: Consent | None = None

    @property
    def kept_value(self) -> str:
        """As it is stored: a number in one form, so that one shared by a household is seen."""
        value = self.value.strip()
        if self.kind in {RouteKind.MOBILE, RouteKind.LANDLINE}:
            return dialled(value) or value
        return value


def agreed(how: AgreedHow | None = None, *, on: date | None = None, zone: str = "") -> Consent:
    """Agreed just now, or at noon of an earlier day in the college's `zone`: nobody noted the hour."""
    now = clock.now()
    if on is None or on == clock.local_date(now, zone):
        return Consent(now, how)
    return Consent(clock.wall_to_utc(datetime.combine(on, NOON), zone), how)


def add_route(
    session: Session,
    actor: Actor,
    person_id: int,
    given: RouteInput,
    *,
    preferred: bool = False,
) -> ContactRoute:
    """A way to reach the person; the one that is there already when it is the same, as it is now given.

    Raises:
        ValueError: the value is empty.
    """
    if not given.kept_value:
        raise ValueError("a contact route needs a value")
    routes = _locked(session, person_id)
    route = _same(routes, given)
    if route is not None:
        _write(session, actor, route, given)
    else:
        route = ContactRoute(
            person_id=person_id, preferred=not routes, created_at=clock.now(), **_columns(given)
        )
        session.add(route)
        session.flush()
        _note(session, actor, "add", route)
    if preferred:
        prefer_route(session, actor, route)
    return route


def change_route(
    session: Session,
    actor: Actor,
    person_id: int,
    route_id: int,
    given: RouteInput,
    *,
    version: int,
) -> ContactRoute:
    """Change a way to reach the person. `version` is the one that the actor looked at.

    Raises:
        RouteError: it is gone or has changed meanwhile, or another of the person's ways is the same.
        ValueError: the value is empty.
    """
    if not given.kept_value:
        raise ValueError("a contact route needs a value")
    routes = _locked(session, person_id)
    route = next((one for one in routes if one.id == route_id), None)
    if route is None:
        raise RouteError("gone")
    if route.version != version:
        raise RouteError("changed")
    if _same(routes, given) not in {None, route}:
        raise RouteError("known")
    _write(session, actor, route, given)
    return route


def stop_using(session: Session, actor: Actor, person_id: int, route_id: int) -> bool:
    """The person does not agree any more: the way is kept, and not used. False when there is none of that
    id.
    """
    route = next((one for one in _locked(session, person_id) if one.id == route_id), None)
    if route is None:
        return False
    given = RouteInput(route.kind, route.value, route.safe_to_leave_message, consent=None)
    _write(session, actor, route, given)
    return True


def prefer_route(session: Session, actor: Actor, route: ContactRoute) -> None:
    """Make this the person's preferred route, and no other."""
    routes = _locked(session, route.person_id)
    if route.preferred:
        return
    for other in routes:
        other.preferred = False
    session.flush()  # the schema allows one preferred route: the old one steps down first
    route.preferred = True
    session.flush()
    _note(session, actor, "prefer", route)


def remove_route(session: Session, actor: Actor, person_id: int, route_id: int) -> bool:
    """Forget a contact route; False when the person has none of that id."""
    route = next((one for one in _locked(session, person_id) if one.id == route_id), None)
    if route is None:
        return False
    _note(session, actor, "remove", route)
    session.delete(route)
    session.flush()
    return True


def note_reading(session: Session, actor: Actor, person_id: int) -> None:
    """Put on record that somebody looked at how a person can be reached."""
    audit.record(session, actor, "accounts:contact_route:read", ("person", person_id))


def _locked(session: Session, person_id: int) -> Sequence[ContactRoute]:
    """The person's ways as they stand once nobody else changes them, the preferred one first."""
    session.flush()
    session.execute(sa.select(Person.id).where(Person.id == person_id).with_for_update())
    return routes_of(session, person_id, fresh=True)


def _same(routes: Sequence[ContactRoute], given: RouteInput) -> ContactRoute | None:
    wanted = (given.kind, given.kept_value)
    return next((one for one in routes if (one.kind, one.value) == wanted), None)


def _columns(given: RouteInput) -> dict[str, object]:
    return {
        "kind": given.kind,
        "value": given.kept_value,
        "safe_to_leave_message": given.safe_to_leave_message,
        "consent_at": given.consent.at if given.consent else None,
        "consent_how": given.consent.how if given.consent else None,
    }


def _write(session: Session, actor: Actor, route: ContactRoute, given: RouteInput) -> None:
    changed = [name for name, value in _columns(given).items() if getattr(route, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(route, name, _columns(given)[name])
    route.version += 1
    session.flush()
    _note(session, actor, "change", route, fields=changed)


def _note(
    session: Session, actor: Actor, verb: str, route: ContactRoute, **details: object
) -> None:
    audit.record(
        session,
        actor,
        f"accounts:contact_route:{verb}",
        ("person", route.person_id),
        details={"route": route.id, "kind": route.kind.value, **details},
    )
