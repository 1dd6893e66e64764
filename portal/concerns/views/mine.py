"""A person's own emergency contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal.concerns.forms import EmergencyForm
from portal.concerns.queries import emergency_words
from portal.concerns.services.emergency import save_contact
from portal.concerns.views.blueprint import REFUSED, blueprint
from portal.db import db
from portal.plugin_api import current_actor, signed_in

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.route("/me/emergency", methods=["GET", "POST"])
@signed_in("GET", "POST")
def emergency() -> ResponseReturnValue:
    """Whom to call; empty is an answer too."""
    actor = current_actor()
    form = EmergencyForm()
    if form.validate_on_submit():
        words = (form.words.data or "").strip()
        save_contact(db.session, actor, words)
        flash(_("Saved.") if words else _("Nobody is named now."), "good")
        return redirect(url_for("concerns.emergency"), 303)
    if request.method == "GET" and actor.person_id is not None:
        form.words.data = emergency_words(db.session, actor.person_id)
    return render_template("concerns/emergency.html", form=form), REFUSED if form.errors else 200
