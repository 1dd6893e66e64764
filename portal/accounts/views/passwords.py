"""A new password: through a link for whoever forgot it, or with the old one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.accounts import browser_session, limits, mail, passwords
from portal.accounts.evenly import evenly
from portal.accounts.forms.account import (
    AskForLinkForm,
    ChangePasswordForm,
    NewPasswordForm,
    too_short,
)
from portal.accounts.models import Login, SignedInBy
from portal.accounts.queries import authenticator_of, login_by_email, login_of
from portal.accounts.services.logins import ShortPasswordError, set_password
from portal.accounts.signed_links import login_to_reset
from portal.accounts.views.blueprint import blueprint, form_page
from portal.db import before_writing, db, lock_rows
from portal.plugin_api import Actor, current_actor, public, signed_in

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

ADDRESS_STAYS = _l(
    "You were about to change your email address. We stopped that, in case it was not you. "
    "If it was, ask again."
)


@blueprint.route("/reset", methods=["GET", "POST"])
@public("GET", "POST")
@limits.limiter.limit(limits.FLOOD, methods=["POST"], on_breach=limits.ask_to_wait)
@evenly
def reset_request() -> ResponseReturnValue:
    """Ask for a link to a new password. Known or not, one message is queued and one page is shown."""
    form = AskForLinkForm()
    if form.validate_on_submit():
        email = form.email.data.lower()
        login = login_by_email(db.session, email)
        if login is None:
            mail.mail_no_account(db.session, email)
        elif login.active:
            mail.mail_reset(db.session, login)
        else:
            mail.mail_closed(db.session, login)
        return redirect(url_for("accounts.sent", what="reset"), 303)
    return form_page("accounts/reset_request.html", form)


@blueprint.route("/reset/<token>", methods=["GET", "POST"])
@public("GET", "POST")
@limits.limiter.limit(limits.FLOOD, methods=["POST"], on_breach=limits.ask_to_wait)
def reset(token: str) -> ResponseReturnValue:
    """The link in the message: choose a new password. The link works until one is chosen."""
    with before_writing():
        login = login_to_reset(token)
        login_id = login.id if login else 0
        about = (login.person.name, login.email) if login else ()
        beside_app = authenticator_of(db.session, login_id) is not None
    if not login_id:
        return _link_over()
    form = NewPasswordForm(about=about, beside_app=beside_app)
    if form.validate_on_submit():
        session = db.session
        hashed = passwords.hash_password(form.password.data)
        lock_rows(session, Login, [login_id])
        login = login_to_reset(token)
        if login is None:  # used meanwhile, by a second click
            return _link_over()
        stopped = _set(form, Actor(login.person_id), login, hashed)
        if stopped is not None:
            _say(
                _(
                    "Your new password is saved, and you are signed out everywhere. "
                    "Sign in with it now."
                ),
                stopped=stopped,
            )
            return redirect(url_for("accounts.sign_in"), 303)
    return form_page("accounts/reset.html", form)


def _set(form: NewPasswordForm, actor: Actor, login: Login, hashed: str) -> bool | None:
    """Save it and tell its owner; whether that stopped a change of the address.

    None, with an error at the field, when it is short and the app beside it has gone.
    """
    short = passwords.is_short(form.password.data)
    try:
        stopped = set_password(db.session, actor, login, hashed, short=short)
    except ShortPasswordError:
        form.refuse("password", too_short())
        return None
    mail.mail_password_changed(db.session, login, stopped=stopped)
    return stopped


def _say(words: str, *, stopped: bool) -> None:
    flash(words, "good")
    if stopped:
        flash(ADDRESS_STAYS, "warn")


def _link_over() -> ResponseReturnValue:
    return render_template("accounts/link_over.html", what="reset"), 410


@blueprint.route("/me/password", methods=["GET", "POST"])
@signed_in("GET", "POST")
@limits.limiter.limit(
    limits.SIGN_IN,
    key_func=lambda: f"change:{current_actor().person_id}",
    methods=["POST"],
    deduct_when=limits.failed,
    on_breach=limits.ask_to_wait,
)
def change_password() -> ResponseReturnValue:
    """A new password with the old one. Other devices are signed out; this one gets a new session."""
    person_id = current_actor().person_id or 0
    with before_writing() as session:
        mine = login_of(session, person_id)
        known = mine.password if mine else None
        login_id = mine.id if mine else 0
        about = (mine.person.name, mine.email) if mine else ()
        beside_app = authenticator_of(session, login_id) is not None
    if not login_id:
        return redirect(url_for("accounts.details"), 303)
    form = ChangePasswordForm(about=about, beside_app=beside_app)
    if form.validate_on_submit():
        if not passwords.verify_password(form.current_password.data, known):
            setattr(g, limits.FAILED, True)
            form.refuse(
                "current_password", _("This is not the password you use now. Please try again.")
            )
        elif (stopped := _changed(form, login_id, known)) is not None:
            _say(_("Your new password is saved. Other devices are signed out."), stopped=stopped)
            return redirect(url_for("accounts.details"), 303)
    return form_page("accounts/change_password.html", form)


def _changed(form: ChangePasswordForm, login_id: int, known: str | None) -> bool | None:
    """Whether a change of the address was stopped; None when nothing was changed. This browser stays in."""
    hashed = passwords.hash_password(form.password.data)
    login = _still_mine(login_id, known)
    stopped = _set(form, current_actor(), login, hashed)
    if stopped is None:
        return None
    strong = bool(g.get(browser_session.IS_STRONG))  # as before: only the password is new
    browser_session.start(login, SignedInBy.PASSWORD, strong=strong)
    return stopped


def _still_mine(login_id: int, known: str | None) -> Login:
    """The login, when neither its password nor this session was ended while the hash was made."""
    (login,) = lock_rows(db.session, Login, [login_id])
    g.pop("actor", None)
    if login.password != known or not current_actor().is_signed_in:
        abort(401)
    return login
