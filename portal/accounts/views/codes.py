"""Signing in with a code or a link that comes by e-mail.

The code is typed in the browser that asked for it. The link opens a page there with a button; opened anywhere
else it approves nothing, and says where the code belongs. Fetching it changes nothing, as mail scanners do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.accounts import limits, mail
from portal.accounts.evenly import evenly
from portal.accounts.forms.signing_in import AskForCodeForm, CodeForm, FollowLinkForm
from portal.accounts.models import Login, SignedInBy
from portal.accounts.queries import code_by_link, login_by_email
from portal.accounts.services import codes
from portal.accounts.services.sessions import hash_key
from portal.accounts.views.arriving import LONGEST_NEXT, go_on, may_sign_in, welcome
from portal.accounts.views.blueprint import blueprint, form_page
from portal.db import db, lock_rows, run_unit
from portal.plugin_api import current_actor, public
from portal.ui.views import safe_next

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

ASKED = "asked"  # in the signed cookie: this browser's key, and where the person was going


@blueprint.route("/sign-in/email", methods=["GET", "POST"])
@public("GET", "POST")
@limits.limiter.limit(limits.FLOOD, methods=["POST"], on_breach=limits.ask_to_wait)
@evenly
def ask_for_code() -> ResponseReturnValue:
    """Ask for a code. Known or not, one message is queued and one page is shown."""
    form = AskForCodeForm()
    if not form.is_submitted():
        form.next.data = safe_next(request.args.get("next"), "")
    elif form.validate():
        key = _send_code(db.session, form.email.data.lower())
        session[ASKED] = [key, safe_next(form.next.data, "")[:LONGEST_NEXT]]
        if form.held.data:
            return _code_page(CodeForm(formdata=None, held=form.held.data))
        return redirect(url_for("accounts.type_code"), 303)
    return form_page("accounts/ask_for_code.html", form)


def _send_code(session: Session, email: str) -> str:
    """Queue one message to the address, whoever's it is. Returns this browser's key to the code."""
    asked = codes.make_code(session)
    login = login_by_email(session, email)
    opens = None
    if login is None:
        mail.mail_no_account(session, email)
    elif not login.active:
        mail.mail_closed(session, login)
    elif not may_sign_in(login):
        # A code would let in whoever holds the address, to an account that perhaps a stranger made for it.
        mail.mail_confirmation(session, login)
    elif mail.mail_code(session, login, asked.code, asked.link):
        opens = login.id
    codes.give_code(session, asked.id, opens)
    return asked.browser_key


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@public("GET", "POST")
@limits.limiter.limit(limits.FLOOD, methods=["POST"], on_breach=limits.ask_to_wait)
@evenly
def type_code() -> ResponseReturnValue:
    """Type the code that came, in the browser where it was asked for."""
    form = CodeForm()
    key, next_url = _asked()
    actor = current_actor()
    if actor.person_id is not None:  # the link did it, in another tab
        return go_on(actor.person_id, next_url=next_url, held_text=form.held.data)
    if not key:
        return redirect(url_for("accounts.ask_for_code"), 303)
    if form.validate_on_submit():
        login = _opened(key, code=form.digits)
        if login is not None:
            return welcome(login, SignedInBy.EMAIL, next_url=next_url, held_text=form.held.data)
        refuse_code(form)
    return _code_page(form)


def _code_page(form: CodeForm) -> Response:
    return form_page(
        "accounts/type_code.html",
        form,
        action=url_for("accounts.type_code"),
        again=url_for("accounts.ask_for_code"),
    )


def refuse_code(form: CodeForm) -> None:
    """Say kindly that the code does not open anything, whatever the reason."""
    form.refuse(
        "code",
        _(
            "This code is not right, or it is too old. Look at the newest message from us, "
            "or ask for a new code"
        ),
    )


@blueprint.route("/sign-in/link/<link>", methods=["GET", "POST"])
@public("GET", "POST")
@limits.limiter.limit(limits.FLOOD, methods=["POST"], on_breach=limits.ask_to_wait)
def follow_link(link: str) -> ResponseReturnValue:
    """The link in the message: a button here, where it was asked for; elsewhere, what to do instead."""
    key, next_url = _asked()
    found = code_by_link(db.session, hash_key(link))
    if found is None:
        return render_template("accounts/link_over.html", what="code"), 410
    if not key or found.browser_hash != hash_key(key):
        page = make_response(render_template("accounts/link_elsewhere.html"))
        page.headers["Cache-Control"] = "no-store"
        return page
    form = FollowLinkForm()
    if form.validate_on_submit():
        login = _opened(key, link=link)
        if login is None:  # used meanwhile, by a second click
            return render_template("accounts/link_over.html", what="code"), 410
        return welcome(login, SignedInBy.EMAIL, next_url=next_url, held_text=None)
    return form_page("accounts/follow_link.html", form)


def _asked() -> tuple[str, str]:
    """This browser's key to the code it asked for, and where its reader was going; empty for none."""
    asked = session.get(ASKED)
    if isinstance(asked, list) and len(asked) == 2:
        return str(asked[0]), str(asked[1])
    return "", ""


def _opened(key: str, *, code: str = "", link: str = "") -> Login | None:
    """The login that the code or the link opens, used up by now; the same work when there is none."""
    login_id = try_code(key, code) if code else codes.use_link(db.session, key, link)
    for login in lock_rows(db.session, Login, [login_id] if login_id else []):
        if may_sign_in(login):
            return login
    return None


def try_code(key: str, code: str) -> int | None:
    """The id of the login that the code opens, used up by now. The try counts, whatever becomes of it."""
    db.session.rollback()  # counted in a unit by itself, which must not wait for this one
    if not run_unit(lambda unit: codes.count_try(unit, key)):
        return None
    return codes.use_code(db.session, key, code)
