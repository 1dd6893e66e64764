"""How people can be reached, for whoever looks after it. Each look at one person is put on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts import queries
from portal.accounts.forms.contact import LanguageForm, RemoveForm, TheirRouteForm
from portal.accounts.models import ContactRoute, Person
from portal.accounts.policies import EDIT_CONTACT, may_merge
from portal.accounts.services import routes
from portal.accounts.views.blueprint import blueprint, form_page
from portal.accounts.views.helping import may_be_helped
from portal.accounts.views.reaching import first_used, languages, try_change, try_language
from portal.accounts.words import TELLING_THEM, THEIR_ROUTE_NAMES, agreed_words, language_name
from portal.db import db
from portal.plugin_api import current_actor, requires, writes
from portal.plugin_api.dispatch import gather_person_actions
from portal.ui.fields import clean

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

    from portal.config import Settings

OTHERWISE = _l("They did not say. Use what they read this site in, or the college’s own language")
LONGEST_SEARCH = 100
NOT_FOUND = 404


def _zone() -> str:
    settings: Settings = current_app.settings  # type: ignore[attr-defined]  # it is a Portal
    return settings.timezone


def _opened(person_id: int) -> Person:
    """The person, with this look put on record."""
    person = db.session.get(Person, person_id)
    if person is None or person.erased_at is not None:
        abort(NOT_FOUND)
    routes.note_reading(db.session, current_actor(), person_id)
    return person


def _route(person_id: int, route_id: int) -> ContactRoute:
    route = queries.route_of(db.session, person_id, route_id)
    if route is None:
        abort(NOT_FOUND)
    return route


def _address(endpoint: str, **values: Any) -> str:
    """A page of this file, which remembers the task of the desk that somebody came from."""
    return url_for(f"accounts.{endpoint}", task=request.args.get("task", type=int), **values)


def _page(template: str, form: Any, person: Person, **context: Any) -> Response:
    back = _address("person_contact", person_id=person.id)
    return form_page(template, form, person=person, back=back, **context)


def _saved(person_id: int) -> ResponseReturnValue:
    flash(_("Saved."), "good")
    return redirect(_address("person_contact", person_id=person_id), 303)


@blueprint.get("/people/contact")
@requires(EDIT_CONTACT)
def find_contact() -> str:
    """Find somebody by name."""
    words = (clean(request.args.get("q")) or "")[:LONGEST_SEARCH]
    return render_template(
        "accounts/contact/find.html",
        words=words,
        found=queries.people_matching(db.session, words),
    )


@blueprint.get("/people/<int:person_id>/contact")
@requires(EDIT_CONTACT)
@writes
def person_contact(person_id: int) -> str:
    """Every way to reach one person, what they agreed to, and their language."""
    person, session = _opened(person_id), db.session
    ways = queries.routes_of(session, person_id)
    first = first_used(ways)
    actions = gather_person_actions(session, person_id, current_actor())
    return render_template(
        "accounts/contact/person.html",
        actions=actions.items,
        part_missing=bool(actions.missing),
        person=person,
        ways=ways,
        first=first,
        shared=queries.shared_routes(session, person_id),
        telling=TELLING_THEM[first.kind if first else None],
        agreed=agreed_words,
        route_names=THEIR_ROUTE_NAMES,
        language=language_name(person.language) if person.language in languages() else "",
        has_choice=len(languages()) > 1,
        address=_address,
        task=request.args.get("task", type=int),
        may_help=may_be_helped(person_id),
        may_merge=may_merge(current_actor(), person_id, person_id),
    )


@blueprint.route("/people/<int:person_id>/contact/new", methods=["GET", "POST"])
@requires(EDIT_CONTACT, "GET", "POST")
@writes
def add_their_route(person_id: int) -> ResponseReturnValue:
    """One more way to reach them, and how they agreed to it."""
    person, form = _opened(person_id), TheirRouteForm(zone=_zone())
    if form.validate_on_submit():
        routes.add_route(
            db.session, current_actor(), person_id, form.given(), preferred=form.is_first
        )
        return _saved(person_id)
    return _page("accounts/contact/add.html", form, person, gone=False, here="")


@blueprint.route("/people/<int:person_id>/contact/<int:route_id>", methods=["GET", "POST"])
@requires(EDIT_CONTACT, "GET", "POST")
@writes
def change_their_route(person_id: int, route_id: int) -> ResponseReturnValue:
    """Change a way. When it was removed meanwhile, what was typed can be added."""
    person = _opened(person_id)
    route = queries.route_of(db.session, person_id, route_id)
    if route is not None:
        form = TheirRouteForm(zone=_zone(), kept=route)
        outcome = try_change(form, route)
        if outcome == "saved":
            return _saved(person_id)
        if outcome == "shown":
            return _page(
                "accounts/contact/change.html",
                form,
                person,
                route=route,
                route_names=THEIR_ROUTE_NAMES,
                agreed=agreed_words,
            )
    if request.method != "POST":
        abort(NOT_FOUND)
    here = _address("add_their_route", person_id=person_id)
    again = TheirRouteForm(zone=_zone())
    response = _page("accounts/contact/add.html", again, person, gone=True, here=here)
    response.status_code = NOT_FOUND
    return response


@blueprint.post("/people/<int:person_id>/contact/<int:route_id>/prefer")
@requires(EDIT_CONTACT, "POST")
def prefer_their_route(person_id: int, route_id: int) -> ResponseReturnValue:
    """Use this way first."""
    routes.prefer_route(db.session, current_actor(), _route(person_id, route_id))
    return _saved(person_id)


@blueprint.route("/people/<int:person_id>/contact/<int:route_id>/remove", methods=["GET", "POST"])
@requires(EDIT_CONTACT, "GET", "POST")
@writes
def remove_their_route(person_id: int, route_id: int) -> ResponseReturnValue:
    """Forget this way, once it is clear what follows."""
    person, route, form = _opened(person_id), _route(person_id, route_id), RemoveForm()
    if form.validate_on_submit():
        routes.remove_route(db.session, current_actor(), person_id, route_id)
        flash(_("Removed. Nobody will use it any more."), "good")
        return redirect(_address("person_contact", person_id=person_id), 303)
    others = [one for one in queries.routes_of(db.session, person_id) if one.id != route_id]
    first = first_used(others)
    return _page(
        "accounts/contact/remove.html",
        form,
        person,
        route=route,
        route_names=THEIR_ROUTE_NAMES,
        telling=TELLING_THEM[first.kind if first else None],
        is_last=first is None,
    )


@blueprint.route("/people/<int:person_id>/contact/language", methods=["GET", "POST"])
@requires(EDIT_CONTACT, "GET", "POST")
@writes
def change_their_language(person_id: int) -> ResponseReturnValue:
    """The language they want to be written to in."""
    person = _opened(person_id)
    form = LanguageForm(languages=languages(), now=person.language, otherwise=OTHERWISE)
    if try_language(form, person):
        return _saved(person_id)
    return _page("accounts/contact/language.html", form, person)
