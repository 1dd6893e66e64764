"""What comes after somebody has shown who they are, whichever way they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, make_response, redirect, render_template, request

from portal.accounts import browser_session, demo, limits
from portal.accounts.held import HeldForm, read_held
from portal.accounts.models import Login, SignedInBy
from portal.ui import display
from portal.ui.views import safe_next

if TYPE_CHECKING:
    from flask import Response


def may_sign_in(login: Login) -> bool:
    """False for a login that is closed, not confirmed, or a published one where it does not belong."""
    return login.active and login.confirmed_at is not None and not demo.is_refused(login.email)


def welcome(
    login: Login, how: SignedInBy, *, next_url: str | None, held_text: str | None
) -> Response:
    """Sign this browser in and go on to where the person was going, or to what they had typed."""
    browser_session.start(login, how)
    response = go_on(login.person_id, next_url=next_url, held_text=held_text)
    limits.remember_device(response, login.email)
    _bring_display(response, login)
    return response


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
    if kept and display.COOKIE not in request.cookies:
        settings = current_app.settings  # type: ignore[attr-defined]  # a portal.app.Portal
        chosen = display.parse(kept, tuple(settings.languages))
        display.keep(response, chosen, secure=settings.secure_cookies)
