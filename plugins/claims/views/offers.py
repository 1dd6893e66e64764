"""Somebody's own offers: what is asked of them and what for, their answer, their ceiling, their hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from plugins.claims.errors import RefusedError, Why
from plugins.claims.forms.offers import CeilingForm, TakeForm, take_form
from plugins.claims.forms.writing import GoForm
from plugins.claims.models import Activity, Stage
from plugins.claims.money.batches import What
from plugins.claims.money.hours import hours
from plugins.claims.money.recognition import Basis, Taken
from plugins.claims.queries import ceilings, facts, offers
from plugins.claims.queries.hours import hours_of
from plugins.claims.queries.paying import last_payment
from plugins.claims.services import answering
from plugins.claims.services.ceilings import keep_ceiling
from plugins.claims.services.hours import balance
from plugins.claims.views.blueprint import blueprint, once, status
from plugins.claims.words import offers as words
from portal.plugin_api import current_actor, db, public, signed_in
from portal.ui.filters import duration, pounds

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from plugins.claims.models import Offer
    from plugins.claims.queries.offers import Shown
    from portal.plugin_api import Words

OWED = frozenset({Stage.DONE, Stage.CANCELLED})
AT_FIELD = {Why.TAKE_LESS: "pence", Why.WHICH_CHARITY: "charity", Why.HOURS: "wanted"}


def own_offer(ref: str) -> Offer:
    """The actor's own offer; for everybody else there is no such page."""
    found, person_id = offers.offer_of(db.session, ref), current_actor().person_id
    if found is None or person_id is None or found.person_id != person_id:
        abort(404)
    return found


def _field(refused: RefusedError) -> str:
    return AT_FIELD.get(refused.why, "")


@blueprint.get("/offers", endpoint="offers")
@signed_in
def my_offers() -> str:
    """My offers, the newest first."""
    person_id = current_actor().person_id or 0
    found, more = offers.mine(db.session, person_id, request.args.get("after", ""))
    return render_template(
        "claims/offers.html",
        offers=found,
        more=more,
        words=words,
        left=balance(db.session, person_id),
    )


@blueprint.route("/offers/<ref>", methods=["GET", "POST"])
@signed_in("GET", "POST")
def offer(ref: str) -> ResponseReturnValue:
    """What is asked, what for, what it may mean; and the answer."""
    found = own_offer(ref)
    one, offer_id = offers.show(db.session, found), found.id
    form = take_form(_extras(one), money=one.offered > 0)

    def say() -> str:
        answering.answer(db.session, current_actor(), offer_id, form.answer)
        flash(_("Thank you. Your answer is kept, and you can change it here."), "good")
        return url_for("claims.offer", ref=ref)

    if form.validate_on_submit() and (done := once(form, say, _field)):
        return done
    if request.method == "GET":
        _begin_with(form, one)
    else:
        found = own_offer(ref)
        one = offers.show(db.session, found)
    activity = db.session.get_one(Activity, found.activity_id)
    page = render_template(
        "claims/offer.html",
        one=one,
        form=form,
        facts=facts.facts(db.session, one.brief.done.basis, one.brief.done.day),
        over=ceilings.week_would_be(db.session, found, activity),
        wait=_wait(found, one),
        words=words,
    )
    return page, status(form)


def _wait(offer: Offer, one: Shown) -> Why | None:
    """What we need from its person before it is paid, once it is owed and goes into an account."""
    chosen = one.chosen
    if chosen is None or not chosen.pence or not chosen.open or offer.stage not in OWED:
        return None
    if chosen.taken is Taken.CHARITY or offer.basis is Basis.PAYROLL:
        return None
    return last_payment(db.session, What.CHOICE, chosen.id, offer.person_id).wait


def _extras(one: Shown) -> list[tuple[str, Words]]:
    """What is not money, with how much of it."""
    said: dict[str, Words] = {**words.EXTRAS}
    said["voucher"] = _l("A voucher worth %(sum)s", sum=pounds(one.voucher))
    said["credit"] = _l("A time credit of %(time)s", time=duration(one.credit))
    return [(name, said[name]) for name in one.extras]


def _begin_with(form: TakeForm, one: Shown) -> None:
    """What they answered before. Before that nothing is chosen for them."""
    if one.chosen is None:
        return
    if "taken" in form:
        form.taken.data = one.chosen.taken.value
        form.pence.data = one.chosen.pence if one.chosen.taken is Taken.LESS else None
        form.charity.data = one.chosen.charity
    if "wanted" in form:
        form.wanted.data = sorted(one.chosen.wanted)


@blueprint.route("/offers/<ref>/no", methods=["GET", "POST"])
@signed_in("GET", "POST")
def say_no(ref: str) -> ResponseReturnValue:
    """Not this time: no reason is asked."""
    offer_id, form = own_offer(ref).id, GoForm()

    def go() -> str:
        answering.say_no(db.session, current_actor(), offer_id)
        flash(_("Thank you for telling us. You can change your mind here."), "good")
        return url_for("claims.offer", ref=ref)

    if form.validate_on_submit() and (done := once(form, go)):
        return done
    page = render_template(
        "claims/ask_once.html",
        form=form,
        back=url_for("claims.offer", ref=ref),
        back_label=_("Back to the offer"),
        title=_("Not this time?"),
        text=_("You need no reason, and there will be other offers."),
        yes=_("Not this time"),
    )
    return page, status(form)


@blueprint.route("/offers/limit", methods=["GET", "POST"], endpoint="ceiling")
@signed_in("GET", "POST")
def own_ceiling() -> ResponseReturnValue:
    """The sum in a week before which they want to be warned: nobody else sees it."""
    actor, form = current_actor(), CeilingForm()

    def keep() -> str:
        keep_ceiling(db.session, actor, form.amount.data)
        flash(_("Kept. Nobody but you sees it."), "good")
        return url_for("claims.offers")

    if form.validate_on_submit() and (done := once(form, keep)):
        return done
    if request.method == "GET":
        form.amount.data = ceilings.ceiling(db.session, actor.person_id or 0)
    return render_template("claims/ceiling.html", form=form), status(form)


@blueprint.get("/offers/hours")
@signed_in
def my_hours() -> str:
    """My hours: what is left, and how it came about."""
    person_id = current_actor().person_id or 0
    entries, more = hours_of(db.session, person_id, request.args.get("after", ""))
    return render_template(
        "claims/my_hours.html",
        left=balance(db.session, person_id),
        entries=entries,
        more=more,
        words=words,
        hours=hours,
    )


@blueprint.get("/facts", endpoint="facts")
@public
def all_facts() -> str:
    """What taking part may mean for tax and benefits: each with its dates and who says so."""
    return render_template("claims/facts.html", facts=facts.facts(db.session), words=words)
