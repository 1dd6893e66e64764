"""What is approved once more before it is paid: the list, and one of it with its button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from plugins.claims import words
from plugins.claims.errors import GoneError, Why
from plugins.claims.forms.deciding import AgainForm
from plugins.claims.money.batches import What
from plugins.claims.policies import DECIDE, again_kinds
from plugins.claims.services import again as services
from plugins.claims.services.again import ToApprove
from plugins.claims.views.blueprint import SEE_OTHER, blueprint, once, status
from plugins.claims.words import paying as words_paying
from portal.accounts.api import people_by_ids
from portal.plugin_api import current_actor, db, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.get("/desk/again")
@requires(DECIDE)
def again() -> str:
    """All of it, what is due first in front. One's own money is not here."""
    actor = current_actor()
    found = services.to_approve(db.session, actor, again_kinds(actor))
    return render_template(
        "claims/again.html",
        found=found,
        people=people_by_ids(db.session, {one.person_id for one in found}),
        words=words,
        said=words_paying,
    )


@blueprint.route("/desk/again/<what>/<int:what_id>", methods=["GET", "POST"])
@requires(DECIDE, "GET", "POST")
def approve_again(what: str, what_id: int) -> ResponseReturnValue:
    """One of it: why, how much, and the button."""
    kind, form = _kind(what), AgainForm()

    def go() -> str:
        key, (version, shown) = (kind, what_id), form.seen_as
        done = services.approve(db.session, current_actor(), key, version, shown)
        flash(
            _("Approved. It can be paid now.")
            if done
            else _("Approved. It is a larger sum, so a second person looks at it, too."),
            "good",
        )
        return url_for("claims.again")

    if form.validate_on_submit() and (done := once(form, go)):
        return done
    try:
        one = services.look_at(db.session, current_actor(), (kind, what_id))
    except GoneError:
        abort(404)
    if one is None:
        flash(str(words.REFUSALS[Why.MOVED]), "warn")
        return redirect(url_for("claims.again"), SEE_OTHER)
    form.seen.data, form.seen.raw_data = f"{one.version}.{one.shown}", None
    return _page(one, form), status(form)


def _kind(what: str) -> What:
    """The kind of an address, where the actor approves such."""
    found = next((one for one in again_kinds(current_actor()) if one.value == what), None)
    if found is None:
        abort(404)
    return found


def _page(one: ToApprove, form: AgainForm) -> str:
    pages = {
        What.CLAIM: "claims.decide",
        What.ADVANCE: "claims.decide_ahead",
        What.CHOICE: "claims.close_offer",
    }
    return render_template(
        "claims/approve_again.html",
        one=one,
        form=form,
        who=people_by_ids(db.session, [one.person_id]).get(one.person_id),
        place=url_for(pages[one.what], ref=one.ref),
        words=words,
        said=words_paying,
    )
