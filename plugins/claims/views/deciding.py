"""The desk of those who decide: what waits, one claim with its lines, a question to its person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext as _

from plugins.claims import words
from plugins.claims.errors import RefusedError, Why
from plugins.claims.forms.deciding import AskForm, DecideForm, decide_form
from plugins.claims.models import STANDS, Claim, Line, State
from plugins.claims.money.amounts import miles
from plugins.claims.money.separation import Bar
from plugins.claims.policies import DECIDE
from plugins.claims.queries import claims, one_claim
from plugins.claims.queries.places import place_of
from plugins.claims.queries.purposes import purpose
from plugins.claims.services import deciding
from plugins.claims.services.books import decided_so_far
from plugins.claims.services.separating import why_not_decide
from plugins.claims.views.blueprint import blueprint, kept_list, once, status
from portal.accounts.api import people_by_ids
from portal.files.api import send as send_file
from portal.plugin_api import current_actor, db, requires

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask.typing import ResponseReturnValue

    from plugins.claims.queries.briefs import Brief
    from plugins.claims.queries.one_claim import Shown

SEEN = STANDS | {State.SUBMITTED, State.QUERIED}
AT_FIELD = {
    Why.AMOUNT: "pence",
    Why.REASON: "reason",
    Why.LESS_THAN_BEFORE: "decision",
    Why.RECEIPT_FULL: "decision",
    Why.RECEIPT_TOTAL: "decision",
}


def claim_here(ref: str) -> Claim:
    """A claim that was sent; of one's own there is no such page here."""
    found = one_claim.claim_of(db.session, ref)
    if found is None or found.state not in SEEN:
        abort(404)
    if found.person_id == current_actor().person_id:
        abort(404)
    return found


@blueprint.get("/desk")
@requires(DECIDE)
def to_decide() -> str:
    """What waits for a decision, the longest waiting first, and for an answer."""
    desk = claims.desk(db.session, after=place_of(request.args.get("after", "")))
    waiting, asked = _of_others(desk.waiting), _of_others(desk.asked)
    return render_template(
        "claims/to_decide.html",
        waiting=_kept("claims/_waiting.html", waiting, desk.names),
        asked=_kept("claims/_asked.html", asked, desk.names),
        last=desk.last,
    )


@blueprint.get("/desk/decided")
@requires(DECIDE)
def decided() -> str:
    """What was decided lately."""
    found, names = claims.decided(db.session)
    kept = _kept("claims/_decided.html", _of_others(found), names)
    return render_template("claims/decided.html", decided=kept)


def _of_others(found: Sequence[Brief]) -> list[Brief]:
    me = current_actor().person_id
    return [one for one in found if one.person_id != me]


def _kept(template: str, found: Sequence[Brief], names: Mapping[int, str]) -> str:
    theirs = {key: names[key] for one in found if (key := one.person_id or 0) in names}
    return kept_list(template, found, *theirs.items(), found=found, names=theirs) if found else ""


@blueprint.route("/desk/<ref>", methods=["GET", "POST"])
@requires(DECIDE, "GET", "POST")
def decide(ref: str) -> ResponseReturnValue:
    """One claim: each line is approved, reduced or declined, with a reason."""
    claim = claim_here(ref)
    one, claim_id = one_claim.show(db.session, claim), claim.id
    lines = [line.id for line in one.lines]
    form = decide_form({line.id: words.CATEGORIES[line.category] for line in one.lines})

    def say() -> str:
        done = deciding.decide(
            db.session, current_actor(), claim_id, form.seen, form.decisions(lines)
        )
        flash(
            _("Decided. They are being told.")
            if done
            else _("Approved. It is a larger sum, so a second person looks at it, too."),
            "good",
        )
        return url_for("claims.to_decide")

    if form.validate_on_submit() and (done := once(form, say, _field)):
        return done
    if request.method == "GET":
        _begin_with(form, one)
    return _page(one_claim.show(db.session, claim_here(ref)), form), status(form)


def _field(refused: RefusedError) -> str:
    name = AT_FIELD.get(refused.why)
    return f"{name}{refused.line_id}" if name and refused.line_id else ""


def _begin_with(form: DecideForm, one: Shown) -> None:
    """What the first person decided, for the second one to look at."""
    form.version.data = str(one.version)
    for line in one.lines:
        if line.decision is not None:
            form[f"decision{line.id}"].data = line.decision.value
            form[f"pence{line.id}"].data = line.allowed if line.decision == "reduced" else None
            form[f"reason{line.id}"].data = line.reason


def _page(one: Shown, form: DecideForm) -> str:
    claim = one_claim.claim_of(db.session, one.brief.ref)
    person_id = current_actor().person_id
    why: Bar | None = None
    if claim is not None and person_id is not None:
        why = why_not_decide(db.session, person_id, claim)
    payee, sender = one.brief.person_id or 0, claim.submitted_by_id if claim is not None else None
    people = people_by_ids(db.session, {payee, sender or 0})
    return render_template(
        "claims/decide.html",
        one=one,
        form=form,
        who=people.get(payee),
        sender=people.get(sender) if sender and sender != payee else None,
        me=person_id,
        barred=words.REFUSALS[Why(why.value)] if why else "",
        before=decided_so_far(db.session, one.brief.id) if one.round > 1 else {},
        words=words,
        miles=miles,
        purpose=purpose(db.session, claim.activity_id) if claim is not None else None,
    )


@blueprint.route("/desk/<ref>/ask", methods=["GET", "POST"])
@requires(DECIDE, "GET", "POST")
def ask(ref: str) -> ResponseReturnValue:
    """Ask its person something; the clock stands still until they answer."""
    claim, form = claim_here(ref), AskForm()
    claim_id, what = claim.id, claim.what

    def go() -> str:
        deciding.ask(db.session, current_actor(), claim_id, form.words.data or "")
        flash(_("Asked. They are being told."), "good")
        return url_for("claims.to_decide")

    if form.validate_on_submit() and (done := once(form, go)):
        return done
    page = render_template("claims/ask.html", form=form, ref=ref, what=what)
    return page, status(form)


@blueprint.get("/desk/<ref>/lines/<int:line_id>/file")
@requires(DECIDE)
def desk_file(ref: str, line_id: int) -> ResponseReturnValue:
    """The picture of a receipt, for whoever decides."""
    claim, line = claim_here(ref), db.session.get(Line, line_id)
    if line is None or line.claim_id != claim.id or line.file_id is None:
        abort(404)
    return send_file(db.session, line.file_id)
