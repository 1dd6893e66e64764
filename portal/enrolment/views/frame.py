"""What the pages of places share: one effect per form shown, and a record that is not there is a 404."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from flask import abort, current_app, redirect, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from portal import clock
from portal.courses.api import MissingError, claim_form, settle_form
from portal.db import db
from portal.enrolment.services.outcomes import NoSuchPlaceError, PlaceRefusedError
from portal.enrolment.views import blueprint
from portal.plugin_api import Veto
from portal.ui.forms import OnceForm

REFUSED = 422  # the form is shown again; nothing has been written
SEE_OTHER = 303
T = TypeVar("T")


@blueprint.errorhandler(NoSuchPlaceError)
@blueprint.errorhandler(MissingError)
def not_there(_error: LookupError) -> ResponseReturnValue:
    """The page that says there is none: an id in an address may be of anything, or of something gone."""
    return current_app.handle_http_exception(NotFound())


def found(record: T | None) -> T:
    """The record that was asked for, or the page that says there is none."""
    if record is None:
        abort(404)
    return record


def today() -> date:
    """The date that somebody at the college would write down."""
    zone: str = current_app.settings.timezone  # type: ignore[attr-defined]  # the portal's own app
    return clock.local_date(clock.now(), zone)


def once(form: OnceForm, work: Callable[[], str]) -> ResponseReturnValue | None:
    """Let a form have its effect: `work` does it and returns the address of the page to go to.

    A form that was sent before only leads there again. Returns None when the form was refused, by a
    service or by `work` itself (`form.refuse`), with the reason in it; then show it with `page`.
    """
    earlier = claim_form(db.session, form.key)
    if earlier is not None:
        return redirect(earlier or "/", SEE_OTHER)
    try:
        location = work()
    except (PlaceRefusedError, Veto) as error:
        form.refuse("", error.reason)
        return None
    if form.errors or form.form_errors:
        return None
    settle_form(db.session, form.key, location)
    return redirect(location, SEE_OTHER)


def sent(form: OnceForm, work: Callable[[], str]) -> ResponseReturnValue | None:
    """`once` for a form that was sent and stands up to its own questions; else None."""
    return once(form, work) if form.validate_on_submit() else None


def page(template: str, form: OnceForm, **values: object) -> ResponseReturnValue:
    """A page with a form, as it is shown first and after it was refused."""
    status = REFUSED if form.errors or form.form_errors else 200
    return render_template(f"enrolment/{template}", form=form, **values), status
