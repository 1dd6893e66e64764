"""What people agreed to about how they are reached, for the page "What you agreed to"."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.queries import routes_of
from portal.accounts.services.routes import stop_using
from portal.accounts.words import ROUTE_NAMES, agreed_words
from portal.plugin_api import Actor, Consent, ConsentKind


def listed(session: Session, person_id: int) -> Sequence[Consent]:
    """The ways to reach the person that are used."""
    return [
        Consent(
            ref=str(route.id),
            what=f"{ROUTE_NAMES[route.kind]}: {route.value}",
            since=route.consent_at,
            how=agreed_words(route),
        )
        for route in routes_of(session, person_id)
        if route.consent_at is not None
    ]


def withdraw(session: Session, actor: Actor, ref: str) -> None:
    """Keep the way, and use it no more."""
    if actor.person_id is not None and ref.isdecimal():
        stop_using(session, actor, actor.person_id, int(ref))


KINDS = (
    ConsentKind(
        kind="accounts:contact_route",
        title=_l("Ways we may reach you"),
        after=_l(
            "We do not use it any more. It still stands in your details, where you can remove it."
        ),
        listed=listed,
        withdraw=withdraw,
    ),
)
