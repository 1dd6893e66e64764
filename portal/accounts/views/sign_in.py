"""Signing in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal.accounts import browser_session, demo, limits, passwords
from portal.accounts.forms.account import SignInForm
from portal.accounts.held import HeldForm, read_held
from portal.accounts.models import Login
from portal.accounts.queries import login_by_email
from portal.accounts.views.blueprint import blueprint, form_page
from portal.db import before_writing, db, lock_rows
from portal.plugin_api import current_actor, public
from portal.ui import display
from portal.ui.views import safe_next

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public("GET", "POST")
@limits.limiter.limit(limits.FLOOD, methods=["POST"], on_breach=limits.ask_to_wait)
@limits.limiter.limit(
    limits.SIGN_IN,
    key_func=limits.account_and_device,
    methods=["POST"],
    deduct_when=limits.failed,
    on_breach=limits.ask_to_wait,
)
def sign_in() -> ResponseReturnValue:
    """E-mail address and password. A wrong address and a wrong password are answered alike."""
    form = SignInForm()
    if not form.is_submitted():
        form.next.data = safe_next(request.args.get("next"), "")
        if current_actor().is_signed_in:
            return redirect(form.next.data or "/", 303)
    elif form.validate():
        login = _checked_login(form)
        if login is not None:
            return _welcome(login, form)
        setattr(g, limits.FAILED, True)
        form.refuse("", _("The email address or the password is not right. Please try again."))
    return form_page("accounts/sign_in.html", form, held=bool(form.held.data), kept=False)


def _checked_login(form: SignInForm) -> Login | None:
    """The login, when everything about it is right. Each way to be wrong costs one hash and one query."""
    typed = form.password.data
    with before_writing() as session:
        login = login_by_email(session, form.email.data.lower())
        known = login.password if login is not None else None
        login_id = login.id if login is not None and _is_open(login) else None
    # Nothing is locked here, as a hash takes long: on SQLite everybody else would wait to write.
    if not passwords.verify_password(typed, known) or login_id is None:
        return None
    fresh = passwords.hash_password(typed) if passwords.needs_rehash(known or "") else known
    for login in lock_rows(db.session, Login, [login_id]):
        if login.password == known and _is_open(login):  # nor was it changed meanwhile
            login.password = fresh
            return login
    return None


def _is_open(login: Login) -> bool:
    return login.active and login.confirmed_at is not None and not demo.is_refused(login.email)


def _welcome(login: Login, form: SignInForm) -> Response:
    held = read_held(form.held.data)
    browser_session.start(login)
    if held is not None and held.belongs_to(login.person_id):
        response = _show_held(held)
    else:
        response = make_response(redirect(safe_next(form.next.data), 303))
    limits.remember_device(response, login.email)
    _bring_display(response, login)
    return response


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


@blueprint.post("/sign-out")
@public("POST")
def sign_out() -> ResponseReturnValue:
    """Ends this browser's session; pressing it twice does no harm."""
    browser_session.stop()
    flash(_("You are signed out."), "good")
    return redirect(url_for("accounts.sign_in"), 303)
