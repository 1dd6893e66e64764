"""Passkeys: signing in with one, showing again that it is you, and looking after one's own.

The browser's part is a small script, which fills a field of an ordinary form. Without scripts the forms stay
out of sight, and the other ways to sign in are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, abort, flash, g, redirect, request, url_for
from flask_babel import gettext as _

from portal.accounts import browser_session, mail, passkeys, queries
from portal.accounts.forms.signing_in import (
    NewPasskeyForm,
    PasskeyForm,
    PasskeyNameForm,
    RemovePasskeyForm,
    SignInForm,
)
from portal.accounts.limits import FLOOD, ask_to_wait, limiter
from portal.accounts.models import Login, Passkey, SignedInBy
from portal.accounts.services import passkeys as services
from portal.accounts.views.arriving import may_sign_in, welcome
from portal.accounts.views.blueprint import blueprint, form_page
from portal.accounts.views.proving import proved, proving_page, require_second_proof
from portal.db import before_writing, db, lock_rows
from portal.plugin_api import current_actor, public, signed_in

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


def _json(text: str) -> Response:
    answer = Response(text, content_type="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/sign-in/passkey")
@public
def ask_for_passkey() -> ResponseReturnValue:
    """What the browser is to ask its owner for: any passkey for us. It tells nothing about anybody."""
    return _json(passkeys.ask_for_known())


@blueprint.post("/sign-in/passkey")
@public("POST")
@limiter.limit(FLOOD, methods=["POST"], on_breach=ask_to_wait)
def sign_in_with_passkey() -> ResponseReturnValue:
    """Sign in with what the browser answered."""
    form = PasskeyForm()
    login_id = _shown(form)
    for login in lock_rows(db.session, Login, [login_id] if login_id else []):
        if may_sign_in(login):
            return welcome(
                login,
                SignedInBy.PASSKEY,
                next_url=form.next.data,
                held_text=form.held.data,
                strong=True,
            )
    other = SignInForm(formdata=None, next=form.next.data, held=form.held.data)
    other.refuse("", _not_right())
    return form_page("accounts/sign_in.html", other, held=bool(form.held.data), kept=False)


@blueprint.get("/me/prove/passkey")
@signed_in
def ask_for_own_passkey() -> ResponseReturnValue:
    """What the browser is to ask for: one of this person's own."""
    own = queries.passkeys_of(db.session, _my_login_id())
    return _json(passkeys.ask_for_known(passkey.credential_id for passkey in own))


@blueprint.post("/me/prove/passkey")
@signed_in("POST")
@limiter.limit(FLOOD, methods=["POST"], on_breach=ask_to_wait)
def prove_with_passkey() -> ResponseReturnValue:
    """Show again that it is you, with what the browser answered."""
    form = PasskeyForm()
    if _shown(form) == _my_login_id():
        return proved(SignedInBy.PASSKEY, form.next.data, form.held.data, strong=True)
    db.session.rollback()
    return proving_page(next_url=form.next.data, held_text=form.held.data, fault=_not_right())


def _not_right() -> str:
    words: str = _("That passkey did not work here. Try again, or use another way.")
    return words


def _shown(form: PasskeyForm) -> int | None:
    """The id of the login whose passkey answered, its use noted; None when the answer does not hold."""
    answer = form.credential.data or ""
    name = passkeys.named_in(answer)
    with before_writing() as session:
        found = queries.passkey_by_credential(session, name) if name else None
        known = (found.id, found.public_key, found.sign_count) if found else None
    if known is None:
        return None
    passkey_id, public_key, sign_count = known
    count = passkeys.check_known(answer, public_key, sign_count)
    return None if count is None else services.note_use(db.session, passkey_id, count)


def _my_login_id() -> int:
    login_id: int = getattr(g, browser_session.LOGIN_ID)
    return login_id


def _my_login() -> Login:
    return db.session.get_one(Login, _my_login_id())


def _mine(passkey_id: int) -> Passkey:
    passkey = queries.passkey_of(db.session, _my_login_id(), passkey_id)
    if passkey is None:
        abort(404)
    return passkey


@blueprint.get("/me/passkeys")
@signed_in
def my_passkeys() -> ResponseReturnValue:
    """My passkeys, and what a passkey is."""
    own = queries.passkeys_of(db.session, _my_login_id())
    return form_page("accounts/passkeys.html", PasskeyForm(formdata=None), passkeys=own)


@blueprint.get("/me/passkeys/options")
@signed_in("GET", fresh=True)
def ask_for_new_passkey() -> ResponseReturnValue:
    """What the browser is to make."""
    require_second_proof()
    own = queries.passkeys_of(db.session, _my_login_id())
    return _json(passkeys.ask_for_new(_my_login(), [passkey.credential_id for passkey in own]))


@blueprint.route("/me/passkeys/new", methods=["GET", "POST"])
@signed_in("GET", "POST", fresh=True)
def add_passkey() -> ResponseReturnValue:
    """Make a passkey on this device, or on one that is plugged in or near."""
    require_second_proof()
    form = NewPasskeyForm(
        name=browser_session.device_label(request.user_agent.string) or _("My passkey")
    )
    if not passkeys.are_possible():
        return redirect(url_for("accounts.my_passkeys"), 303)
    if form.validate_on_submit():
        made = passkeys.check_new(form.credential.data or "")
        login = _my_login()
        if made is not None and _add(login, made, form.name.data):
            mail.mail_safety(db.session, login, "passkey_added")
            browser_session.prove_again(strong=True)  # the device has just asked for its owner
            flash(_("Your passkey is ready. You can sign in with it from now on."), "good")
            return redirect(url_for("accounts.my_passkeys"), 303)
        form.refuse("", _("That did not work. Please press the button again."))
    return form_page("accounts/add_passkey.html", form)


def _add(login: Login, made: passkeys.NewKey, name: str) -> bool:
    try:
        services.add_passkey(
            db.session,
            current_actor(),
            login,
            credential_id=made.credential_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            name=name,
        )
    except services.TooManyPasskeysError:
        return False
    return True


@blueprint.route("/me/passkeys/<int:passkey_id>/name", methods=["GET", "POST"])
@signed_in("GET", "POST")
def rename_passkey(passkey_id: int) -> ResponseReturnValue:
    """Another name for one of mine."""
    passkey = _mine(passkey_id)
    form = PasskeyNameForm(obj=passkey)
    if form.validate_on_submit():
        services.rename_passkey(db.session, current_actor(), _my_login(), passkey, form.name.data)
        flash(_("Saved."), "good")
        return redirect(url_for("accounts.my_passkeys"), 303)
    return form_page("accounts/rename_passkey.html", form)


@blueprint.route("/me/passkeys/<int:passkey_id>/remove", methods=["GET", "POST"])
@signed_in("GET", "POST", fresh=True)
def remove_passkey(passkey_id: int) -> ResponseReturnValue:
    """Take one of mine away."""
    require_second_proof()
    passkey = _mine(passkey_id)
    form = RemovePasskeyForm()
    if form.validate_on_submit():
        login = _my_login()
        services.remove_passkey(db.session, current_actor(), login, passkey)
        mail.mail_safety(db.session, login, "passkey_removed")
        flash(_("That passkey does not sign you in any more."), "good")
        return redirect(url_for("accounts.my_passkeys"), 303)
    return form_page("accounts/remove_passkey.html", form, passkey=passkey)
