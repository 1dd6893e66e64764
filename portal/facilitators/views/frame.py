"""What the room's pages share: one effect per form shown, and a record that is not there is a 404."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from flask import Blueprint, abort, current_app, redirect, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from portal import clock
from portal.accounts.api import PersonRef, people_by_ids, person_here
from portal.config import Settings
from portal.courses.api import (
    PERSPECTIVES,
    MissingError,
    NotAllowedNowError,
    claim_form,
    settle_form,
)
from portal.db import db
from portal.facilitators import words
from portal.facilitators.services.errors import MissingRecordError, RefusedError
from portal.plugin_api import Veto, current_actor
from portal.ui.forms import OnceForm

REFUSED = 422  # the form is shown again; nothing has been written
SEE_OTHER = 303

blueprint = Blueprint("facilitators", __name__, template_folder="../templates")


@blueprint.context_processor
def with_words() -> dict[str, Any]:
    """Templates know the room's words for its states and choices."""
    return {"lead_words": words, "perspectives": PERSPECTIVES}


@blueprint.errorhandler(MissingRecordError)
@blueprint.errorhandler(MissingError)
def not_there(_error: LookupError) -> ResponseReturnValue:
    """The page that says there is none: an id in an address may be of anything, or of something gone."""
    return current_app.handle_http_exception(NotFound())


def zone() -> str:
    """The college's own time."""
    settings: Settings = current_app.settings  # type: ignore[attr-defined]  # it is a Portal
    return settings.timezone


def today() -> date:
    """The date that somebody at the college would write down."""
    return clock.local_date(clock.now(), zone())


def person_or_404(person_id: int) -> PersonRef:
    """The person, or no such page; whoever was erased is not here any more."""
    return person_here(db.session, person_id) or abort(404)


def me() -> int:
    """Whoever is signed in."""
    person_id = current_actor().person_id
    if person_id is None:
        raise MissingRecordError
    return person_id


def names(ids: Iterable[int]) -> dict[int, PersonRef]:
    """The people with these ids."""
    return people_by_ids(db.session, set(ids))


def sent(form: OnceForm, work: Callable[[], str]) -> ResponseReturnValue | None:
    """Let a form that was sent have its effect: `work` does it and returns the address of the page to go to.

    A form that was sent before only leads there again. Returns None when it was not sent, or was refused,
    with the reason in it; then show it with `page`.
    """
    if not form.validate_on_submit():
        return None
    earlier = claim_form(db.session, form.key)
    if earlier is not None:
        return redirect(earlier or "/", SEE_OTHER)
    try:
        location = work()
    except RefusedError as error:
        form.refuse(error.field, error.reason)
        return None
    except (NotAllowedNowError, Veto) as error:
        form.refuse("", error.reason)
        return None
    if form.errors or form.form_errors:  # `work` itself refused
        return None
    settle_form(db.session, form.key, location)
    return redirect(location, SEE_OTHER)


def page(template: str, form: OnceForm, **values: object) -> ResponseReturnValue:
    """A page with a form, as it is shown first and after it was refused."""
    status = REFUSED if form.errors or form.form_errors else 200
    return render_template(f"facilitators/{template}", form=form, **values), status
