"""Somebody's own money ahead of an event: asked for, looked at, accounted for in a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, render_template, url_for
from flask_babel import gettext as _

from plugins.claims import words
from plugins.claims.errors import RefusedError, Why
from plugins.claims.forms.advances import AskForm
from plugins.claims.forms.writing import GoForm
from plugins.claims.models import AdvanceRow, AdvanceState, PaymentStage
from plugins.claims.money.batches import What
from plugins.claims.queries import advances as queries
from plugins.claims.queries.paying import last_payment
from plugins.claims.queries.support import asker_of
from plugins.claims.services import advances as services
from plugins.claims.services import again, beginning
from plugins.claims.services.advances import Wish
from plugins.claims.views.blueprint import blueprint, once, status
from plugins.claims.words.paying import once_more
from portal.accounts.api import people_by_ids
from portal.plugin_api import Words, current_actor, db, signed_in

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

UNSENT = frozenset({PaymentStage.NONE, PaymentStage.FAILED})


def _own(ref: str) -> AdvanceRow:
    found = queries.own(db.session, ref, current_actor().person_id)
    if found is None:
        abort(404)
    return found


def _seen(ref: str) -> tuple[AdvanceRow, str]:
    """Also of whoever asked for it for somebody: whose it is, where that is not the actor."""
    found = queries.seen(db.session, ref, current_actor().person_id)
    if found is None:
        abort(404)
    if found.person_id is None or found.person_id == current_actor().person_id:
        return found, ""
    return found, people_by_ids(db.session, [found.person_id])[found.person_id].name


@blueprint.route("/ahead/ask", methods=["GET", "POST"])
@signed_in("GET", "POST")
def ask_ahead() -> ResponseReturnValue:
    """What for, when, how much."""
    form = AskForm()

    def go() -> str:
        wish = Wish(form.what.data or "", form.day.data, int(form.pence.data or 0))
        one = services.ask(db.session, current_actor(), wish)
        flash(_("Thank you. Somebody looks at it before that day."), "good")
        return url_for("claims.advance", ref=one.ref)

    if form.validate_on_submit() and (done := once(form, go, lambda _: "day")):
        return done
    return render_template("claims/ask_ahead.html", form=form), status(form)


@blueprint.get("/ahead/<ref>")
@signed_in
def advance(ref: str) -> str:
    """One of them: what was decided, what became of the money."""
    one, whom = _seen(ref)
    ended = one.state not in {AdvanceState.ASKED, AdvanceState.APPROVED}
    return render_template(
        "claims/advance.html",
        one=one,
        whom=whom,
        asker="" if whom else _asker(one),
        claims=queries.claims_against(db.session, one.id),
        can_withdraw=not whom and not ended and services.stays_here(one),
        # Where money goes is between its person and the college.
        wait=None if whom else _wait(one),
        again="" if whom else _again(one),
        words=words,
    )


def _asker(one: AdvanceRow) -> str:
    """The name of whoever asked for it for its person; empty where that is nobody."""
    found = people_by_ids(db.session, [asker_of(db.session, one.id) or 0])
    return next((each.name for each in found.values()), "")


def _wait(one: AdvanceRow) -> Why | None:
    """What we need from its person before it is paid; of what was not approved, nothing."""
    if one.state is not AdvanceState.APPROVED or one.payment not in UNSENT:
        return None
    return last_payment(db.session, What.ADVANCE, one.id, one.person_id).wait


def _again(one: AdvanceRow) -> Words:
    """Why the college looks at it once more before it is paid; empty where it does not."""
    if one.state is not AdvanceState.APPROVED or one.payment not in UNSENT:
        return ""
    why = again.of_person(db.session, one.person_id or 0).get((What.ADVANCE, one.id))
    return once_more(why) if why else ""


@blueprint.route("/ahead/<ref>/withdraw", methods=["GET", "POST"])
@signed_in("GET", "POST")
def withdraw_ahead(ref: str) -> ResponseReturnValue:
    """Take it back, after a question."""
    one, form = _own(ref), GoForm()
    key, back = one.id, url_for("claims.advance", ref=ref)

    def take() -> str:
        services.withdraw(db.session, current_actor(), key)
        flash(_("It is withdrawn. You can ask again at any time."), "good")
        return url_for("claims.index")

    if form.validate_on_submit() and (done := once(form, take)):
        return done
    page = render_template(
        "claims/sure.html",
        form=form,
        back=back,
        back_label=_("Money ahead"),
        title=_("Withdraw it?"),
        text=_(
            "Nothing is paid ahead then. You need no reason, and can still claim what you spend."
        ),
        yes=_("Withdraw it"),
    )
    return page, status(form)


@blueprint.route("/ahead/<ref>/spent", methods=["GET", "POST"])
@signed_in("GET", "POST")
def spent_ahead(ref: str) -> ResponseReturnValue:
    """Say what it cost: a claim that is counted against it."""
    (one, _whom), form = _seen(ref), GoForm()
    key, left, what = one.id, one.left_open, one.what

    def begin() -> str:
        claim = beginning.begin_against(db.session, current_actor(), key)
        return url_for("claims.add", ref=claim.ref)

    if form.validate_on_submit() and (done := once(form, begin)):
        return done
    page = render_template("claims/spent_ahead.html", form=form, ref=ref, left=left, what=what)
    return page, status(form)


def at_field(refused: RefusedError) -> str:
    """The field of a refusal, in the forms of those who decide."""
    fields = {
        Why.AMOUNT: "pence",
        Why.REASON: "reason",
        Why.MORE_THAN_OPEN: "pence",
        Why.EVENT_OVER: "decision",
    }
    return fields.get(refused.why, "")
