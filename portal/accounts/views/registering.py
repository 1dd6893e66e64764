"""Making an account, and confirming its address."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from portal.accounts import limits, mail, passwords
from portal.accounts.evenly import evenly
from portal.accounts.forms.account import AskForLinkForm, ConfirmForm, RegisterForm
from portal.accounts.models import Login, SignedInBy
from portal.accounts.queries import login_by_email
from portal.accounts.services.logins import confirm_login
from portal.accounts.services.logins import register as register_person
from portal.accounts.signed_links import login_to_confirm
from portal.accounts.views.arriving import welcome
from portal.accounts.views.blueprint import blueprint, form_page
from portal.db import before_writing, db, lock_rows
from portal.plugin_api import public

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session


@blueprint.route("/register", methods=["GET", "POST"])
@public("GET", "POST")
@limits.limiter.limit(limits.FLOOD, methods=["POST"], on_breach=limits.ask_to_wait)
@evenly
def register() -> ResponseReturnValue:
    """Name, address, password. An address that is taken is answered like one that is free."""
    form = RegisterForm()
    if form.validate_on_submit():
        _register(form)
        return redirect(url_for("accounts.sent", what="confirm"), 303)
    return form_page("accounts/register.html", form)


def _register(form: RegisterForm) -> None:
    session = db.session
    email = form.email.data.lower()
    # Hash before asking, so that both ways cost the same.
    values = {"name": form.name.data, "password_hash": passwords.hash_password(form.password.data)}
    login = login_by_email(session, email)
    if login is not None:
        _rehearse(session, email, **values)
    else:
        login = _made(session, email, **values)
    _mail_about(login)


def _made(session: Session, email: str, **values: str) -> Login:
    """The new login, or the one that somebody made for the address at the same moment."""
    try:
        with session.begin_nested():
            return register_person(session, email=email, **values)
    except IntegrityError:
        login = login_by_email(session, email)
        if login is None:
            raise
        return login


def _rehearse(session: Session, email: str, **values: str) -> None:
    """The work of making a login, undone: an address that is taken is not answered any sooner."""
    domain = email.rpartition("@")[2]
    with session.begin_nested() as savepoint:
        register_person(session, email=f"{secrets.token_hex(8)}@{domain}", **values)
        savepoint.rollback()


def _mail_about(login: Login) -> None:
    """A link to confirm with, or word that the account is there already."""
    session = db.session
    if not login.active:
        mail.mail_closed(session, login)
    elif login.confirmed_at is None:
        mail.mail_confirmation(session, login)
    else:
        mail.mail_already_registered(session, login)


@blueprint.route("/confirm", methods=["GET", "POST"])
@public("GET", "POST")
@limits.limiter.limit(limits.FLOOD, methods=["POST"], on_breach=limits.ask_to_wait)
@evenly
def confirm_request() -> ResponseReturnValue:
    """Ask for the confirmation link again."""
    form = AskForLinkForm()
    if form.validate_on_submit():
        email = form.email.data.lower()
        login = login_by_email(db.session, email)
        if login is None:
            mail.mail_no_account(db.session, email)
        else:
            _mail_about(login)
        return redirect(url_for("accounts.sent", what="confirm"), 303)
    return form_page("accounts/confirm_request.html", form)


@blueprint.get("/sent/<any(confirm, reset):what>")
@public
def sent(what: str) -> str:
    """What to do now: the same words whoever asked."""
    return render_template("accounts/sent.html", what=what)


@blueprint.route("/confirm/<token>", methods=["GET", "POST"])
@public("GET", "POST")
@limits.limiter.limit(limits.FLOOD, methods=["POST"], on_breach=limits.ask_to_wait)
def confirm(token: str) -> ResponseReturnValue:
    """The link in the message, and the password: then the person is signed in.

    Opening it changes nothing: mail scanners open links. The password is asked for as somebody else may have
    made the account, with this address and a password of theirs.
    """
    with before_writing():
        login = login_to_confirm(token)
        login_id, known = (login.id, login.password) if login else (0, None)
    if not login_id:
        return _link_over()
    form = ConfirmForm()
    if form.validate_on_submit():
        if passwords.verify_password(form.password.data, known):
            return _confirmed(token, login_id, known)
        form.refuse("password", _("The account was not made with this password. Please try again."))
    return form_page("accounts/confirm.html", form)


def _confirmed(token: str, login_id: int, known: str | None) -> ResponseReturnValue:
    """Signed in, unless the link was used or the password replaced meanwhile."""
    lock_rows(db.session, Login, [login_id])
    login = login_to_confirm(token)
    if login is None or login.password != known:
        return _link_over()
    confirm_login(db.session, login)
    flash(_("Thank you, your email address is confirmed."), "good")
    return welcome(login, SignedInBy.PASSWORD, next_url=None, held_text=None)


def _link_over() -> ResponseReturnValue:
    return render_template("accounts/link_over.html", what="confirm"), 410
