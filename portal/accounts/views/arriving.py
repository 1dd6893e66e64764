"""What comes after somebody has shown who they are, whichever way they did."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from flask import (
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    session,
    url_for,
)

from portal.accounts import browser_session, demo, limits
from portal.accounts.forms.signing_in import NumberForm
from portal.accounts.held import HeldForm, read_held
from portal.accounts.models import Login, SignedInBy
from portal.accounts.queries import authenticator_of
from portal.accounts.views.blueprint import form_page
from portal.db import db
from portal.plugin_api import current_actor
from portal.ui import display
from portal.ui.views import safe_next

if TYPE_CHECKING:
    from flask import Response

# In the signed cookie: who has come half way in, by what, when, and where they were going.
WAITING = "waiting"
LONGEST_NEXT = 500  # characters; a cookie has no room for more


def may_sign_in(login: Login) -> bool:
    """False for a login that is closed, not confirmed, or a published one where it does not belong."""
    return login.active and login.confirmed_at is not None and not demo.is_refused(login.email)


def welcome(
    login: Login,
    how: SignedInBy,
    *,
    next_url: str | None,
    held_text: str | None,
    strong: bool = False,
) -> Response:
    """Sign this browser in and go on to where the person was going, or to what they had typed.

    `strong` says that they showed two proofs. With one, a login that has an authenticator app is asked for
    its number first; and a role that needs two proofs is explained, before it is missed.
    """
    if not strong and authenticator_of(db.session, login.id) is not None:
        return _ask_for_number(login, how, next_url, held_text)
    browser_session.start(login, how, strong=strong)
    response = go_on(login.person_id, next_url=next_url, held_text=held_text)
    if current_actor().is_signed_in and g.get(browser_session.HELD_BACK) and not held_text:
        response.location = url_for("accounts.second_step", next=safe_next(next_url))
    limits.remember_device(response, login.email)
    _bring_display(response, login)
    return response


def _ask_for_number(
    login: Login, how: SignedInBy, next_url: str | None, held_text: str | None
) -> Response:
    going = safe_next(next_url, "")[:LONGEST_NEXT]
    session[WAITING] = [login.get_id(), how.value, int(time.time()), going]
    if held_text:
        return number_page(NumberForm(formdata=None, held=held_text))
    return make_response(redirect(url_for("accounts.type_number"), 303))


def number_page(form: NumberForm) -> Response:
    """The page that asks for the number of the authenticator app."""
    return form_page("accounts/type_number.html", form)


def go_on(person_id: int, *, next_url: str | None, held_text: str | None) -> Response:
    """The page that this person was going to, or what they had typed, to look at and send."""
    held = read_held(held_text)
    if held is not None and held.belongs_to(person_id):
        return _show_held(held)
    return make_response(redirect(safe_next(next_url), 303))


def _show_held(held: HeldForm) -> Response:
    """What was typed before signing in, to look at and send."""
    shown = [text for name, text in held.fields if name != "submit" and text.strip()]
    page = render_template("accounts/continue.html", held=held, shown=shown)
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _bring_display(response: Response, login: Login) -> None:
    """On a browser without settings of its own, use those kept with the account."""
    kept = login.person.display
    if kept and not display.kept_here():
        settings = current_app.settings  # type: ignore[attr-defined]  # a portal.app.Portal
        chosen = display.parse(kept, tuple(settings.languages))
        display.keep(response, chosen, secure=settings.secure_cookies)
