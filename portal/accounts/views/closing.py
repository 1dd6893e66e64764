"""Closing somebody's way to sign in, and opening it again. The person is told why, and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, redirect, url_for
from flask_babel import gettext as _

from portal.accounts import queries
from portal.accounts.forms.closing import CloseForm, ReopenForm
from portal.accounts.models import Login, Person
from portal.accounts.policies import CLOSE_LOGIN, may_close
from portal.accounts.services import closing
from portal.accounts.views.blueprint import blueprint, form_page
from portal.accounts.views.scopes import end_of
from portal.accounts.words import CLOSING_FAULTS, last_day
from portal.db import db
from portal.plugin_api import current_actor, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from portal.accounts.models import Closing

NOT_FOUND = 404


@blueprint.route("/people/<int:person_id>/closing", methods=["GET", "POST"])
@requires(CLOSE_LOGIN, "GET", "POST", fresh=True)
def close_login(person_id: int) -> ResponseReturnValue:
    """Whether they can sign in, who decided otherwise and why; and the one thing to do about it."""
    person, login = db.session.get(Person, person_id), queries.login_of(db.session, person_id)
    if person is None or login is None or not may_close(current_actor(), person_id):
        abort(NOT_FOUND)
    form = CloseForm() if login.active else ReopenForm()
    if form.validate_on_submit():
        tried = db.session.begin_nested()
        try:
            words = _done(form, login)
        except closing.ClosingError as error:
            tried.rollback()
            form.refuse(*CLOSING_FAULTS[error.code])
        else:
            flash(words, "good")
            return redirect(url_for("accounts.close_login", person_id=person_id), 303)
    held = closing.open_closing(db.session, person_id)
    return form_page(
        "accounts/close_login.html",
        form,
        person=person,
        open=login.active,
        held=held,
        by=_name_of(held),
        last_day=last_day,
    )


def _done(form: CloseForm | ReopenForm, login: Login) -> str:
    if isinstance(form, ReopenForm):
        closing.reopen(db.session, current_actor(), login, reason=form.reason.data)
        return str(_("They can sign in again."))
    until = end_of(form.last_day.data) if form.last_day.data else None
    closing.close(db.session, current_actor(), login, reason=form.reason.data, ends_at=until)
    return str(_("They are signed out everywhere, and cannot sign in. We have told them."))


def _name_of(held: Closing | None) -> str:
    if held is None or held.by_id is None:
        return str(_("whoever keeps the computer"))
    return db.session.get_one(Person, held.by_id).name
