"""What a claim was for, so that it counts in that budget: said by its person, or right by whoever decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugins.claims.forms.writing import purpose_form
from plugins.claims.policies import DECIDE
from plugins.claims.queries.purposes import all_purposes, own_purposes, purpose
from plugins.claims.services.purposes import say_purpose, set_purpose
from plugins.claims.services.store import EDITABLE
from plugins.claims.views.blueprint import blueprint, once, own_claim, page_of, status
from plugins.claims.views.deciding import claim_here
from plugins.claims.views.writing import ask
from portal.plugin_api import current_actor, db, requires, signed_in

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from plugins.claims.models import Claim
    from plugins.claims.queries.purposes import Purpose


@blueprint.route("/<ref>/purpose", methods=["GET", "POST"])
@signed_in("GET", "POST")
def say_for(ref: str) -> ResponseReturnValue:
    """Which of the things that I take part in is it for?"""
    claim = own_claim(ref)
    if claim.state not in EDITABLE:
        abort(404)
    known = with_its_own(claim, own_purposes(db.session, claim.person_id))
    form, claim_id = (
        purpose_form(known, claim.activity_id, _l("Which of these is it for?")),
        claim.id,
    )

    def say() -> str:
        say_purpose(db.session, current_actor(), claim_id, form.chosen)
        return page_of(ref)

    if form.validate_on_submit() and (done := once(form, say)):
        return done
    return ask(form, "purpose", ref), status(form)


def with_its_own(claim: Claim, known: list[Purpose]) -> list[Purpose]:
    """These, and the one that a claim names already."""
    its = purpose(db.session, claim.activity_id)
    return known if its is None or its in known else [its, *known]


@blueprint.route("/desk/<ref>/purpose", methods=["GET", "POST"])
@requires(DECIDE, "GET", "POST")
def set_for(ref: str) -> ResponseReturnValue:
    """In which budget it counts: by the activity that it was for."""
    claim = claim_here(ref)
    own = with_its_own(claim, own_purposes(db.session, claim.person_id))
    others = [one for one in all_purposes(db.session) if one not in own]
    form = purpose_form([*own, *others], claim.activity_id, _l("Which of these was it for?"))
    claim_id, what = claim.id, claim.what

    def say() -> str:
        set_purpose(db.session, current_actor(), claim_id, form.chosen)
        flash(_("Saved. It counts in that budget."), "good")
        return url_for("claims.decide", ref=ref)

    if form.validate_on_submit() and (done := once(form, say)):
        return done
    page = render_template("claims/set_for.html", form=form, ref=ref, what=what)
    return page, status(form)
