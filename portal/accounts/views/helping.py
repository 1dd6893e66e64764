"""Helping somebody in again who has lost everything: one begins, another confirms, the person finishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _

from portal.accounts import limits, mail, passwords, queries
from portal.accounts.forms.helping import BeginHelpForm, ConfirmHelpForm, UseHelpForm
from portal.accounts.forms.signing_in import ButtonForm
from portal.accounts.models import Checked, Login, Person, SignedInBy
from portal.accounts.notices import WAYS, help_begun
from portal.accounts.policies import EDIT_CONTACT, HELP_SIGN_IN, may_begin_help, may_confirm_help
from portal.accounts.services import helping
from portal.accounts.services.sessions import hash_key
from portal.accounts.views.arriving import may_sign_in, welcome
from portal.accounts.views.blueprint import blueprint, form_page
from portal.accounts.words import CHECKED
from portal.db import before_writing, db
from portal.messages.api import tell
from portal.plugin_api import Actor, current_actor, public, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

NOT_FOUND = 404


@blueprint.get("/people/help")
@requires(HELP_SIGN_IN)
def help_list() -> str:
    """Whom we are helping, and who has to do what."""
    lines = queries.open_help(db.session)
    return render_template(
        "accounts/help/list.html",
        lines=lines,
        confirmable={line.request.id for line in lines if _may_confirm(line)},
        mine=current_actor().person_id,
        may_find=current_actor().can(EDIT_CONTACT),
    )


def may_be_helped(person_id: int) -> bool:
    """Whether whoever asks may begin to help this person, who has a login."""
    if not may_begin_help(current_actor(), person_id):
        return False
    login = queries.login_of(db.session, person_id)
    return login is not None and login.active


def _may_confirm(line: queries.HelpLine) -> bool:
    return line.request.confirmed_at is None and may_confirm_help(
        current_actor(),
        begun_by_id=line.request.begun_by_id,
        person_id=line.person_id,
        their_roles=queries.roles_of(db.session, line.person_id),
    )


@blueprint.route("/people/<int:person_id>/help", methods=["GET", "POST"])
@requires(HELP_SIGN_IN, "GET", "POST", fresh=True)
def begin_help(person_id: int) -> ResponseReturnValue:
    """Begin: say how it was made sure that it is them. The person is told."""
    session, actor = db.session, current_actor()
    person, login = session.get(Person, person_id), queries.login_of(session, person_id)
    if person is None or login is None or not login.active:
        abort(NOT_FOUND)
    if not may_begin_help(actor, person_id):
        abort(403)
    form = BeginHelpForm()
    if form.validate_on_submit():
        try:
            _begin(actor, login, Checked(form.checked.data), form.note.data or "")
        except helping.HelpError:
            form.refuse("", _("Somebody is helping this person already."))
        else:
            flash(_("Now a second person has to confirm it. We have told the person."), "good")
            return redirect(url_for("accounts.help_list"), 303)
    return form_page("accounts/help/begin.html", form, person=person)


def _begin(actor: Actor, login: Login, checked: Checked, note: str) -> None:
    session = db.session
    request, stop = helping.begin_help(session, actor, login, checked=checked, note=note)
    mail.mail_help(session, login, stop)
    about = {"request": request.id}
    for way in WAYS:
        key = f"accounts:help:{request.id}:{way}"
        tell(session, login.person_id, help_begun(way), about, key=key)


def _open(request_id: int) -> queries.HelpLine:
    found = queries.open_help(db.session, request_id)
    if not found:
        abort(NOT_FOUND)
    return found[0]


@blueprint.route("/people/help/<int:request_id>", methods=["GET", "POST"])
@requires(HELP_SIGN_IN, "GET", "POST", fresh=True)
def confirm_help(request_id: int) -> ResponseReturnValue:
    """Confirm, as the second person. The code is shown once, to be read out or printed."""
    line = _open(request_id)
    if not _may_confirm(line):
        abort(403)
    form = ConfirmHelpForm()
    if form.validate_on_submit():
        try:
            code = helping.confirm_help(db.session, current_actor(), request_id)
        except helping.HelpError:
            abort(NOT_FOUND)
        page = make_response(render_template("accounts/help/code.html", code=code, line=line))
        page.headers["Cache-Control"] = "no-store"
        return page
    return form_page("accounts/help/confirm.html", form, line=line, checked=CHECKED)


@blueprint.post("/people/help/<int:request_id>/stop")
@requires(HELP_SIGN_IN, "POST")
def stop_help(request_id: int) -> ResponseReturnValue:
    """End it: something is not right."""
    _open(request_id)
    try:
        helping.stop_help(db.session, current_actor(), request_id)
    except helping.HelpError:
        abort(NOT_FOUND)
    flash(_("Stopped. Nobody can sign in with it."), "good")
    return redirect(url_for("accounts.help_list"), 303)


@blueprint.route("/help/stop/<link>", methods=["GET", "POST"])
@public("GET", "POST")
@limits.limiter.limit(limits.FLOOD, methods=["POST"], on_breach=limits.ask_to_wait)
def refuse_help(link: str) -> ResponseReturnValue:
    """The link in the message to the person: it was not them who asked."""
    request = queries.help_by_stop_link(db.session, hash_key(link))
    if request is None:
        return render_template("accounts/link_over.html", what="new_email"), 410
    form = ButtonForm()
    if form.validate_on_submit():
        login = db.session.get_one(Login, request.login_id)
        try:
            helping.stop_help(db.session, Actor(login.person_id), request.id)
        except helping.HelpError:
            abort(NOT_FOUND)
        return render_template("accounts/help/refused.html")
    return form_page("accounts/help/refuse.html", form)


@blueprint.route("/sign-in/help", methods=["GET", "POST"])
@public("GET", "POST")
@limits.limiter.limit("20 per 10 minutes", methods=["POST"], on_breach=limits.ask_to_wait)
def use_help() -> ResponseReturnValue:
    """The code from somebody of the college, and a new password. Then the person is signed in."""
    form = UseHelpForm()
    if form.validate_on_submit():
        with before_writing() as session:
            found = queries.help_by_code(session, helping.hash_help_code(form.code.data))
            request_id = found.id if found else 0
        hashed = passwords.hash_password(form.password.data)
        login = _used(request_id, hashed) if request_id else None
        if login is not None:
            mail.mail_password_changed(db.session, login)
            return welcome(login, SignedInBy.HELPED, next_url=None, held_text=None)
        form.refuse("code", _("This code is not right, or it is too old. Please ask us again"))
    return form_page("accounts/help/use.html", form)


def _used(request_id: int, password_hash: str) -> Login | None:
    try:
        login = helping.use_help(db.session, request_id, password_hash)
    except helping.HelpError:
        return None
    return login if may_sign_in(login) else None
