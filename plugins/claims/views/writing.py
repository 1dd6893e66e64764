"""The claim as questions, one on a page. Each answer is kept at once, and can be changed until it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from plugins.claims.errors import RefusedError, Why
from plugins.claims.forms.prefill import PrefillForm
from plugins.claims.forms.writing import (
    AmountForm,
    CategoryForm,
    DistanceForm,
    ForForm,
    GoForm,
    WhenForm,
)
from plugins.claims.models import Category, Claim, Line
from plugins.claims.queries.prefill import offered
from plugins.claims.queries.prices import VEHICLES
from plugins.claims.services import pricing, writing
from plugins.claims.services.store import EDITABLE
from plugins.claims.views.blueprint import (
    SEE_OTHER,
    blueprint,
    for_whom,
    once,
    page_of,
    status,
    written_claim,
)
from plugins.claims.words import CATEGORIES
from portal.plugin_api import current_actor, db, signed_in

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from plugins.claims.queries.prefill import Offered
    from portal.ui.forms import OnceForm


def editable(ref: str) -> Claim:
    """A claim of the actor's own, or one that they write, whose answers can change."""
    claim = written_claim(ref)
    if claim.state not in EDITABLE:
        abort(404)
    return claim


def line_of(claim: Claim, line_id: int) -> Line:
    """A line of it."""
    line = db.session.get(Line, line_id)
    if line is None or line.claim_id != claim.id:
        abort(404)
    return line


def next_question(ref: str, line_id: int) -> str:
    """The next question about a line, or the page of the claim when all have an answer."""
    line = db.session.get(Line, line_id)
    question = pricing.missing(line) if line is not None else ""
    return url_for(f"claims.{question}", ref=ref, line_id=line_id) if question else page_of(ref)


def ask(
    form: OnceForm,
    question: str,
    ref: str = "",
    *,
    kicker: str = "",
    whom: str = "",
    offers: Sequence[tuple[Offered, PrefillForm]] = (),
) -> str:
    """A page with one question: the field of that name, whose words are the page's heading.

    `whom` is for whom a claim is to be, where that is somebody else; of one that was begun it is known.
    `offers`: what to begin it from instead.
    """
    return render_template(
        "claims/question.html",
        form=form,
        question=question,
        began=bool(ref),
        back=page_of(ref) if ref else url_for("claims.helping" if whom else "claims.index"),
        kicker=kicker,
        whom=for_whom(written_claim(ref)) if ref else whom,
        upload="file" in form,
        offers=offers,
    )


@blueprint.route("/start", methods=["GET", "POST"])
@signed_in("GET", "POST")
def start() -> ResponseReturnValue:
    """What was it for?"""
    form, actor = ForForm(), current_actor()

    def begin() -> str:
        claim = writing.begin(db.session, actor, form.what.data or "")
        return url_for("claims.add", ref=claim.ref)

    if form.validate_on_submit() and (done := once(form, begin)):
        return done
    found = [(one, PrefillForm(formdata=None, gift=one.key)) for one in offered(db.session, actor)]
    return ask(form, "what", offers=found), status(form)


@blueprint.route("/<ref>/what", methods=["GET", "POST"])
@signed_in("GET", "POST")
def rename(ref: str) -> ResponseReturnValue:
    """What it was for, said otherwise."""
    claim = editable(ref)
    form, claim_id = ForForm(what=claim.what), claim.id

    def say() -> str:
        writing.rename(db.session, current_actor(), claim_id, form.what.data or "")
        return page_of(ref)

    if form.validate_on_submit() and (done := once(form, say)):
        return done
    return ask(form, "what", ref), status(form)


@blueprint.route("/<ref>/add", methods=["GET", "POST"])
@signed_in("GET", "POST")
def add(ref: str) -> ResponseReturnValue:
    """What did you spend money on?"""
    claim = editable(ref)
    form, claim_id, kicker = CategoryForm(), claim.id, claim.what

    def choose() -> str:
        category = Category(form.category.data)
        line_id = writing.add_line(db.session, current_actor(), claim_id, category)
        return next_question(ref, line_id)

    if form.validate_on_submit() and (done := once(form, choose)):
        return done
    return ask(form, "category", ref, kicker=kicker), status(form)


@blueprint.route("/<ref>/lines/<int:line_id>/when", methods=["GET", "POST"])
@signed_in("GET", "POST")
def when(ref: str, line_id: int) -> ResponseReturnValue:
    """The day."""
    claim = editable(ref)
    line = line_of(claim, line_id)
    form, claim_id, kicker = WhenForm(day=line.day), claim.id, str(CATEGORIES[line.category])

    def say() -> str:
        day = form.day.data
        if day is None:
            raise RefusedError(Why.FUTURE)
        writing.say_when(db.session, current_actor(), claim_id, line_id, day)
        return next_question(ref, line_id)

    if form.validate_on_submit() and (done := once(form, say, lambda _: "day")):
        return done
    return ask(form, "day", ref, kicker=kicker), status(form)


@blueprint.route("/<ref>/lines/<int:line_id>/how-much", methods=["GET", "POST"])
@signed_in("GET", "POST")
def how_much(ref: str, line_id: int) -> ResponseReturnValue:
    """Money; of a journey by car, motorcycle or bicycle, miles."""
    claim = editable(ref)
    line = line_of(claim, line_id)
    journey = line.category in VEHICLES
    form = DistanceForm(amount=line.tenths) if journey else AmountForm(amount=line.pence)
    claim_id, kicker = claim.id, str(CATEGORIES[line.category])

    def say() -> str:
        amount = int(form.amount.data or 0)
        writing.say_how_much(db.session, current_actor(), claim_id, line_id, amount)
        return next_question(ref, line_id)

    if form.validate_on_submit() and (done := once(form, say)):
        return done
    return ask(form, "amount", ref, kicker=kicker), status(form)


@blueprint.route("/<ref>/lines/<int:line_id>/remove", methods=["GET", "POST"])
@signed_in("GET", "POST")
def remove(ref: str, line_id: int) -> ResponseReturnValue:
    """Take a line away, after a question. A second click finds it gone, and leads on all the same."""
    form = GoForm()

    def take() -> str:
        writing.remove_line(db.session, current_actor(), editable(ref).id, line_id)
        flash(_("It is taken away."), "good")
        return page_of(ref)

    if form.validate_on_submit() and (done := once(form, take)):
        return done
    line = line_of(editable(ref), line_id)
    page = render_template(
        "claims/sure.html",
        form=form,
        back=page_of(ref),
        title=_("Take “%(what)s” away?", what=CATEGORIES[line.category]),
        text=_("Its answers and its receipt go with it."),
        yes=_("Take it away"),
    )
    return page, status(form)


@blueprint.route("/<ref>/throw-away", methods=["GET", "POST"])
@signed_in("GET", "POST")
def throw_away(ref: str) -> ResponseReturnValue:
    """A claim that was not sent and is not needed, after a question. A second click: see `remove`."""
    form = GoForm()

    def throw() -> str:
        writing.throw_away(db.session, current_actor(), written_claim(ref).id)
        flash(_("Nothing of it is kept."), "good")
        return url_for("claims.index")

    if form.validate_on_submit() and (done := once(form, throw)):
        return done
    if written_claim(ref).sent_at is not None:
        return redirect(page_of(ref), SEE_OTHER)
    page = render_template(
        "claims/sure.html",
        form=form,
        back=page_of(ref),
        title=_("Throw this claim away?"),
        text=_("It was not sent. Its answers and receipts are deleted."),
        yes=_("Throw it away"),
    )
    return page, status(form)
