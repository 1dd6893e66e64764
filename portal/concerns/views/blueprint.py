"""What the room's pages have in common: no browser and no proxy keeps any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("concerns", __name__, template_folder="../templates")
REFUSED = 422


@blueprint.after_request
def keep_nowhere(response: Response) -> Response:
    """What is typed or shown here stays out of every cache."""
    response.headers["Cache-Control"] = "no-store"
    return response
