"""What happens when a page needs somebody signed in, and nobody is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from portal.accounts.browser_session import KEY, TIMED_OUT
from portal.accounts.forms.signing_in import SignInForm
from portal.accounts.held import hold_request
from portal.accounts.queries import person_of_session
from portal.accounts.services.sessions import hash_key
from portal.db import db

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from werkzeug.exceptions import Unauthorized


def ask_to_sign_in(error: Unauthorized) -> ResponseReturnValue:  # noqa: ARG001 - Flask's signature
    """Off to the sign-in page and back; a form that was being sent comes along, inside the page."""
    from flask import session

    key = session.pop(KEY, None)
    was_signed_in = key is not None
    if request.method in {"GET", "HEAD"}:
        if was_signed_in:
            flash(_("You were signed out to keep your account safe. Please sign in again."), "info")
        here = request.full_path.rstrip("?")
        return redirect(url_for("accounts.sign_in", next=here), 303)
    form = SignInForm(formdata=None)
    # Whoever's session was ended elsewhere finds it again too, and nobody else.
    whose = g.get(TIMED_OUT) or (person_of_session(db.session, hash_key(key)) if key else None)
    if _can_be_read() and request.form and (whose or not was_signed_in):
        form.held.data = hold_request(whose)
    held = bool(form.held.data)
    page = render_template("accounts/sign_in.html", form=form, held=held, kept=True)
    response = make_response(page, 401)
    response.headers["Cache-Control"] = "no-store"
    return response


def _can_be_read() -> bool:
    """False for a form with a large file in it: nobody who has not signed in is listened to for so long."""
    try:
        request.form  # noqa: B018 - read here, or not at all
    except RequestEntityTooLarge:
        return False
    return True
