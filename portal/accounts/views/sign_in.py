"""Signing in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, g, redirect, request, url_for
from flask_babel import gettext as _

from portal.accounts import browser_session, limits, passwords
from portal.accounts.evenly import evenly
from portal.accounts.forms.signing_in import SignInForm
from portal.accounts.models import Login, SignedInBy
from portal.accounts.queries import login_by_email
from portal.accounts.views.arriving import may_sign_in, welcome
from portal.accounts.views.blueprint import blueprint, form_page
from portal.db import before_writing, db, lock_rows
from portal.plugin_api import current_actor, public
from portal.ui.views import safe_next

if TYPE_CHECKING:
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
@evenly
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
            return welcome(
                login, SignedInBy.PASSWORD, next_url=form.next.data, held_text=form.held.data
            )
        setattr(g, limits.FAILED, True)
        form.refuse("", _("The email address or the password is not right. Please try again."))
    return form_page("accounts/sign_in.html", form, held=bool(form.held.data), kept=False)


def _checked_login(form: SignInForm) -> Login | None:
    """The login, when everything about it is right. Each way to be wrong costs one hash and one query."""
    typed = form.password.data
    with before_writing() as session:
        login = login_by_email(session, form.email.data.lower())
        known = login.password if login is not None else None
        login_id = login.id if login is not None and may_sign_in(login) else None
    # Nothing is locked here, as a hash takes long: on SQLite everybody else would wait to write.
    if not passwords.verify_password(typed, known) or login_id is None:
        return None
    fresh = passwords.hash_password(typed) if passwords.needs_rehash(known or "") else known
    for login in lock_rows(db.session, Login, [login_id]):
        if login.password == known and may_sign_in(login):  # nor was it changed meanwhile
            login.password = fresh
            return login
    return None


@blueprint.post("/sign-out")
@public("POST")
def sign_out() -> ResponseReturnValue:
    """Ends this browser's session; pressing it twice does no harm."""
    browser_session.stop()
    flash(_("You are signed out."), "good")
    return redirect(url_for("accounts.sign_in"), 303)
