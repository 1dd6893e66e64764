"""What one's own pages and the staff's share about the ways to reach somebody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from flask import current_app
from flask_babel import gettext as _

from portal.accounts.forms.contact import consent_of
from portal.accounts.services import people, routes
from portal.accounts.words import KNOWN_ROUTE, language_name
from portal.db import db
from portal.plugin_api import current_actor

if TYPE_CHECKING:
    from portal.accounts.forms.contact import LanguageForm, RouteForm, TheirRouteForm
    from portal.accounts.models import ContactRoute, Person
    from portal.config import Settings

Outcome = Literal["saved", "shown", "gone"]


def languages() -> tuple[str, ...]:
    """The college's languages, its own first."""
    settings: Settings = current_app.settings  # type: ignore[attr-defined]  # it is a Portal
    return tuple(settings.languages)


def first_used(ways: Sequence[ContactRoute]) -> ContactRoute | None:
    """The first that they agreed to, of all in their order."""
    return next((route for route in ways if consent_of(route) is not None), None)


def try_change(form: RouteForm | TheirRouteForm, kept: ContactRoute) -> Outcome:
    """Save a changed way, if the form was sent and can be; "shown" asks for the form, with what is wrong.

    When somebody else saved meanwhile nothing is overwritten: the form keeps what was typed, says so, and
    counts as having seen it.
    """
    if not form.is_submitted():
        return "shown"
    person_id, route_id, stale = kept.person_id, kept.id, form.seen != kept.version
    valid = form.validate()
    if stale:
        return _changed_meanwhile(form, kept)
    if not valid:
        return "shown"
    try:
        routes.change_route(
            db.session, current_actor(), person_id, route_id, form.given(), version=form.seen
        )
    except routes.RouteError as error:
        if error.code == "gone":
            return "gone"
        if error.code == "changed":
            return _changed_meanwhile(form, kept)
        form.refuse("value", KNOWN_ROUTE)
        return "shown"
    return "saved"


def _changed_meanwhile(form: Any, kept: ContactRoute) -> Outcome:
    form.version.data = str(kept.version)
    form.clash = True
    form.refuse(
        "", _("Somebody changed this while you were writing. Look at both, then save again")
    )
    return "shown"


def try_language(form: LanguageForm, person: Person) -> bool:
    """Save the language, if the form was sent and nobody else chose another one meanwhile."""
    if not form.validate_on_submit():
        return False
    if form.seen.data != person.language and form.chosen != person.language:
        form.seen.data = person.language
        form.refuse(
            "language",
            _(
                "Somebody chose %(language)s while you were here. Save again if yours is right",
                language=language_name(person.language) if person.language else _("no language"),
            ),
        )
        return False
    people.choose_language(db.session, current_actor(), person, form.chosen)
    return True
