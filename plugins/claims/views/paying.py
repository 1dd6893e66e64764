"""The desk of those who pay: what is ready, one batch with its payments, its file, and what the bank said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from plugins.claims import words
from plugins.claims.forms.paying import ButtonForm, ChooseForm, LeaveOutForm, outcome_form
from plugins.claims.models import Batch, BatchState, Payment
from plugins.claims.money.batches import Outcome
from plugins.claims.policies import PAY
from plugins.claims.queries import paying
from plugins.claims.services import batching, exporting, looking, outcomes
from plugins.claims.services.sources import Key
from plugins.claims.views.blueprint import blueprint, once, status
from plugins.claims.words import paying as words_paying
from portal.accounts.api import people_by_ids
from portal.plugin_api import current_actor, db, requires
from portal.ui.filters import pounds, short_day
from portal.ui.forms import OnceForm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flask.typing import ResponseReturnValue

    from plugins.claims.services.batching import Put
    from plugins.claims.services.looking import BatchShown

A_PAGE = 100  # ticks; all that is ready goes in at once by the other button
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


def pay_page(form: ChooseForm) -> str:
    """What is ready, what waits, and the batches."""
    me = current_actor().person_id
    found = looking.candidates(db.session, me)
    cash = looking.cash(db.session, me)
    people = names([*(one.payable.person_id for one in found), *(one.person_id for one in cash)])
    ready = [one for one in found if one.ready]
    form.chosen.choices = [
        (one.key, _label(one, people.get(one.payable.person_id, ""))) for one in ready[:A_PAGE]
    ]
    return render_template(
        "claims/pay.html",
        form=form,
        ready=ready,
        waits=[one for one in found if one.wait is not None],
        again=[one for one in found if one.void and one.wait is None],
        others=[one for one in found if one.barred and one.wait is None and not one.void],
        cash=cash,
        batches=paying.batches(db.session),
        pace=paying.pace(db.session),
        people=people,
        words=words,
        said=words_paying,
        key=ButtonForm(formdata=None).form_key.data,
        a_page=A_PAGE,
    )


def apart(text: str) -> str:
    """A name in a line of other things: written from right to left, it must not turn a sum round."""
    return f"\u2068{text}\u2069" if text else ""


def _label(one: looking.Candidate, name: str) -> str:
    due = one.payable.due
    facts = [apart(name), pounds(one.payable.pence), apart(one.payable.title)]
    if due is not None:
        facts.append(_("by %(day)s", day=short_day(due)))
    return " · ".join(str(fact) for fact in facts if fact)


@blueprint.route("/pay", methods=["GET", "POST"])
@requires(PAY, "GET", "POST")
def pay() -> ResponseReturnValue:
    """What is ready to be paid; what is ticked, or all of it, goes into the open batch."""
    form = ChooseForm()
    if request.method == "GET":
        return pay_page(form)
    found = looking.candidates(db.session, current_actor().person_id)
    form.chosen.choices = [(one.key, one.key) for one in found]

    def put() -> str:
        done = batching.put_in(db.session, current_actor(), _keys(form))
        flash(_said(done), "good")
        return page_of(done.ref)

    valid = form.validate_on_submit()
    if valid and not form.all_of_it.data and not form.chosen.data:
        form.refuse("chosen", _("Tick what goes in"))
        valid = False
    if valid and (done := once(form, put)):
        return done
    return pay_page(form), status(form)


def _keys(form: ChooseForm) -> set[Key] | None:
    keys = form.keys()
    return None if keys is None else set(keys)


def _said(done: Put) -> str:
    said: str = ngettext("%(num)d payment is in it.", "%(num)d payments are in it.", done.count)
    return said


@blueprint.get("/pay/<ref>")
@requires(PAY)
def batch(ref: str) -> str:
    """One batch with its payments, and what comes next."""
    return batch_page(batch_or_404(ref), ButtonForm(formdata=None))


def batch_page(found: Batch, form: OnceForm) -> str:
    """The page of a batch, with what was wrong."""
    one = looking.show(db.session, found, current_actor().person_id)
    return render_template(
        "claims/batch.html",
        one=one,
        form=form,
        people=names(payment.person_id for payment in one.payments),
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

    def say() -> str:
        outcomes.answer(db.session, current_actor(), batch_id, form.came_back(ids))
        flash(_("Written down. Whoever it is about is told."), "good")
        return page_of(ref)

    if form.validate_on_submit() and (done := once(form, say, lambda no: _field(no.line_id))):
        return done
    return _outcome_page(one, form), status(form)


def _field(payment_id: int) -> str:
    return f"came{payment_id}" if payment_id else ""


def _outcome_page(one: BatchShown, form: Any) -> str:
    people = names(payment.person_id for payment in one.payments)
    erased = _("Somebody whose account is erased")
    for payment in one.payments:
        if payment.outcome is not Outcome.FAILED:
            who = people.get(payment.person_id or 0, erased)
            form[f"came{payment.id}"].label.text = f"{apart(who)}, {pounds(payment.pence)}"
    return render_template(
        "claims/outcome.html",
        one=one,
        form=form,
        back=page_of(one.ref),
    )
