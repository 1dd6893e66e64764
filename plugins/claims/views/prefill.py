"""What somebody gave lately, offered as the beginning of a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, url_for
from flask_babel import gettext as _

from plugins.claims.forms.prefill import PrefillForm
from plugins.claims.services import prefill
from plugins.claims.views.blueprint import SEE_OTHER, blueprint, once
from portal.plugin_api import current_actor, db, signed_in

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.post("/start/from")
@signed_in("POST")
def start_from() -> ResponseReturnValue:
    """Begin a claim from it, or wave it away."""
    form, actor = PrefillForm(), current_actor()
    key = form.gift.data or ""

    def go() -> str:
        if form.no.data:
            prefill.wave_away(db.session, actor, key)
            flash(_("We do not ask about it again."), "good")
            return url_for("claims.start")
        claim = prefill.begin_from(db.session, actor, key)
        return url_for("claims.add", ref=claim.ref) if claim else url_for("claims.start")

    if form.validate_on_submit() and (done := once(form, go)):
        return done
    return redirect(url_for("claims.start"), SEE_OTHER)
