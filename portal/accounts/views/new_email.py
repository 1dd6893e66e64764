"""Another address to sign in with: asked for here, confirmed from the new one, stopped from the old one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _

from portal import clock
from portal.accounts import browser_session, mail, queries
from portal.accounts.evenly import evenly
from portal.accounts.forms.signing_in import ButtonForm, NewEmailForm
from portal.accounts.limits import FLOOD, ask_to_wait, limiter
from portal.accounts.models import Login
from portal.accounts.services import email_change as services
from portal.accounts.services.logins import normalise_email
from portal.accounts.services.sessions import hash_key
from portal.accounts.views.blueprint import blueprint, form_page
from portal.db import db, lock_rows
from portal.plugin_api import current_actor, public, signed_in

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


def _my_login() -> Login:
    (login,) = lock_rows(db.session, Login, [getattr(g, browser_session.LOGIN_ID)])
    return login


@blueprint.route("/me/details/email", methods=["GET", "POST"])
@signed_in("GET", "POST", fresh=True)
@limiter.limit(
    "10 per hour",
    key_func=lambda: f"email:{current_actor().person_id}",
    methods=["POST"],
    on_breach=ask_to_wait,
)
@evenly
def change_email() -> ResponseReturnValue:
    """Ask for another address. One that is somebody else's is answered like one that is free."""
    form = NewEmailForm()
    if form.validate_on_submit():
        session, login = db.session, _my_login()
        new = normalise_email(form.email.data)
        if new == login.email:
            form.refuse("email", _("This is the address you sign in with now"))
        else:
            asked = services.ask_change(session, current_actor(), login, new)
            other = queries.login_by_email(session, new)
            if other is None:
                mail.mail_new_address(session, new, asked.confirm)
            else:
                mail.mail_already_registered(session, other)
            due = clock.now() + queries.EMAIL_CHANGE_WAITS
            mail.mail_old_address(session, login, asked.stop, due)
            return redirect(url_for("accounts.new_email_waits"), 303)
    return form_page("accounts/change_email.html", form)


@blueprint.get("/me/details/email/waits")
@signed_in
def new_email_waits() -> ResponseReturnValue:
    """What happens next, and when; and how to stop it."""
    change = queries.email_change_of(db.session, getattr(g, browser_session.LOGIN_ID))
    if change is None:
        return redirect(url_for("accounts.details"), 303)
    due = change.asked_at + queries.EMAIL_CHANGE_WAITS
    return render_template("accounts/new_email_waits.html", change=change, due=due)


@blueprint.post("/me/details/email/stop")
@signed_in("POST")
def stop_own_change() -> ResponseReturnValue:
    """Keep the address after all."""
    login = _my_login()
    change = queries.email_change_of(db.session, login.id)
    if change is not None:
        services.stop_change(db.session, current_actor(), login, change)
    flash(_("Your email address stays as it is."), "good")
    return redirect(url_for("accounts.details"), 303)


@blueprint.route("/new-email/<link>", methods=["GET", "POST"])
@public("GET", "POST")
@limiter.limit(FLOOD, methods=["POST"], on_breach=ask_to_wait)
def confirm_new_email(link: str) -> ResponseReturnValue:
    """The link in the message to the new address. A button, as mail scanners open links."""
    change = queries.email_change_by_link(db.session, confirm_hash=hash_key(link))
    if change is None:
        return _over()
    due = change.asked_at + queries.EMAIL_CHANGE_WAITS
    form = ButtonForm()
    if form.validate_on_submit():
        services.confirm_change(db.session, change)
        return render_template("accounts/new_email_confirmed.html", due=due)
    return form_page("accounts/confirm_new_email.html", form)


@blueprint.route("/new-email/stop/<link>", methods=["GET", "POST"])
@public("GET", "POST")
@limiter.limit(FLOOD, methods=["POST"], on_breach=ask_to_wait)
def stop_new_email(link: str) -> ResponseReturnValue:
    """The link in the message to the old address: it stays, and whoever is signed in is out."""
    change = queries.email_change_by_link(db.session, stop_hash=hash_key(link))
    if change is None:
        return _over()
    form = ButtonForm()
    if form.validate_on_submit():
        (login,) = lock_rows(db.session, Login, [change.login_id])
        services.stop_from_old_address(db.session, login, change)
        return render_template("accounts/new_email_stopped.html")
    return form_page("accounts/stop_new_email.html", form)


def _over() -> ResponseReturnValue:
    return render_template("accounts/link_over.html", what="new_email"), 410
