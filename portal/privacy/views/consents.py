"""What a person agreed to, and taking it back: one button, at once, without a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal.audit import api as audit
from portal.db import db
from portal.plugin_api import current_actor, signed_in
from portal.plugin_api.dispatch import gather_consents, withdraw_consent
from portal.privacy.views.blueprint import blueprint
from portal.privacy.views.mine import own_id

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from portal.plugin_api import Consent, ConsentKind


@blueprint.get("/me/data/agreed")
@signed_in
def agreed() -> str:
    """All that holds now, by kind."""
    found = gather_consents(db.session, own_id())
    groups: dict[str, tuple[ConsentKind, list[Consent]]] = {}
    for kind, one in found.items:
        groups.setdefault(kind.kind, (kind, []))[1].append(one)
    return render_template(
        "privacy/agreed.html", groups=list(groups.values()), missing=found.missing
    )


@blueprint.post("/me/data/agreed/withdraw")
@signed_in("POST")
def withdraw() -> ResponseReturnValue:
    """Take one back. A second click, or one of somebody else's, changes nothing."""
    kind, ref = request.form.get("kind", ""), request.form.get("ref", "")
    actor, person_id = current_actor(), own_id()
    found = gather_consents(db.session, person_id)
    holds = next((one for one, given in found.items if (one.kind, given.ref) == (kind, ref)), None)
    if holds is None:
        flash(_("You had taken that back already."), "good")
        return redirect(url_for("privacy.agreed"), 303)
    try:
        done = withdraw_consent(db.session, actor, kind, ref)
    except KeyError:
        abort(404)
    if not done:
        flash(_("That did not work, and nothing was changed. Please try again, or ring us."), "bad")
        return redirect(url_for("privacy.agreed"), 303)
    audit.record(
        db.session,
        actor,
        "privacy:consent:withdraw",
        ("person", person_id),
        details={"kind": kind, "ref": ref},
    )
    flash(str(holds.after), "good")
    return redirect(url_for("privacy.agreed"), 303)
