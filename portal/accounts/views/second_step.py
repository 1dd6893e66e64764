"""The second step: the number of an authenticator app when signing in, and looking after one's own."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Any

from flask import flash, g, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from portal.accounts import authenticators, browser_session, limits, mail, passwords, queries
from portal.accounts.forms.account import LongerPasswordForm
from portal.accounts.forms.signing_in import (
    NewAuthenticatorForm,
    NumberForm,
    RemoveAuthenticatorForm,
)
from portal.accounts.models import Login, SignedInBy
from portal.accounts.services import second_step as services
from portal.accounts.services.logins import ShortPasswordError, set_password
from portal.accounts.views.arriving import WAITING, may_sign_in, number_page, welcome
from portal.accounts.views.blueprint import blueprint, form_page
from portal.accounts.views.proving import NOT_THE_NUMBER, require_second_proof
from portal.accounts.views.trying import count_try, number_is_right
from portal.db import before_writing, db, lock_rows
from portal.plugin_api import current_actor, public, signed_in
from portal.ui import errors
from portal.ui.views import safe_next
from portal.vault import VaultError

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue
    from werkzeug.exceptions import Forbidden

HALF_WAY_FOR = 10 * 60  # seconds, from the first proof to the second
NEW_KEY = "new_key"  # in the signed cookie, sealed: until its app has shown a number


@blueprint.route("/sign-in/number", methods=["GET", "POST"])
@public("GET", "POST")
@limits.limiter.limit(limits.FLOOD, methods=["POST"], on_breach=limits.ask_to_wait)
def type_number() -> ResponseReturnValue:
    """The second step of signing in. Nobody is signed in before it."""
    form = NumberForm()
    uniquifier, how, next_url = _half_way()
    login = queries.login_by_uniquifier(db.session, uniquifier) if uniquifier else None
    if login is None:
        return redirect(url_for("accounts.sign_in", next=next_url or None), 303)
    login_id = login.id
    if form.validate_on_submit():
        if number_is_right(login_id, form.number.data):
            for login in lock_rows(db.session, Login, [login_id]):
                if may_sign_in(login) and login.get_id() == uniquifier:
                    return welcome(
                        login,
                        SignedInBy(how),
                        next_url=next_url,
                        held_text=form.held.data,
                        strong=True,
                    )
        form.refuse("number", NOT_THE_NUMBER)
    return number_page(form)


def _half_way() -> tuple[str, str, str]:
    """Who has shown one proof in this browser, by what, and where they were going; empty for nobody."""
    waiting: Any = session.get(WAITING)
    if not isinstance(waiting, list) or time.time() - waiting[2] > HALF_WAY_FOR:
        return "", "", ""
    return str(waiting[0]), str(waiting[1]), str(waiting[3])


def explain_if_held_back(error: Forbidden) -> ResponseReturnValue:
    """A page that a role would open, had its second step been taken: say so instead of refusing."""
    if request.method in {"GET", "HEAD"} and g.get(browser_session.HELD_BACK):
        here = request.full_path.rstrip("?")
        return redirect(url_for("accounts.second_step", next=here), 303)
    return errors.answer(error)


def _my_login() -> Login:
    return db.session.get_one(Login, getattr(g, browser_session.LOGIN_ID))


@blueprint.get("/me/second-step")
@signed_in
def second_step() -> str:
    """What a second step is, which I have, and what my role asks for."""
    login = _my_login()
    return render_template(
        "accounts/second_step.html",
        app=queries.authenticator_of(db.session, login.id),
        codes_left=queries.count_recovery_codes(db.session, login.id),
        passkeys=queries.passkeys_of(db.session, login.id),
        held_back=bool(g.get(browser_session.HELD_BACK)),
        next=safe_next(request.args.get("next"), ""),
    )


@blueprint.route("/me/authenticator/new", methods=["GET", "POST"])
@signed_in("GET", "POST", fresh=True)
def add_authenticator() -> ResponseReturnValue:
    """Set an app up: scan, then type the number it shows. The recovery codes are shown once, right after."""
    require_second_proof()
    login = _my_login()
    key = _new_key(login.id)
    form = NewAuthenticatorForm()
    if form.validate_on_submit():
        login_id = login.id
        count_try(login_id)
        counter = authenticators.counter_of(form.digits, key, None)
        if counter is not None:
            return _set_up(login_id, key, counter)
        form.refuse("number", NOT_THE_NUMBER)
        login = _my_login()
    return form_page(
        "accounts/add_authenticator.html",
        form,
        picture=authenticators.picture(key, login.email),
        key=authenticators.typed_key(key),
    )


def _new_key(login_id: int) -> str:
    """The key that this browser was shown, until its app has shown a number; a new one where there is none
    for this login.
    """
    try:
        sealed = base64.b64decode(str(session[NEW_KEY]), validate=True)
        return services.open_key(db.session, login_id, sealed)
    except (KeyError, ValueError, VaultError):  # none, somebody else's, or of keys that are gone
        key = authenticators.new_key()
    sealed = services.seal_key(db.session, login_id, key)
    session[NEW_KEY] = base64.b64encode(sealed).decode()
    return key


def _set_up(login_id: int, key: str, counter: int) -> Response:
    (login,) = lock_rows(db.session, Login, [login_id])
    codes = services.add_authenticator(db.session, current_actor(), login, key, counter)
    services.forget_tries(db.session, login_id)
    mail.mail_safety(db.session, login, "authenticator_added")
    del session[NEW_KEY]
    browser_session.prove_again(strong=True)
    return _codes_page(codes, new=True)


def _codes_page(codes: list[str], *, new: bool) -> Response:
    page = make_response(render_template("accounts/recovery_codes.html", codes=codes, new=new))
    page.headers["Cache-Control"] = "no-store"
    return page


@blueprint.route("/me/authenticator/remove", methods=["GET", "POST"])
@signed_in("GET", "POST", fresh=True)
def remove_authenticator() -> ResponseReturnValue:
    """No second step any more. A password that is too short to be alone has to be a longer one first."""
    require_second_proof()
    with before_writing():
        login = _my_login()
        login_id, longer, about = login.id, login.short_password, (login.person.name, login.email)
    form = LongerPasswordForm(about=about) if longer else RemoveAuthenticatorForm()
    if form.validate_on_submit():
        hashed = passwords.hash_password(form.password.data) if longer else ""
        (login,) = lock_rows(db.session, Login, [login_id])
        if _removed(login, hashed):
            flash(_("We do not ask for a number any more when you sign in."), "good")
            return redirect(url_for("accounts.second_step"), 303)
        return redirect(url_for("accounts.remove_authenticator"), 303)  # it asks for a longer one
    return form_page("accounts/remove_authenticator.html", form, longer=longer)


def _removed(login: Login, hashed: str) -> bool:
    """Switch it off, with a longer password where there is one. False when that was made short meanwhile."""
    if hashed:
        stopped = set_password(db.session, current_actor(), login, hashed)
        mail.mail_password_changed(db.session, login, stopped=stopped)
    try:
        services.remove_authenticator(db.session, current_actor(), login)
    except ShortPasswordError:
        return False
    mail.mail_safety(db.session, login, "authenticator_removed")
    if hashed:
        strong = bool(g.get(browser_session.IS_STRONG))
        browser_session.start(login, SignedInBy.PASSWORD, strong=strong)
    return True


@blueprint.post("/me/recovery-codes")
@signed_in("POST", fresh=True)
def make_recovery_codes() -> ResponseReturnValue:
    """New recovery codes; the old ones stop working."""
    require_second_proof()
    login = _my_login()
    if queries.authenticator_of(db.session, login.id) is None:
        return redirect(url_for("accounts.second_step"), 303)
    codes = services.make_recovery_codes(db.session, current_actor(), login)
    mail.mail_safety(db.session, login, "recovery_made")
    return _codes_page(codes, new=False)
