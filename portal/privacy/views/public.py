"""What everybody may read."""

from __future__ import annotations

from flask import render_template

from portal.db import db
from portal.plugin_api import current_actor, public
from portal.privacy.services.kept import kept
from portal.privacy.views.blueprint import blueprint


@blueprint.get("/privacy")
@public
def page() -> str:
    """What is kept about people, why and how long: made from what rooms and plugins declare."""
    return render_template(
        "privacy/kept.html", parts=kept(db.session), signed_in=current_actor().is_signed_in
    )
