"""One claim of one's own: with its clock, and what its person can do with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import abort, flash, render_template, url_for
from flask_babel import gettext as _

from plugins.claims import words
from plugins.claims.forms.writing import AnswerForm, AppealForm, GoForm, SendForm
from plugins.claims.models import STANDS, Decision, Line, State
from plugins.claims.money.amounts import miles
from plugins.claims.money.batches import What
from plugins.claims.queries.advances import ahead_of
from plugins.claims.queries.briefs import OPEN
from plugins.claims.queries.one_claim import Shown
from plugins.claims.queries.one_claim import show as shown_of
from plugins.claims.queries.paying import PaidHow, last_payment
from plugins.claims.queries.prices import less_by_now
from plugins.claims.queries.purposes import own_purposes, purpose
from plugins.claims.queries.support import writer_of
from plugins.claims.services import again, pricing, writing
from plugins.claims.services.writing import LAST_ROUND
from plugins.claims.views.blueprint import (
    REFUSED,
    blueprint,
    for_whom,
    once,
    own_claim,
    page_of,
    status,
    written_claim,
)
from plugins.claims.words import paying as words_paying
from portal.accounts.api import people_by_ids
from portal.files.api import send as send_file
from portal.plugin_api import Words, current_actor, db, signed_in

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from plugins.claims.models import Claim

APPEALED = frozenset({State.DECIDED, State.SETTLED})  # what somebody else may look at again


@blueprint.get("/<ref>")
@signed_in
def show(ref: str) -> str:
    """One claim: to check and send, or with what becomes of it."""
    claim = written_claim(ref)
    one = shown_of(db.session, claim)
    form: SendForm | AnswerForm | None = None
    if claim.state is State.DRAFT:
        form = SendForm(formdata=None, total=str(one.total))
    elif claim.state is State.QUERIED:
        form = AnswerForm(formdata=None, total=str(one.total))
    return _page(one, form, claim)


def _page(one: Shown, form: SendForm | AnswerForm | None, claim: Claim) -> str:
    refused = any(line.decision not in {None, Decision.APPROVED} for line in one.lines)
    ready = bool(one.lines) and not any(
        _unanswered(line.id) or line.needs_whole for line in one.lines
    )
    whom = for_whom(claim)
    if whom:  # where money goes is between its person and the college
        one = replace(one, brief=replace(one.brief, wait=None))
    its = purpose(db.session, claim.activity_id)
    # What somebody takes part in is no business of whoever writes for them.
    asks = not whom and form is not None and bool(its or own_purposes(db.session, claim.person_id))
    return render_template(
        "claims/show.html",
        one=one,
        form=form,
        words=words,
        miles=miles,
        ready=ready and not one.no_rate,
        unanswered={
            line.id: _unanswered(line.id) or ("whole" if line.needs_whole else "")
            for line in one.lines
        },
        whom=whom,
        ahead=ahead_of(db.session, claim.id),
        writer=_writer(claim),
        can_appeal=refused and one.round < LAST_ROUND and one.brief.state in APPEALED,
        paid=None if whom else _paid(one),
        again="" if whom else _once_more(one),
        came=words_paying.CAME_BACK,
        purpose=its,
        asks_purpose=asks,
    )


def _paid(one: Shown) -> PaidHow | None:
    """How its payment stands, once it is sent; of one that is not decided, only what it would wait for."""
    if one.brief.state not in {*STANDS, *OPEN} or not one.brief.pence:
        return None
    return last_payment(db.session, What.CLAIM, one.brief.id, one.brief.person_id)


def _once_more(one: Shown) -> Words:
    """Why the college looks at it once more before it is paid; empty where it does not."""
    if one.brief.state not in {State.DECIDED, State.FAILED} or not one.brief.pence:
        return ""
    found = again.of_person(db.session, one.brief.person_id or 0)
    why = found.get((What.CLAIM, one.brief.id))
    return words_paying.once_more(why) if why else ""


def _writer(claim: Claim) -> str:
    """The name of whoever writes a claim for its person; empty where that is nobody."""
    found = people_by_ids(db.session, [writer_of(db.session, claim.id) or 0])
    return next((one.name for one in found.values()), "")


def _unanswered(line_id: int) -> str:
    line = db.session.get(Line, line_id)  # in memory already
    return pricing.missing(line) if line is not None else ""


def _again(claim: Claim, form: SendForm | AnswerForm) -> ResponseReturnValue:
    """The page once more, with what is wrong and the sum as it is now."""
    one = shown_of(db.session, claim)
    form.total.data, form.total.raw_data = str(one.total), None
    return _page(one, form, claim), REFUSED


@blueprint.post("/<ref>/send")
@signed_in("POST")
def send(ref: str) -> ResponseReturnValue:
    """Send it."""
    claim, form = written_claim(ref), SendForm()
    claim_id = claim.id

    def go() -> str:
        writing.send(db.session, current_actor(), claim_id, form.pence)
        flash(_("Thank you. Your claim is with us, and this page says what happens when."), "good")
        return page_of(ref)

    if form.validate_on_submit() and (done := once(form, go)):
        return done
    return _again(written_claim(ref), form)


@blueprint.post("/<ref>/answer")
@signed_in("POST")
def answer(ref: str) -> ResponseReturnValue:
    """Answer what was asked."""
    claim, form = written_claim(ref), AnswerForm()
    claim_id = claim.id

    def go() -> str:
        words_of_it = form.words.data or ""
        writing.answer(db.session, current_actor(), claim_id, words_of_it, form.pence)
        flash(_("Thank you. We go on from here."), "good")
        return page_of(ref)

    if form.validate_on_submit() and (done := once(form, go)):
        return done
    return _again(written_claim(ref), form)


@blueprint.route("/<ref>/withdraw", methods=["GET", "POST"])
@signed_in("GET", "POST")
def withdraw(ref: str) -> ResponseReturnValue:
    """Take it back, after a question."""
    claim, form = own_claim(ref), GoForm()
    claim_id, again = claim.id, claim.round > 1 and claim.state in OPEN

    def take() -> str:
        writing.withdraw(db.session, current_actor(), claim_id)
        if again:
            flash(_("Nobody looks again. What was decided before stands."), "good")
            return page_of(ref)
        flash(_("Your claim is withdrawn. You can send another one at any time."), "good")
        return url_for("claims.index")

    if form.validate_on_submit() and (done := once(form, take)):
        return done
    if again:
        title, yes = _("Shall nobody look again?"), _("Leave it as it was decided")
        text = _("What was decided before stands, and is paid. You need no reason.")
    else:
        title, yes = _("Withdraw this claim?"), _("Withdraw it")
        text = _("Nothing of it is paid then. You need no reason, and it stays here to read.")
    page = render_template(
        "claims/sure.html", form=form, back=page_of(ref), title=title, text=text, yes=yes
    )
    return page, status(form)


@blueprint.route("/<ref>/appeal", methods=["GET", "POST"])
@signed_in("GET", "POST")
def appeal(ref: str) -> ResponseReturnValue:
    """Ask that somebody else looks again."""
    claim, form = own_claim(ref), AppealForm()
    claim_id = claim.id

    def go() -> str:
        writing.appeal(db.session, current_actor(), claim_id, form.words.data or "")
        flash(_("Somebody else looks at it now. What was approved stays approved."), "good")
        return page_of(ref)

    if form.validate_on_submit() and (done := once(form, go)):
        return done
    page = render_template(
        "claims/appeal.html",
        form=form,
        back=page_of(ref),
        less=less_by_now(db.session, claim),
        words=words,
    )
    return page, status(form)


@blueprint.get("/<ref>/lines/<int:line_id>/file")
@signed_in
def receipt_file(ref: str, line_id: int) -> ResponseReturnValue:
    """The picture of a receipt, for whom it is."""
    claim, line = written_claim(ref), db.session.get(Line, line_id)
    if line is None or line.claim_id != claim.id or line.file_id is None:
        abort(404)
    return send_file(db.session, line.file_id)
