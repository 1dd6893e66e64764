"""How I can be reached, as I choose it myself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts import queries
from portal.accounts.forms.contact import LanguageForm, RemoveForm, RouteForm
from portal.accounts.models import ContactRoute, Person
from portal.accounts.services import routes
from portal.accounts.views.blueprint import blueprint, form_page
from portal.accounts.views.reaching import first_used, languages, try_change, try_language
from portal.accounts.words import ROUTE_NAMES, TELLING_YOU
from portal.db import db
from portal.plugin_api import current_actor, signed_in

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

OTHERWISE = _l("The same as I read this site in")
NOT_FOUND = 404


def _my_id() -> int:
    person_id = current_actor().person_id
    assert person_id is not None  # noqa: S101 - everybody here is signed in
    return person_id


def _my_route(route_id: int) -> ContactRoute:
    route = queries.route_of(db.session, _my_id(), route_id)
    if route is None:
        abort(NOT_FOUND)
    return route


def _saved() -> Response:
    flash(_("Saved."), "good")
    return redirect(url_for("accounts.details"), 303)  # type: ignore[return-value]  # it is Flask's


@blueprint.route("/me/contact/new", methods=["GET", "POST"])
@signed_in("GET", "POST")
def add_route() -> ResponseReturnValue:
    """One more way to be reached. Saving it is the consent to use it."""
    form = RouteForm()
    if form.validate_on_submit():
        routes.add_route(
            db.session, current_actor(), _my_id(), form.given(), preferred=form.is_first
        )
        return _saved()
    return form_page("accounts/add_route.html", form, gone=False)


@blueprint.route("/me/contact/<int:route_id>", methods=["GET", "POST"])
@signed_in("GET", "POST")
def change_route(route_id: int) -> ResponseReturnValue:
    """Change a way. When it was removed meanwhile, what was typed can be added."""
    route = queries.route_of(db.session, _my_id(), route_id)
    if route is not None:
        form = RouteForm(kept=route)
        outcome = try_change(form, route)
        if outcome == "saved":
            return _saved()
        if outcome == "shown":
            return form_page(
                "accounts/change_route.html", form, route=route, route_names=ROUTE_NAMES
            )
    if request.method != "POST":
        abort(NOT_FOUND)
    response = form_page("accounts/add_route.html", RouteForm(), gone=True)
    response.status_code = NOT_FOUND
    return response


@blueprint.post("/me/contact/<int:route_id>/prefer")
@signed_in("POST")
def prefer_route(route_id: int) -> ResponseReturnValue:
    """Use this way first."""
    routes.prefer_route(db.session, current_actor(), _my_route(route_id))
    return _saved()


@blueprint.route("/me/contact/<int:route_id>/remove", methods=["GET", "POST"])
@signed_in("GET", "POST")
def remove_route(route_id: int) -> ResponseReturnValue:
    """Forget this way, once it is clear what follows."""
    route, form = _my_route(route_id), RemoveForm()
    if form.validate_on_submit():
        routes.remove_route(db.session, current_actor(), _my_id(), route_id)
        flash(_("Removed. We will not use it any more."), "good")
        return redirect(url_for("accounts.details"), 303)
    others = [one for one in queries.routes_of(db.session, _my_id()) if one.id != route_id]
    first = first_used(others)
    return form_page(
        "accounts/remove_route.html",
        form,
        route=route,
        route_names=ROUTE_NAMES,
        telling=TELLING_YOU[first.kind if first else None],
        is_last=first is None,
    )


@blueprint.route("/me/details/language", methods=["GET", "POST"])
@signed_in("GET", "POST")
def change_language() -> ResponseReturnValue:
    """The language I want to be written to in."""
    me = db.session.get_one(Person, _my_id())
    form = LanguageForm(languages=languages(), now=me.language, otherwise=OTHERWISE)
    if try_language(form, me):
        return _saved()
    return form_page("accounts/change_language.html", form)
