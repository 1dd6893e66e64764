"""What coordinators do: set up an activity, offer it, say what became of it. What is taken is not here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext as _

from plugins.claims.errors import RefusedError, Why
from plugins.claims.forms.offers import ActivityForm, CloseForm, offer_form
from plugins.claims.models import Activity, ActivityKind, Stage
from plugins.claims.money.rates import NoRateError, rate_for
from plugins.claims.money.recognition import Basis
from plugins.claims.policies import OFFER
from plugins.claims.promises import PAID_IN
from plugins.claims.queries import budgets, offers
from plugins.claims.queries.rates import rates
from plugins.claims.services import confirming, offering
from plugins.claims.services.confirming import BEFORE
from plugins.claims.services.offering import NewActivity, NewOffer
from plugins.claims.services.today import today
from plugins.claims.views.blueprint import blueprint, course_of, once, status
from plugins.claims.words import offers as words
from portal.accounts.api import people_by_ids, person_here, person_search
from portal.plugin_api import current_actor, db, requires, setting

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from plugins.claims.forms.offers import OfferForm
    from plugins.claims.models import Offer

AN_HOUR = "recognition-hour"  # the key of its rate
LONGEST_SEARCH = 100
AT_FIELD = {Why.NOT_YET: "stage", Why.SECOND: "stage"}


def _activity(ref: str) -> Activity:
    found = offers.activity_of(db.session, ref)
    if found is None:
        abort(404)
    return found


@blueprint.get("/activities", endpoint="activities")
@requires(OFFER)
def all_activities() -> str:
    """Activities, the latest first, and offers of which nobody said yet what became of them."""
    waiting, waiting_more = offers.to_close(db.session, today(), request.args.get("waiting", ""))
    found, more = offers.activities(db.session, request.args.get("after", ""))
    return render_template(
        "claims/activities.html",
        activities=found,
        more=more,
        waiting=waiting,
        waiting_more=waiting_more,
        people=people_by_ids(db.session, offers.people_of(waiting)),
        words=words,
    )


@blueprint.route("/activities/new", methods=["GET", "POST"])
@requires(OFFER, "GET", "POST")
def add_activity() -> ResponseReturnValue:
    """Something that people are asked to do."""
    form = ActivityForm()
    form.budget.choices = [(0, _("None")), *budgets.choices(db.session)]

    def add() -> str:
        activity = offering.add_activity(db.session, current_actor(), _new(form, course_id))
        flash(_("It is set up. Now say whom you want to ask."), "good")
        return url_for("claims.activity", ref=activity.ref)

    if form.validate_on_submit():
        course_id = course_of(form)
        if not form.errors and (done := once(form, add)):
            return done
    if request.method == "GET":
        form.pays_in.data = int(setting(db.session, PAID_IN))
        form.covered.data = _(
            "What you spend to take part, you get back: fares, miles, care for a child or for somebody "
            "else, food."
        )
    page = render_template(
        "claims/ask_all.html",
        form=form,
        back=url_for("claims.activities"),
        back_label=_("Activities and offers"),
        title=_("A new activity"),
        text=_("What people are asked to do. Whom you ask, and what for, comes next."),
    )
    return page, status(form)


def _new(form: ActivityForm, course_id: int | None) -> NewActivity:
    return NewActivity(
        ActivityKind(form.kind.data),
        Basis(form.basis.data),
        form.title.data or "",
        form.covered.data or "",
        form.day.data,
        int(form.pays_in.data or 1),
        course_id,
        form.budget.data or None,
    )


@blueprint.get("/activities/<ref>")
@requires(OFFER)
def activity(ref: str) -> str:
    """One, with who has an offer; and finding somebody to ask."""
    one = _activity(ref)
    lines = offers.offers_of(db.session, one.id)
    searched = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    asked = {line.person_id for line in lines} | {current_actor().person_id}
    found = person_search(db.session, searched) if searched else []
    return render_template(
        "claims/activity.html",
        one=one,
        lines=lines,
        people=people_by_ids(db.session, offers.people_of(lines)),
        searched=searched,
        found=[each for each in found if each.id not in asked],
        before=BEFORE,
        me=current_actor().person_id,
        words=words,
    )


@blueprint.route("/activities/<ref>/people/<int:person_id>", methods=["GET", "POST"])
@requires(OFFER, "GET", "POST")
def make_offer(ref: str, person_id: int) -> ResponseReturnValue:
    """What one person is offered."""
    one, who = _activity(ref), person_here(db.session, person_id)
    if who is None or person_id == current_actor().person_id:
        abort(404)
    activity_id, form = one.id, offer_form(money=one.basis is not Basis.VOLUNTEER)

    def make() -> str:
        new = _offered(form, person_id)
        offering.offer(db.session, current_actor(), activity_id, new)
        flash(_("The offer is made. They are being told."), "good")
        return url_for("claims.activity", ref=ref)

    if form.validate_on_submit() and (done := once(form, make)):
        return done
    if request.method == "GET" and "pence_an_hour" in form:
        form.pence_an_hour.data = _usual(one)
    page = render_template(
        "claims/ask_all.html",
        form=form,
        back=url_for("claims.activity", ref=ref),
        back_label=one.title,
        title=_("An offer for %(name)s", name=who.name),
        text=_("They read it before they say yes. It is not changed afterwards."),
    )
    return page, status(form)


def _usual(one: Activity) -> int | None:
    """Pence an hour, as the college has it in its rates."""
    try:
        return rate_for(rates(db.session), AN_HOUR, one.day, today()).pence
    except NoRateError:
        return None


def _offered(form: OfferForm, person_id: int) -> NewOffer:
    extras = form.extras.data or ()
    money = "pence_an_hour" in form
    return NewOffer(
        person_id,
        int(form.hours.data or 0),
        int(form.pence_an_hour.data or 0) if money else 0,
        int(form.voucher.data or 0) if money else 0,
        int(form.credit.data or 0),
        certificate="certificate" in extras,
        reference="reference" in extras,
        training="training" in extras,
    )


def _to_close(ref: str) -> Offer:
    """An offer of somebody else; of one's own there is no such page here."""
    found = offers.offer_of(db.session, ref)
    if found is None or found.person_id == current_actor().person_id:
        abort(404)
    return found


@blueprint.route("/activities/offers/<ref>", methods=["GET", "POST"])
@requires(OFFER, "GET", "POST")
def close_offer(ref: str) -> ResponseReturnValue:
    """What became of an offer."""
    found = _to_close(ref)
    one, offer_id, form = offers.show(db.session, found), found.id, CloseForm()
    place = url_for("claims.activity", ref=one.brief.done.ref)

    def close() -> str:
        confirming.close(db.session, current_actor(), offer_id, Stage(form.stage.data))
        flash(_("Saved."), "good")
        return place

    if form.validate_on_submit() and (done := once(form, close, _field)):
        return done
    if request.method == "POST":
        one = offers.show(db.session, _to_close(ref))
    who = people_by_ids(db.session, offers.people_of([one.brief]))
    page = render_template(
        "claims/close_offer.html",
        form=form,
        one=one,
        who=who.get(one.brief.person_id or 0),
        back=place,
        open=one.brief.stage in BEFORE,
        words=words,
    )
    return page, status(form)


def _field(refused: RefusedError) -> str:
    return AT_FIELD.get(refused.why, "")
