"""Showing again that it is you, before a page that an unlocked phone on a table must not open.

With whatever the person has; then back to where they were going, or to what they had typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import g, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts import browser_session, limits, mail, passwords
from portal.accounts.forms.signing_in import CodeForm, ProveForm
from portal.accounts.held import hold_request
from portal.accounts.models import Login, SignedInBy
from portal.accounts.queries import authenticator_of, login_of, passkeys_of
from portal.accounts.services import codes
from portal.accounts.services.sessions import record_proof
from portal.accounts.views.arriving import LONGEST_NEXT, go_on
from portal.accounts.views.blueprint import blueprint, form_page
from portal.accounts.views.codes import refuse_code, try_code
from portal.accounts.views.trying import number_is_right
from portal.db import before_writing, db
from portal.plugin_api import current_actor, signed_in
from portal.plugin_api.access import NotFresh
from portal.ui.views import safe_next

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue
    from werkzeug.exceptions import Forbidden

PROVING = (
    "proving"  # in the signed cookie: this browser's key to a code, and where the person was going
)
NOT_NOW = 403
NOT_THE_NUMBER = _l(
    "This is not right, or it was used before. Wait for the next number in your app, and type that"
)


def ask_again(_error: Forbidden) -> ResponseReturnValue:
    """Off to the page that asks, and back; a form that was being sent comes along, inside the page."""
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for("accounts.prove", next=request.full_path.rstrip("?")), 303)
    form = ProveForm(formdata=None)
    if request.form:
        form.held.data = hold_request(current_actor().person_id)
    response = _page(form)
    response.status_code = NOT_NOW
    return response


def require_second_proof() -> None:
    """Ask for the passkey or the app of somebody whose role needs one, before their proofs are changed.

    Where there is none yet, the first is made with what there is. Call it before anything is written.

    Raises:
        NotFresh: there is one, and this session has not seen it.
    """
    if _held_back_with(_second_proofs(_my_login())):
        raise NotFresh


def _second_proofs(login: Login | None) -> dict[str, bool]:
    if login is None:
        return {}
    return {
        "number": authenticator_of(db.session, login.id) is not None,
        "passkey": bool(passkeys_of(db.session, login.id)),
    }


def _held_back_with(second: dict[str, bool]) -> bool:
    return bool(g.get(browser_session.HELD_BACK)) and any(second.values())


def _page(form: ProveForm) -> Response:
    login = _my_login()
    return form_page("accounts/prove.html", form, ways=_ways(login), held=bool(form.held.data))


def _ways(login: Login | None) -> frozenset[str]:
    """What this person has to show: password, number, passkey, email.

    An e-mailed code is no proof beside an authenticator app, and none beside a password with a passkey: those
    were made so that a mailbox in wrong hands is not enough. Whoever's role waits for its second proof is
    asked for that one.
    """
    if login is None:
        return frozenset()
    second = _second_proofs(login)
    has = {"password": login.password is not None, **second}
    has["email"] = not has["number"] and not (has["password"] and has["passkey"])
    asked = second if _held_back_with(second) else has
    return frozenset(way for way, there in asked.items() if there)


def proving_page(*, next_url: str | None, held_text: str | None, fault: str) -> Response:
    """The page again, after another way than the password did not do."""
    form = ProveForm(formdata=None, next=safe_next(next_url, ""), held=held_text)
    form.refuse("", fault)
    return _page(form)


def _my_login() -> Login | None:
    return login_of(db.session, current_actor().person_id or 0)


@blueprint.route("/me/prove", methods=["GET", "POST"])
@signed_in("GET", "POST")
@limits.limiter.limit(
    limits.SIGN_IN,
    key_func=lambda: f"prove:{current_actor().person_id}",
    methods=["POST"],
    deduct_when=limits.failed,
    on_breach=limits.ask_to_wait,
)
def prove() -> ResponseReturnValue:
    """With the password, or the number of the authenticator app."""
    form = ProveForm()
    if not form.is_submitted():
        form.next.data = safe_next(request.args.get("next"), "")
    elif form.validate() and form.number.data:
        if number_is_right(getattr(g, browser_session.LOGIN_ID), form.number.data):
            return proved("authenticator", form.next.data, form.held.data, strong=True)
        form.refuse("number", NOT_THE_NUMBER)
    elif not form.errors:
        with before_writing():
            login = _my_login()
            known = login.password if login else None
        if passwords.verify_password(form.password.data, known):
            return proved(SignedInBy.PASSWORD, form.next.data, form.held.data)
        setattr(g, limits.FAILED, True)
        form.refuse("password", _("This is not your password. Please try again."))
    return _page(form)


def proved(
    by: str, next_url: str | None, held_text: str | None, *, strong: bool = False
) -> Response:
    """Note that it is them, change the session's key, and go on."""
    actor = current_actor()
    person_id = actor.person_id or 0
    browser_session.prove_again(strong=strong)
    record_proof(db.session, actor, by)
    return go_on(person_id, next_url=next_url, held_text=held_text)


@blueprint.post("/me/prove/email")
@signed_in("POST")
def ask_for_proof() -> ResponseReturnValue:
    """Send a code to the person's own address."""
    form = ProveForm()
    login = _my_login()
    if "email" not in _ways(login):
        return redirect(url_for("accounts.prove", next=safe_next(form.next.data, "") or None), 303)
    asked = codes.make_code(db.session)
    sent = login is not None and mail.mail_code(db.session, login, asked.code)
    codes.give_code(db.session, asked.id, login.id if login is not None and sent else None)
    session[PROVING] = [asked.browser_key, safe_next(form.next.data, "")[:LONGEST_NEXT]]
    if form.held.data:
        return _code_page(CodeForm(formdata=None, held=form.held.data))
    return redirect(url_for("accounts.prove_by_code"), 303)


@blueprint.route("/me/prove/code", methods=["GET", "POST"])
@signed_in("GET", "POST")
@limits.limiter.limit(limits.FLOOD, methods=["POST"], on_breach=limits.ask_to_wait)
def prove_by_code() -> ResponseReturnValue:
    """Type the code that came."""
    if PROVING not in session:
        return redirect(url_for("accounts.prove"), 303)
    key, next_url = session[PROVING]
    form = CodeForm()
    if form.validate_on_submit():
        login_id = try_code(key, form.digits)
        if login_id is not None and login_id == getattr(g, browser_session.LOGIN_ID):
            del session[PROVING]
            return proved(SignedInBy.EMAIL, next_url, form.held.data)
        refuse_code(form)
    return _code_page(form)


def _code_page(form: CodeForm) -> Response:
    return form_page(
        "accounts/type_code.html",
        form,
        action=url_for("accounts.prove_by_code"),
        again=url_for("accounts.prove"),
    )
