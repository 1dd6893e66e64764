"""Putting right what was decided: proposed at a line, approved by somebody else on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from plugins.claims import words
from plugins.claims.errors import RefusedError, Why
from plugins.claims.forms.adjusting import AmountForm, ApproveForm, BackForm, shown_of
from plugins.claims.forms.writing import GoForm
from plugins.claims.models import STANDS, Line
from plugins.claims.money.amounts import miles
from plugins.claims.policies import DECIDE, PUT_RIGHT
from plugins.claims.queries import adjusting as queries
from plugins.claims.queries.prices import VEHICLES
from plugins.claims.services import adjusting as services
from plugins.claims.views.blueprint import blueprint, once, status
from plugins.claims.views.deciding import claim_here
from portal.accounts.api import people_by_ids
from portal.plugin_api import current_actor, db, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.route("/desk/<ref>/lines/<int:line_id>/adjust", methods=["GET", "POST"])
@requires(DECIDE, "GET", "POST")
def adjust(ref: str, line_id: int) -> ResponseReturnValue:
    """Propose that a line that was decided is put right."""
    claim, line = claim_here(ref), db.session.get(Line, line_id)
    if line is None or line.claim_id != claim.id or claim.state not in STANDS:
        abort(404)
    journey = line.category in VEHICLES
    form = BackForm() if journey else AmountForm()
    claim_id, what, category = claim.id, claim.what, line.category
    allowed = line.allowed or 0

    def propose() -> str:
        pence = form.signed if isinstance(form, AmountForm) else None
        said = form.reason.data or ""
        services.propose(db.session, current_actor(), claim_id, line_id, pence, said)
        flash(_("Proposed. Somebody else looks at it, and approves it."), "good")
        return url_for("claims.decide", ref=ref)

    if form.validate_on_submit() and (done := once(form, propose, _field)):
        return done
    page = render_template(
        "claims/adjust.html",
        form=form,
        ref=ref,
        what=what,
        category=words.CATEGORIES[category],
        allowed=allowed,
        journey=journey,
    )
    return page, status(form)


def _field(refused: RefusedError) -> str:
    return "pence" if refused.why is Why.ADJUSTED_AMOUNT else ""


@blueprint.route("/adjustments", methods=["GET", "POST"])
@requires(PUT_RIGHT, "GET", "POST")
def adjustments() -> ResponseReturnValue:
    """All that waits to be approved, with why and how much; then one button for what is ticked."""
    form = ApproveForm()

    def go() -> str:
        shown = shown_of(request.form.getlist("pick"))
        found = services.approve(db.session, current_actor(), shown)
        whys = list(found.values())
        first = whys.count(Why.APPROVED)
        _say(whys.count(None), first, len(whys) - whys.count(None) - first)
        return url_for("claims.adjustments")

    if form.validate_on_submit() and (done := once(form, go)):
        return done
    found, more = queries.waiting_page(db.session, request.args.get("after", ""))
    whys = services.why_not(db.session, current_actor(), [(one.claim, one.by_id) for one in found])
    ids = {key for one in found for key in (one.claim.person_id, one.by_id) if key is not None}
    page = render_template(
        "claims/adjustments.html",
        form=form,
        found=list(zip(found, [words.REFUSALS[why] if why else "" for why in whys], strict=True)),
        more=more,
        total=sum(one.pence for one, why in zip(found, whys, strict=True) if why is None),
        people=people_by_ids(db.session, ids),
        me=current_actor().person_id,
        words=words,
        miles=miles,
    )
    return page, status(form)


def _say(done: int, first: int, left: int) -> None:
    if done:
        said = ngettext(
            "%(num)d is approved. Its person is being told.",
            "%(num)d are approved. Their people are being told.",
            done,
        )
        flash(said, "good")
    if first:
        flash(_("Approved. It is a larger sum, so a second person looks at it, too."), "good")
    if left:
        flash(
            _("What is left below could not be approved, or has changed. Look once more."), "warn"
        )


@blueprint.route("/adjustments/<int:adjustment_id>/drop", methods=["GET", "POST"])
@requires(PUT_RIGHT, "GET", "POST")
def drop_adjustment(adjustment_id: int) -> ResponseReturnValue:
    """Leave everything as it was, after a question."""
    form = GoForm()

    def drop() -> str:
        services.drop(db.session, current_actor(), adjustment_id)
        flash(_("Everything stays as it was decided."), "good")
        return url_for("claims.adjustments")

    if form.validate_on_submit() and (done := once(form, drop)):
        return done
    if not any(one.id == adjustment_id for one in queries.waiting(db.session)):
        abort(404)
    page = render_template(
        "claims/sure.html",
        form=form,
        back=url_for("claims.adjustments"),
        back_label=_("What is put right after a decision"),
        title=_("Leave it as it was decided?"),
        text=_("What was proposed is not made. Nobody is told."),
        yes=_("Leave it as it was"),
    )
    return page, status(form)
