"""Where bank details are seen: one payment's, and the file. And cash, and how the bank wants its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from plugins.claims import words
from plugins.claims.bankfiles.values import Field, FileKind
from plugins.claims.errors import RefusedError
from plugins.claims.forms.bank import NameCheckForm
from plugins.claims.forms.paying import ButtonForm, layout_form
from plugins.claims.models import NameCheck
from plugins.claims.money.batches import What
from plugins.claims.policies import PAY
from plugins.claims.queries.layout import layout
from plugins.claims.services import bank, cash, exporting
from plugins.claims.services.layout import save
from plugins.claims.services.payables import payable_of
from plugins.claims.services.separating import check_payer
from plugins.claims.services.sources import BY_WHAT
from plugins.claims.views.blueprint import SEE_OTHER, blueprint, once, status
from plugins.claims.views.paying import batch_or_404, names, page_of, payment_or_404
from plugins.claims.views.to_pay import cash_page, waiting_page
from plugins.claims.words import paying as words_paying
from portal.plugin_api import current_actor, db, requires, writes

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue

    from plugins.claims.forms.paying import LayoutForm

ENDINGS = {FileKind.CSV: ("csv", "text/csv"), FileKind.STANDARD_18: ("txt", "text/plain")}


@blueprint.route("/pay/<ref>/payments/<int:payment_id>", methods=["GET", "POST"])
@requires(PAY, "GET", "POST", fresh=True)
@writes
def payment(ref: str, payment_id: int) -> ResponseReturnValue:
    """The account of one payment in full, on record before it is shown; what the bank said of the name."""
    found, form = payment_or_404(ref, payment_id), NameCheckForm()
    if not bank.in_payment_step(batch_or_404(ref)):
        abort(404)
    try:
        check_payer(db.session, current_actor().person_id, {found.id: payable_of(found)}, BY_WHAT)
    except RefusedError as refused:
        flash(str(words.REFUSALS[refused.why]), "warn")
        return redirect(page_of(ref), SEE_OTHER)
    detail_id = found.detail_id or 0

    def note() -> str:
        bank.note_name_check(db.session, current_actor(), detail_id, NameCheck(form.said.data))
        flash(_("Noted."), "good")
        return page_of(ref)

    if form.validate_on_submit() and (done := once(form, note)):
        return done
    try:
        account = bank.show(db.session, current_actor(), payment_or_404(ref, payment_id))
    except RefusedError as refused:
        flash(str(words.REFUSALS[refused.why]), "warn")
        return redirect(page_of(ref), SEE_OTHER)
    page = render_template(
        "claims/payment.html",
        form=form,
        account=account,
        pence=found.pence,
        name=names([found.person_id]).get(found.person_id or 0, ""),
        back=page_of(ref),
    )
    return page, status(form)


@blueprint.get("/pay/<ref>/file")
@requires(PAY, fresh=True)
@writes
def batch_file(ref: str) -> ResponseReturnValue:
    """The file for the bank, as it was made. That it was fetched is on record."""
    found = batch_or_404(ref)
    try:
        text = exporting.download(db.session, current_actor(), found.id)
    except RefusedError as refused:
        flash(str(words.REFUSALS[refused.why]), "warn")
        return redirect(page_of(ref), SEE_OTHER)
    made = exporting.export_of(db.session, found.id)
    if made is None:
        abort(404)
    ending, kind = ENDINGS[made.kind]
    answer = Response(text.encode(), mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="payments-{ref}.{ending}"'
    return answer


def _cash(
    work: Callable[[], None], said: str, page: Callable[[ButtonForm], str] = cash_page
) -> ResponseReturnValue:
    """A button about cash, and the page that it stands on."""
    form = ButtonForm()

    def go() -> str:
        work()
        flash(said, "good")
        return url_for("claims.pay_cash")

    if form.validate_on_submit() and (done := once(form, go)):
        return done
    return page(form), status(form)


@blueprint.post("/pay/cash/<what>/<int:what_id>")
@requires(PAY, "POST")
def begin_cash(what: str, what_id: int) -> ResponseReturnValue:
    """Put cash aside for somebody without an account, and sign first."""
    if what not in set(What):
        abort(404)
    return _cash(
        lambda: cash.begin(db.session, current_actor(), (What(what), what_id)),
        _("Signed. When it is handed over, somebody else signs, too."),
        waiting_page,
    )


@blueprint.post("/pay/cash/<int:payment_id>/sign")
@requires(PAY, "POST")
def sign_cash(payment_id: int) -> ResponseReturnValue:
    """The second signature, as cash is handed over."""
    return _cash(
        lambda: cash.sign(db.session, current_actor(), payment_id),
        _("Signed. It is paid."),
    )


@blueprint.post("/pay/cash/<int:payment_id>/stop")
@requires(PAY, "POST")
def stop_cash(payment_id: int) -> ResponseReturnValue:
    """It was not handed over."""
    return _cash(
        lambda: cash.stop(db.session, current_actor(), payment_id),
        _("It waits to be paid, as before."),
    )


@blueprint.route("/pay/layout", methods=["GET", "POST"])
@requires(PAY, "GET", "POST")
def bank_layout() -> ResponseReturnValue:
    """How the college's bank wants its file."""
    form = layout_form()

    def keep() -> str:
        kind = FileKind(form.kind.data)
        save(db.session, current_actor(), kind, form.columns(), form.payer())
        flash(_("Kept. The next file is made like that."), "good")
        return url_for("claims.pay")

    if form.validate_on_submit() and _complete(form) and (done := once(form, keep)):
        return done
    if request.method == "GET":
        form.begin_with(layout(db.session))
    page = render_template("claims/layout.html", form=form, fields=Field, said=words_paying)
    return page, status(form)


def _complete(form: LayoutForm) -> bool:
    """Whether the file would hold what a bank needs: each thing at its field."""
    if form.kind.data == FileKind.STANDARD_18.value:
        for name, said in (
            ("user_number", _("Write the college’s Bacs user number, six digits")),
            ("sort_code", _("Write the college’s own sort code")),
            ("account", _("Write the college’s own account number")),
        ):
            if not form[name].data:
                form.refuse(name, said)
        return not form.errors
    placed = [form[f"place_{field.value}"].data for field in Field]
    there = [place for place in placed if place]
    if len(there) != len(set(there)):
        form.refuse("", _("Two columns have the same place."))
    for field in (Field.SORT_CODE, Field.ACCOUNT):
        if not form[f"place_{field.value}"].data:
            form.refuse(f"place_{field.value}", _("A bank needs it: give it a place"))
    if not (form["place_pounds"].data or form["place_pence"].data):
        form.refuse("place_pounds", _("A bank needs the amount: give it a place"))
    return not (form.errors or form.form_errors)
