"""What everybody may read."""

from __future__ import annotations

from flask import abort, render_template

from portal.db import db
from portal.plugin_api import current_actor, public
from portal.privacy.services.kept import kept
from portal.privacy.views.blueprint import blueprint


@blueprint.get("/privacy")
@public
def page() -> str:
    """What is kept about people, why and how long: made from what rooms and plugins declare."""
    parts = kept(db.session)
    return render_template(
        "privacy/kept.html",
        parts=[part for part in parts if part.room],
        others=[part for part in parts if not part.room],
        signed_in=current_actor().is_signed_in,
    )


@blueprint.get("/privacy/<name>")
@public
def part(name: str) -> str:
    """The same of one room or plugin."""
    found = [part for part in kept(db.session) if part.name == name]
    if not found:
        abort(404)
    return render_template("privacy/kept_part.html", part=found[0])
