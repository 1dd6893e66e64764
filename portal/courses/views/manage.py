"""The staff pages: their blueprint, and the frame that every page of them shares.

A page that changes something does it through `once`: one effect per form shown, errors at the field, and
everything that was typed shown again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from portal.config import Settings
from portal.courses import words
from portal.courses.forms.base import OnceForm
from portal.courses.services import once as sent
from portal.courses.services.errors import InvalidError, MissingError, NotAllowedNowError
from portal.db import db
from portal.plugin_api import Veto

T = TypeVar("T")
REFUSED = 422  # the form is shown again; nothing has been written
SEE_OTHER = 303

blueprint = Blueprint(
    "courses_manage", __name__, url_prefix="/manage", template_folder="../templates"
)


@blueprint.context_processor
def with_words() -> dict[str, Any]:
    """Templates know the room's words for its states and choices."""
    return {"course_words": words}


@blueprint.errorhandler(MissingError)
def not_there(_error: MissingError) -> ResponseReturnValue:
    """The page that says there is none: an id in an address may be of anything, or of something gone."""
    return current_app.handle_http_exception(NotFound())


def address(endpoint: str, **values: Any) -> str:
    """The path of a staff page."""
    return url_for(f"courses_manage.{endpoint}", **values)


def found(model: type[T], key: int) -> T:
    """The record of that id, or the page that says there is none."""
    row = db.session.get(model, key)
    if row is None:
        abort(404)
    return row


def first(rows: tuple[T, ...]) -> T:
    """The one record that was asked for, or the page that says there is none."""
    if not rows:
        abort(404)
    return rows[0]


def once(form: OnceForm, work: Callable[[], str]) -> ResponseReturnValue | None:
    """Let a form have its effect: `work` does it and returns the address of the page to go to.

    A form that was sent before only leads there again. Returns None when the form was refused, with
    the reasons at its fields.
    """
    key = form.key
    earlier = sent.claim(db.session, key)
    if earlier is not None:
        return redirect(earlier or address("index"), SEE_OTHER)
    try:
        location = work()
    except InvalidError as error:
        form.refuse_all(error)
        return None
    except (NotAllowedNowError, Veto) as error:
        form.refuse("", error.reason)
        return None
    sent.settle(db.session, key, location)
    return redirect(location, SEE_OTHER)


def college_zone() -> str:
    """The zone in which new sessions are promised."""
    from flask import current_app

    settings: Settings = current_app.settings  # type: ignore[attr-defined]  # the portal's own app
    return settings.timezone


def number_of(name: str) -> int | None:
    """A whole number from the address; None when it is absent or anything else."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def text_of(name: str, most: int = 100) -> str:
    """Words from the address, without letters that no keyboard makes."""
    text = "".join(letter for letter in request.args.get(name, "") if letter.isprintable())
    return text.strip()[:most]


def changed_words() -> str:
    """What is said after a change."""
    said: str = _("Saved. The history says what changed.")
    return said
