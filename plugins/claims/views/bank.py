"""Bank details: their person's own page, the link that goes to them, and the call that somebody notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext as _

from plugins.claims.errors import RefusedError, Why
from plugins.claims.forms.bank import AnswerLinkForm, BankForm, CalledForm
from plugins.claims.forms.writing import GoForm
from plugins.claims.policies import DECIDE
from plugins.claims.queries.bank import detail_of
from plugins.claims.queries.looks import seen
from plugins.claims.services import bank as services
from plugins.claims.services.modulus import loaded
from plugins.claims.views.blueprint import blueprint, once, status
from portal.accounts.api import people_by_ids
from portal.plugin_api import current_actor, db, public, requires, signed_in

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

YES = "yes"


@blueprint.get("/bank")
@signed_in("GET", fresh=True)
def bank() -> str:
    """Whether the college has their details, what waits for them, and who has seen them."""
    return _own_page(GoForm(formdata=None))


def _own_page(form: GoForm) -> str:
    me = current_actor().person_id
    looks = seen(db.session, me or 0)
    return render_template(
        "claims/bank.html",
        detail=services.current(db.session, me),
        again=services.asked_again(db.session, me),
        looks=looks,
        people=people_by_ids(db.session, {one.by_id for one in looks if one.by_id}),
        form=form,
    )


@blueprint.route("/bank/change", methods=["GET", "POST"])
@signed_in("GET", "POST", fresh=True)
def change_bank() -> ResponseReturnValue:
    """Give them, or others instead."""
    form = BankForm()

    def give() -> str:
        services.give(db.session, current_actor(), form.account)
        flash(
            _("Thank you. We keep them locked away, and tell you whenever somebody looks."), "good"
        )
        return url_for("claims.bank")

    if form.validate_on_submit() and (done := once(form, give, _field)):
        return done
    held = services.current(db.session, current_actor().person_id)
    page = render_template(
        "claims/bank_change.html", form=form, held=held, checked=loaded(db.session)
    )
    return page, status(form)


def _field(refused: RefusedError) -> str:
    return "account_number" if refused.why in {Why.MODULUS, Why.SAME_DETAILS} else ""


@blueprint.route("/bank/remove", methods=["GET", "POST"])
@signed_in("GET", "POST", fresh=True)
def remove_bank() -> ResponseReturnValue:
    """Take them away, after a question."""
    form = GoForm()

    def remove() -> str:
        if services.remove(db.session, current_actor()):
            flash(_("Removed. We keep none of your bank details."), "good")
        return url_for("claims.bank")

    if form.validate_on_submit() and (done := once(form, remove)):
        return done
    page = render_template(
        "claims/sure.html",
        form=form,
        back=url_for("claims.bank"),
        back_label=_("My bank details"),
        title=_("Remove your bank details?"),
        text=_("What we owe you then waits until you give us others, or is paid to you in cash."),
        yes=_("Remove them"),
    )
    return page, status(form)


@blueprint.post("/bank/right")
@signed_in("POST", fresh=True)
def bank_is_right() -> ResponseReturnValue:
    """They looked again, after a payment came back: the details are right."""
    form = GoForm()

    def go() -> str:
        if services.say_right(db.session, current_actor()):
            flash(_("Thank you. We pay again."), "good")
        return url_for("claims.bank")

    if form.validate_on_submit() and (done := once(form, go)):
        return done
    return _own_page(form), status(form)


@blueprint.route("/bank/confirm/<uid>/<key>", methods=["GET", "POST"])
@public("GET", "POST")
def confirm_bank(uid: str, key: str) -> ResponseReturnValue:
    """From the message: was it you? Whoever has the link reads the person's messages."""
    detail = services.by_link(db.session, uid, key)
    if detail is None:
        abort(404)
    form = AnswerLinkForm()

    def answer() -> str:
        yes = form.answer.data == YES
        services.answer_link(db.session, current_actor(), uid, key, yes=yes)
        return request.path

    if form.validate_on_submit() and (done := once(form, answer)):
        return done
    detail = services.by_link(db.session, uid, key)
    page = render_template("claims/bank_confirm.html", form=form, detail=detail)
    return page, status(form)


@blueprint.route("/desk/bank/<uid>", methods=["GET", "POST"])
@requires(DECIDE, "GET", "POST")
def called(uid: str) -> ResponseReturnValue:
    """Somebody rang a person up about changed details, and notes what they said."""
    detail = detail_of(db.session, uid)
    if detail is None or detail.person_id in {None, current_actor().person_id}:
        abort(404)
    form, who = CalledForm(), people_by_ids(db.session, [detail.person_id or 0])
    last_four, person_id = detail.last_four, detail.person_id or 0
    waits = detail.ended_at is None and detail.version > 1 and detail.confirmed_at is None

    def note() -> str:
        yes = form.answer.data == YES
        services.answer_call(db.session, current_actor(), uid, yes=yes)
        flash(_("Noted. Somebody else than you pays it."), "good")
        return url_for("claims.to_decide")

    if form.validate_on_submit() and (done := once(form, note)):
        return done
    page = render_template(
        "claims/bank_called.html",
        form=form,
        name=who[person_id].name if person_id in who else "",
        last_four=last_four,
        waits=waits,
    )
    return page, status(form)
