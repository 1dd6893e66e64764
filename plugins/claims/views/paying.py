"""One batch with its payments, its file, and what the bank said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext as _

from plugins.claims import words
from plugins.claims.forms.paying import ButtonForm, LeaveOutForm, outcome_form
from plugins.claims.models import Batch, BatchState, Payment
from plugins.claims.money.batches import Outcome
from plugins.claims.policies import PAY
from plugins.claims.queries import paying
from plugins.claims.services import batching, exporting, looking, outcomes
from plugins.claims.views.blueprint import blueprint, number_in, once, status
from plugins.claims.words import paying as words_paying
from portal.accounts.api import people_by_ids
from portal.plugin_api import current_actor, db, requires
from portal.ui.filters import pounds
from portal.ui.forms import OnceForm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flask.typing import ResponseReturnValue

    from plugins.claims.services.looking import BatchShown

A_PAGE = 50
OUTCOMES = (BatchState.EXPORTED, BatchState.CONFIRMED, BatchState.PART_FAILED)


def page_of(ref: str) -> str:
    """The address of a batch."""
    return url_for("claims.batch", ref=ref)


def batch_or_404(ref: str) -> Batch:
    """The batch of an address."""
    found = paying.batch_of(db.session, ref)
    if found is None:
        abort(404)
    return found


def names(ids: Iterable[int | None]) -> dict[int, str]:
    """The names of people, in one query."""
    wanted = {one for one in ids if one}
    return {key: one.name for key, one in people_by_ids(db.session, wanted).items()}


def apart(text: str) -> str:
    """A name in a line of other things: written from right to left, it must not turn a sum round."""
    return f"\u2068{text}\u2069" if text else ""


@blueprint.get("/pay/<ref>")
@requires(PAY)
def batch(ref: str) -> str:
    """One batch with its payments, and what comes next."""
    return batch_page(batch_or_404(ref), ButtonForm(formdata=None))


def batch_page(found: Batch, form: OnceForm) -> str:
    """The page of a batch, with what was wrong."""
    one = looking.show(db.session, found, current_actor().person_id)
    number = number_in(request.args.get("page", "")) or 1
    shown = one.payments[A_PAGE * (number - 1) : A_PAGE * number]
    return render_template(
        "claims/batch.html",
        one=one,
        shown=shown,
        number=number,
        more=len(one.payments) > A_PAGE * number,
        form=form,
        people=names(payment.person_id for payment in shown),
        said=words_paying,
        words=words,
        arrived=one.of(Outcome.SETTLED),
        back=one.of(Outcome.FAILED),
        moving=one.state in {BatchState.OPEN, BatchState.LOCKED},
    )


def step(ref: str, work: Callable[[int], object], said: str) -> ResponseReturnValue:
    """A button on a batch's page: done once, or the page again with what stands in the way."""
    form, batch_id = ButtonForm(), batch_or_404(ref).id

    def go() -> str:
        work(batch_id)
        flash(said, "good")
        return page_of(ref)

    if form.validate_on_submit() and (done := once(form, go)):
        return done
    return batch_page(batch_or_404(ref), form), status(form)


@blueprint.post("/pay/<ref>/lock")
@requires(PAY, "POST")
def lock_batch(ref: str) -> ResponseReturnValue:
    """Nothing goes into it any more."""
    return step(
        ref,
        lambda batch_id: batching.lock(db.session, current_actor(), batch_id),
        _("Nothing goes into it any more. Look at it, then make its file."),
    )


@blueprint.post("/pay/<ref>/abandon")
@requires(PAY, "POST")
def abandon_batch(ref: str) -> ResponseReturnValue:
    """Give it up: all that is in it waits again."""
    return step(
        ref,
        lambda batch_id: batching.abandon(db.session, current_actor(), batch_id),
        _("Given up. All that was in it waits to be paid, as before."),
    )


@blueprint.post("/pay/<ref>/export")
@requires(PAY, "POST", fresh=True)
def export_batch(ref: str) -> ResponseReturnValue:
    """Make the file for the bank, once."""
    return step(
        ref,
        lambda batch_id: exporting.export(db.session, current_actor(), batch_id),
        _("The file is made. Fetch it, and give it to your bank."),
    )


@blueprint.route("/pay/<ref>/payments/<int:payment_id>/leave-out", methods=["GET", "POST"])
@requires(PAY, "GET", "POST")
def leave_out(ref: str, payment_id: int) -> ResponseReturnValue:
    """Take one payment out of a batch, with a reason."""
    payment, form = payment_or_404(ref, payment_id), LeaveOutForm()
    name, pence = names([payment.person_id]).get(payment.person_id or 0, ""), payment.pence

    def go() -> str:
        batching.leave_out(db.session, current_actor(), payment_id, form.reason.data or "")
        flash(_("Left out. It waits to be paid, as before."), "good")
        return page_of(ref)

    if form.validate_on_submit() and (done := once(form, go)):
        return done
    page = render_template(
        "claims/leave_out.html", form=form, back=page_of(ref), name=name, pence=pence
    )
    return page, status(form)


def payment_or_404(ref: str, payment_id: int) -> Payment:
    """A payment of a batch."""
    found = db.session.get(Payment, payment_id)
    if found is None or found.batch_id != batch_or_404(ref).id:
        abort(404)
    return found


@blueprint.route("/pay/<ref>/outcome", methods=["GET", "POST"])
@requires(PAY, "GET", "POST")
def outcome(ref: str) -> ResponseReturnValue:
    """What the bank said: what came back, and that the rest arrived."""
    found = batch_or_404(ref)
    if found.state not in OUTCOMES:
        abort(404)
    one = looking.show(db.session, found, current_actor().person_id)
    ids = [payment.id for payment in one.payments if payment.outcome is not Outcome.FAILED]
    form, batch_id = outcome_form(ids), found.id
    number = number_in(request.form.get("page", ""))

    def say() -> str:
        outcomes.answer(db.session, current_actor(), batch_id, form.came_back(ids))
        flash(_("Written down. Whoever it is about is told."), "good")
        return page_of(ref)

    valid = not number and form.validate_on_submit()  # else they go on to another page of it
    if valid and (done := once(form, say, lambda no: _field(no.line_id))):
        return done
    return _outcome_page(one, form, number or _first_wrong(form, ids)), status(form)


def _first_wrong(form: Any, ids: list[int]) -> int:
    """The page on which the first field is that something was wrong with."""
    wrong = (at for at, one in enumerate(ids) if form[f"came{one}"].errors)
    return next(wrong, 0) // A_PAGE + 1


def _field(payment_id: int) -> str:
    return f"came{payment_id}" if payment_id else ""


def _outcome_page(one: BatchShown, form: Any, number: int) -> str:
    """A page of its payments. What was said on other pages goes along."""
    asked = [payment for payment in one.payments if payment.outcome is not Outcome.FAILED]
    shown = asked[A_PAGE * (number - 1) : A_PAGE * number]
    people = names(payment.person_id for payment in shown)
    erased = _("Somebody whose account is erased")
    for payment in shown:
        who = people.get(payment.person_id or 0, erased)
        form[f"came{payment.id}"].label.text = f"{apart(who)}, {pounds(payment.pence)}"
    return render_template(
        "claims/outcome.html",
        form=form,
        fields=[form[f"came{payment.id}"] for payment in shown],
        along=[form[f"came{payment.id}"] for payment in asked if payment not in shown],
        number=number,
        more=len(asked) > A_PAGE * number,
        back=page_of(one.ref),
    )
