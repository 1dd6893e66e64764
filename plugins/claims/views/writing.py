"""The claim as questions, one on a page. Each answer is kept at once, and can be changed until it is sent."""

from __future__ import annotations

import hashlib
from typing import IO, TYPE_CHECKING

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from plugins.claims.errors import RefusedError, Why
from plugins.claims.forms.writing import (
    AmountForm,
    CategoryForm,
    DistanceForm,
    ForForm,
    GoForm,
    ReceiptForm,
    WhenForm,
)
from plugins.claims.models import Category, Claim, Line, Proof
from plugins.claims.queries.prices import VEHICLES
from plugins.claims.services import writing
from plugins.claims.services.store import EDITABLE
from plugins.claims.views.blueprint import (
    SEE_OTHER,
    blueprint,
    once,
    own_claim,
    page_of,
    status,
)
from plugins.claims.words import CATEGORIES
from portal.files import api as files
from portal.plugin_api import current_actor, db, signed_in, takes_files

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from portal.ui.forms import OnceForm


def _editable(ref: str) -> Claim:
    claim = own_claim(ref)
    if claim.state not in EDITABLE:
        abort(404)
    return claim


def _line_of(claim: Claim, line_id: int) -> Line:
    line = db.session.get(Line, line_id)
    if line is None or line.claim_id != claim.id:
        abort(404)
    return line


def _on(ref: str, line_id: int) -> str:
    """The next question about a line, or the page of the claim when all have an answer."""
    line = db.session.get(Line, line_id)
    question = writing.missing(line) if line is not None else ""
    return url_for(f"claims.{question}", ref=ref, line_id=line_id) if question else page_of(ref)


def _question(form: OnceForm, question: str, ref: str = "", *, kicker: str = "") -> str:
    """A page with one question: the field of that name, whose words are the page's heading."""
    return render_template(
        "claims/question.html",
        form=form,
        question=question,
        began=bool(ref),
        back=page_of(ref) if ref else url_for("claims.index"),
        kicker=kicker,
        upload="file" in form,
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
    return _question(form, "what"), status(form)


@blueprint.route("/<ref>/what", methods=["GET", "POST"])
@signed_in("GET", "POST")
def rename(ref: str) -> ResponseReturnValue:
    """What it was for, said otherwise."""
    claim = _editable(ref)
    form, claim_id = ForForm(what=claim.what), claim.id

    def say() -> str:
        writing.rename(db.session, current_actor(), claim_id, form.what.data or "")
        return page_of(ref)

    if form.validate_on_submit() and (done := once(form, say)):
        return done
    return _question(form, "what", ref), status(form)


@blueprint.route("/<ref>/add", methods=["GET", "POST"])
@signed_in("GET", "POST")
def add(ref: str) -> ResponseReturnValue:
    """What did you spend money on?"""
    claim = _editable(ref)
    form, claim_id, kicker = CategoryForm(), claim.id, claim.what

    def choose() -> str:
        category = Category(form.category.data)
        line_id = writing.add_line(db.session, current_actor(), claim_id, category)
        return _on(ref, line_id)

    if form.validate_on_submit() and (done := once(form, choose)):
        return done
    return _question(form, "category", ref, kicker=kicker), status(form)


@blueprint.route("/<ref>/lines/<int:line_id>/when", methods=["GET", "POST"])
@signed_in("GET", "POST")
def when(ref: str, line_id: int) -> ResponseReturnValue:
    """The day."""
    claim = _editable(ref)
    line = _line_of(claim, line_id)
    form, claim_id, kicker = WhenForm(day=line.day), claim.id, str(CATEGORIES[line.category])

    def say() -> str:
        day = form.day.data
        if day is None:
            raise RefusedError(Why.FUTURE)
        writing.say_when(db.session, current_actor(), claim_id, line_id, day)
        return _on(ref, line_id)

    if form.validate_on_submit() and (done := once(form, say, lambda _: "day")):
        return done
    return _question(form, "day", ref, kicker=kicker), status(form)


@blueprint.route("/<ref>/lines/<int:line_id>/how-much", methods=["GET", "POST"])
@signed_in("GET", "POST")
def how_much(ref: str, line_id: int) -> ResponseReturnValue:
    """Money; of a journey by car, motorcycle or bicycle, miles."""
    claim = _editable(ref)
    line = _line_of(claim, line_id)
    journey = line.category in VEHICLES
    form = DistanceForm(amount=line.tenths) if journey else AmountForm(amount=line.pence)
    claim_id, kicker = claim.id, str(CATEGORIES[line.category])

    def say() -> str:
        amount = int(form.amount.data or 0)
        writing.say_how_much(db.session, current_actor(), claim_id, line_id, amount)
        return _on(ref, line_id)

    if form.validate_on_submit() and (done := once(form, say)):
        return done
    return _question(form, "amount", ref, kicker=kicker), status(form)


@blueprint.route("/<ref>/lines/<int:line_id>/receipt", methods=["GET", "POST"])
@signed_in("GET", "POST")
@takes_files
def receipt(ref: str, line_id: int) -> ResponseReturnValue:
    """A picture of the receipt, or a word that there is none."""
    claim = _editable(ref)
    line = _line_of(claim, line_id)
    claim_id, kicker, has = claim.id, str(CATEGORIES[line.category]), line.file_id is not None
    if line.category in VEHICLES:
        abort(404)
    form = ReceiptForm(proof=line.proof.value if line.proof else None)
    if form.sent is not None and not form.proof.data:
        form.proof.data = Proof.FILE.value
        form.proof.raw_data = [Proof.FILE.value]
    if form.validate_on_submit() and (done := _prove(form, ref, claim_id, line_id, has=has)):
        return done
    return _question(form, "proof", ref, kicker=kicker), status(form)


def _digest(stream: IO[bytes]) -> str:
    """A hash of the bytes as they came: the same picture twice has the same."""
    found = hashlib.sha256()
    while piece := stream.read(1 << 16):
        found.update(piece)
    return found.hexdigest()


def _prove(
    form: ReceiptForm, ref: str, claim_id: int, line_id: int, *, has: bool
) -> ResponseReturnValue | None:
    received, digest = None, ""
    if form.sent is not None:
        stream, name = form.sent
        digest = _digest(stream)
        try:
            received = files.receive(db.session, stream, name)
        except files.RefusedError as error:
            form.refuse_file(error)
            return None
    elif form.chosen is Proof.FILE and not has:
        form.refuse("file", _("Choose the picture or PDF, or say that there is none"))
        return None

    def prove() -> str:
        writing.prove(
            db.session,
            current_actor(),
            claim_id,
            line_id,
            form.chosen,
            received=received,
            digest=digest,
        )
        return _on(ref, line_id)

    return once(form, prove)


@blueprint.route("/<ref>/lines/<int:line_id>/remove", methods=["GET", "POST"])
@signed_in("GET", "POST")
def remove(ref: str, line_id: int) -> ResponseReturnValue:
    """Take a line away, after a question. A second click finds it gone, and leads on all the same."""
    form = GoForm()

    def take() -> str:
        writing.remove_line(db.session, current_actor(), _editable(ref).id, line_id)
        flash(_("It is taken away."), "good")
        return page_of(ref)

    if form.validate_on_submit() and (done := once(form, take)):
        return done
    line = _line_of(_editable(ref), line_id)
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
        writing.throw_away(db.session, current_actor(), own_claim(ref).id)
        flash(_("Nothing of it is kept."), "good")
        return url_for("claims.index")

    if form.validate_on_submit() and (done := once(form, throw)):
        return done
    if own_claim(ref).sent_at is not None:
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
