"""What messages ask about people at the moment of sending."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.accounts.models import ContactRoute, Person, RouteKind
from portal.accounts.queries import shares_number
from portal.messages.api import Reach, Route
from portal.ui import display


def find_reach(session: Session, person_id: int, languages: tuple[str, ...]) -> Reach | None:
    """How one person can be reached; None once they are erased. `languages` are the college's."""
    return find_reaches(session, [person_id], languages).get(person_id)


def find_reaches(
    session: Session, ids: Collection[int], languages: tuple[str, ...] = ()
) -> dict[int, Reach]:
    """Name, language and the routes that each person agreed to, the preferred one first. Two queries.

    Whoever is unknown or erased is left out.
    """
    people = session.execute(
        sa.select(Person.id, Person.name, Person.language, Person.display, Person.paused_at).where(
            Person.id.in_(set(ids)), Person.erased_at.is_(None)
        )
    ).all()
    routes: dict[int, list[Route]] = {person.id: [] for person in people}
    for row in session.execute(_agreed_routes(routes)):
        routes[row.person_id].append(
            Route(row.kind.value, row.value, row.safe_to_leave_message, shared=row.shared)
        )
    return {
        person.id: Reach(
            name=person.name,
            language=_language(person.language, person.display, languages),
            routes=tuple(routes[person.id]),
            paused=person.paused_at is not None,
        )
        for person in people
    }


def _language(chosen: str, shown: str, languages: tuple[str, ...]) -> str:
    """What they asked to be written to in; else what they read pages in; empty for the college's own."""
    return chosen if chosen in languages else display.parse(shown, languages).language


def _agreed_routes(ids: Collection[int]) -> sa.Select[int, RouteKind, str, bool, bool]:
    return (
        sa.select(
            ContactRoute.person_id,
            ContactRoute.kind,
            ContactRoute.value,
            ContactRoute.safe_to_leave_message,
            shares_number().label("shared"),
        )
        .where(ContactRoute.person_id.in_(list(ids)), ContactRoute.consent_at.is_not(None))
        .order_by(ContactRoute.person_id, ContactRoute.preferred.desc(), ContactRoute.id)
    )
