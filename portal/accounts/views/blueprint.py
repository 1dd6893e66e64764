"""The room's blueprint, and what its views share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, make_response, render_template

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("accounts", __name__, template_folder="../templates")

INVALID = 422


def form_page(template: str, form: Any, **context: Any) -> Response:
    """A form's page: as it is, or with its errors. No cache keeps it, for what was typed into it."""
    page = render_template(template, form=form, **context)
    response = make_response(page, INVALID if form.errors else 200)
    response.headers["Cache-Control"] = "no-store"
    return response
