"""The room's blueprint, and what its views share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, make_response, render_template

from portal import clock

if TYPE_CHECKING:
    from datetime import date

    from flask import Response

    from portal.config import Settings

blueprint = Blueprint("privacy", __name__, template_folder="../templates")
INVALID = 422


def form_page(template: str, form: Any, **context: Any) -> Response:
    """A form's page: as it is, or with its errors. No cache keeps it."""
    page = render_template(template, form=form, **context)
    response = make_response(page, INVALID if form.errors or form.form_errors else 200)
    response.headers["Cache-Control"] = "no-store"
    return response


def settings() -> Settings:
    """The portal's settings."""
    found: Settings = current_app.settings  # type: ignore[attr-defined]  # it is a Portal
    return found


def today() -> date:
    """The date that somebody at the college would write down."""
    return clock.local_date(clock.now(), settings().timezone)
