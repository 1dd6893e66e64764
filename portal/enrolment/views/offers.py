"""Waiting and being offered a place: where somebody stands, until when to answer, yes or no."""

from __future__ import annotations

from flask import abort, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.api import people_by_ids
from portal.courses.api import RunInfo, run_by_id
from portal.db import db
from portal.enrolment.forms.taking import ConfirmForm
from portal.enrolment.models import OfferState
from portal.enrolment.queries.asking import OfferFound, offer_found, owner_of_wait, standings
from portal.enrolment.queries.leading import led_then
from portal.enrolment.queries.missed_first import instead_of
from portal.enrolment.queries.waiting import begun_without, place_in_list
from portal.enrolment.services import agreements, drafts, seats
from portal.enrolment.services.outcomes import Enrolled
from portal.enrolment.views import blueprint
from portal.enrolment.views.frame import found, page, sent
from portal.enrolment.views.taking import me
from portal.plugin_api import current_actor, signed_in


def _name_of(person_id: int) -> str:
    """Whose it is; empty for the reader's own."""
    return "" if person_id == me() else people_by_ids(db.session, [person_id])[person_id].name


def _owner(person_id: int | None) -> int:
    """The person, when the actor is them or may act for them; else there is no such page."""
    if person_id is None or not agreements.may_act_for(db.session, current_actor(), person_id):
        abort(404)
    return person_id


def _run(run_id: int) -> RunInfo:
    return found(run_by_id(db.session, run_id))


@blueprint.get("/places/waiting/<int:entry_id>")
@signed_in
def waiting(entry_id: int) -> ResponseReturnValue:
    """The place in the list, and how it went for others. Over, it says what came of it."""
    owner, now = _owner(owner_of_wait(db.session, entry_id)), clock.now()
    wait = place_in_list(db.session, entry_id, now)
    if wait is None:
        began = begun_without(db.session, entry_id)
        return render_template(
            "enrolment/waiting_over.html",
            name=_name_of(owner),
            run=_run(began) if began is not None else None,
        )
    return render_template(
        "enrolment/waiting.html", wait=wait, run=_run(wait.run_id), name=_name_of(owner)
    )


@blueprint.route("/places/waiting/<int:entry_id>/leave", methods=["GET", "POST"])
@signed_in("GET", "POST")
def leave_list(entry_id: int) -> ResponseReturnValue:
    """Leave the list. Nobody asks why."""
    _owner(owner_of_wait(db.session, entry_id))
    form = ConfirmForm()

    def work() -> str:
        seats.leave_waiting(db.session, current_actor(), entry_id, at=clock.now())
        flash(_("You are not on the list any more."), "good")
        return url_for("enrolment.waiting", entry_id=entry_id)

    if response := sent(form, work):
        return response
    wait = found(place_in_list(db.session, entry_id, clock.now()))
    return page("leave_list.html", form, wait=wait, run=_run(wait.run_id))


def _offer(offer_id: int) -> OfferFound:
    one = found(offer_found(db.session, offer_id))
    _owner(one.person_id)
    return one


@blueprint.route("/places/offers/<int:offer_id>", methods=["GET", "POST"])
@signed_in("GET", "POST")
def offer(offer_id: int) -> ResponseReturnValue:
    """A place, until when it is kept, and the button that takes it."""
    one, form = _offer(offer_id), ConfirmForm()

    def work() -> str:
        outcome = drafts.accept(db.session, current_actor(), offer_id, at=clock.now())
        if isinstance(outcome, Enrolled):
            return url_for("enrolment.done", enrolment_id=outcome.enrolment_ids[0])
        return url_for("enrolment.offer", offer_id=offer_id)

    return sent(form, work) or _offer_page(one, form)


@blueprint.route("/places/offers/<int:offer_id>/decline", methods=["GET", "POST"])
@signed_in("GET", "POST")
def decline(offer_id: int) -> ResponseReturnValue:
    """Say no. No reason, and nothing follows from it."""
    one, form = _offer(offer_id), ConfirmForm()

    def work() -> str:
        if seats.decline(db.session, current_actor(), offer_id, at=clock.now()):
            flash(_("Thank you for telling us. Somebody else is glad of the place."), "good")
        return url_for("enrolment.offer", offer_id=offer_id)

    if response := sent(form, work):
        return response
    if not one.is_live(clock.now()):
        return _offer_page(one, form)
    return page("decline.html", form, offer=one, run=_run(one.run_id))


def _offer_page(one: OfferFound, form: ConfirmForm) -> ResponseReturnValue:
    now, run = clock.now(), _run(one.run_id)
    standing = standings(db.session, one.person_id, [one.run_id], now).get(one.run_id)
    return page(
        "offer.html",
        form,
        offer=one,
        live=one.is_live(now),
        became=OfferState.LAPSED if one.state is OfferState.LIVE else one.state,
        standing=standing,
        run=run,
        first=run.next_after(now),
        begun=run.starts_at is not None and run.starts_at <= now,
        led=led_then(db.session, one.person_id, run, now),
        missed=instead_of(db.session, one.entry_id),
        name=_name_of(one.person_id),
    )
