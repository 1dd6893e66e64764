"""Raise a concern: one question, for everybody, signed in or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for

from portal.concerns import ADDRESS, limits
from portal.concerns.forms import ConcernForm
from portal.concerns.policies import FIRST
from portal.concerns.queries import is_raised
from portal.concerns.services import raising
from portal.concerns.views.blueprint import REFUSED, blueprint
from portal.db import db
from portal.plugin_api import current_actor, public
from portal.plugin_api.dispatch import setting

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

TOO_MANY = 429


@blueprint.route(ADDRESS, methods=["GET", "POST"])
@public("GET", "POST")
def tell() -> ResponseReturnValue:
    """The question. The answer is committed before the next page is asked for."""
    actor = current_actor()
    form = ConcernForm(signed_in=actor.is_signed_in)
    if not form.validate_on_submit():
        return _page(form, REFUSED if form.errors or form.form_errors else 200)
    words, reach = form.words.data, form.reach.data or ""
    if not is_raised(db.session, raising.once_of(form.key, words, reach)):
        seconds = limits.seconds_to_wait(actor)
        if seconds:
            body, status = _page(form, TOO_MANY, minutes=-(-seconds // 60))
            return body, status, {"Retry-After": str(seconds)}
        rings = limits.rings(actor)
        raising.raise_concern(
            db.session,
            actor,
            form_key=form.key,
            words=words,
            reach=reach,
            named=actor.is_signed_in and not form.unnamed.data,
            rings=rings,
        )
        if not rings:
            return redirect(url_for("concerns.sent", many=1), 303)
    return redirect(url_for("concerns.sent"), 303)


def _page(form: ConcernForm, status: int, *, minutes: int = 0) -> tuple[str, int]:
    name = current_actor().name
    return render_template("concerns/tell.html", form=form, name=name, minutes=minutes), status


@blueprint.get(f"{ADDRESS}/sent")
@public
def sent() -> str:
    """It is with us; what happens next, and whom to call meanwhile."""
    minutes = int(setting(db.session, FIRST))
    many = "many" in request.args  # nobody is told of it by itself, so the page does not say so
    return render_template("concerns/sent.html", minutes=minutes, many=many)
