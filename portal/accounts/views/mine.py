"""A person's own details: name, roles, and where they are signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, current_app, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _

from portal import clock
from portal.accounts import browser_session, queries
from portal.accounts.forms.account import DetailsForm
from portal.accounts.models import Login, Person
from portal.accounts.own_pages import own_pages
from portal.accounts.services import people, sessions
from portal.accounts.views.blueprint import blueprint, form_page
from portal.accounts.views.reaching import first_used, languages
from portal.accounts.views.scopes import scope_names
from portal.accounts.words import (
    ROLE_NAMES,
    ROUTE_NAMES,
    SIGNED_IN_BY,
    TELLING_YOU,
    agreed_words,
    language_name,
    last_day,
)
from portal.db import db
from portal.plugin_api import current_actor, signed_in

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


def _me() -> Person:
    return db.session.get_one(Person, current_actor().person_id)


def own_id() -> int:
    """The id of whoever is signed in."""
    person_id = current_actor().person_id
    if person_id is None:
        abort(404)
    return person_id


def _my_login_id() -> int:
    login_id: int = getattr(g, browser_session.LOGIN_ID)
    return login_id


@blueprint.get("/me/details")
@signed_in
def details() -> str:
    """What the college knows about me here, and where to change it."""
    me, session = _me(), db.session
    routes = queries.routes_of(session, me.id)
    first = first_used(routes)
    grants = queries.grants(session, person_id=me.id, at=clock.now())
    return render_template(
        "accounts/details.html",
        me=me,
        email=db.session.get_one(Login, _my_login_id()).email,
        email_waits=queries.email_change_of(session, _my_login_id()) is not None,
        routes=routes,
        first=first,
        telling=TELLING_YOU[first.kind if first else None],
        agreed=agreed_words,
        language=language_name(me.language) if me.language in languages() else "",
        has_choice=len(languages()) > 1,
        grants=grants,
        role_names=ROLE_NAMES,
        route_names=ROUTE_NAMES,
        scope_name=scope_names(session, [line.grant for line in grants]),
        last_day=last_day,
        pages=[(label, url_for(endpoint)) for label, endpoint in own_pages(current_app)],
    )


@blueprint.route("/me/details/name", methods=["GET", "POST"])
@signed_in("GET", "POST")
def change_name() -> ResponseReturnValue:
    """Name and pronouns."""
    me = _me()
    form = DetailsForm(obj=me)
    if form.validate_on_submit():
        people.change_details(
            db.session,
            current_actor(),
            me,
            name=form.name.data,
            pronouns=form.pronouns.data or "",
        )
        flash(_("Saved."), "good")
        return redirect(url_for("accounts.details"), 303)
    return form_page("accounts/change_name.html", form)


@blueprint.get("/me/sign-ins")
@signed_in
def sign_ins() -> str:
    """Where I am signed in."""
    limits = browser_session.current_limits()
    now = clock.now()
    return render_template(
        "accounts/sign_ins.html",
        sessions=queries.open_sessions(
            db.session,
            _my_login_id(),
            seen_after=now - limits.idle,
            begun_after=now - limits.absolute,
        ),
        here=getattr(g, browser_session.SESSION_ID),
        limits=limits,
        how=SIGNED_IN_BY,
    )


@blueprint.get("/me/here")
@signed_in
def still_here() -> ResponseReturnValue:
    """Asked by a page whose reader says that they are still there: the session counts as in use."""
    return "", 204


@blueprint.post("/me/sign-ins/<int:session_id>/end")
@signed_in("POST")
def end_sign_in(session_id: int) -> ResponseReturnValue:
    """Sign out one other device."""
    if not sessions.end_session(db.session, _my_login_id(), session_id):
        abort(404)
    flash(_("That device is signed out."), "good")
    return redirect(url_for("accounts.sign_ins"), 303)


@blueprint.post("/me/sign-ins/end-others")
@signed_in("POST")
def end_other_sign_ins() -> ResponseReturnValue:
    """Sign out everywhere else; this browser stays."""
    here: int = getattr(g, browser_session.SESSION_ID)
    sessions.end_own_sessions(db.session, current_actor(), _my_login_id(), keep=here)
    flash(_("You are signed out everywhere else."), "good")
    return redirect(url_for("accounts.sign_ins"), 303)


@blueprint.post("/me/sign-ins/end")
@signed_in("POST")
def end_all_sign_ins() -> ResponseReturnValue:
    """Sign out everywhere, here too."""
    sessions.end_own_sessions(db.session, current_actor(), _my_login_id())
    browser_session.stop()
    flash(_("You are signed out everywhere."), "good")
    return redirect(url_for("accounts.sign_in"), 303)
