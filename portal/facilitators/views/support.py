"""Support: one's own times, what one tells one's supporter, what supporters read, the coordinators' plan."""

from __future__ import annotations

from datetime import timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.db import db
from portal.facilitators.forms.support import AdjustmentsForm, AskSupportForm, SlotForm
from portal.facilitators.models import Facilitator, SlotState, SupportKind, TimeCounts
from portal.facilitators.policies import MANAGE, SUPPORT
from portal.facilitators.queries import support as queries
from portal.facilitators.services import support as services
from portal.facilitators.services.errors import MissingRecordError
from portal.facilitators.views.frame import (
    SEE_OTHER,
    blueprint,
    me,
    names,
    page,
    person_or_404,
    sent,
    today,
    zone,
)
from portal.facilitators.views.ways import address, attempt
from portal.facilitators.words import pathway as pathway_words
from portal.plugin_api import current_actor, requires, signed_in, writes
from portal.ui.filters import day

USUAL_MINUTES = 60
SHOWN_AHEAD = timedelta(weeks=4)


@blueprint.get("/me/support")
@signed_in
def support() -> str:
    """What is due and planned, who supports them, and asking for a time."""
    now, person_id = clock.now(), me()
    slots = queries.slots_of(db.session, person_id)
    supporter = queries.supporter_of(db.session, person_id)
    weeks = services.weeks_between(db.session)
    return render_template(
        "facilitators/support/own.html",
        on_way=db.session.get(Facilitator, person_id) is not None,
        due=queries.due_for(db.session, weeks, at=now, zone=zone(), person_id=person_id),
        coming=[one for one in reversed(slots) if one.state is SlotState.PLANNED],
        past=[one for one in slots if one.state is not SlotState.PLANNED],
        people=names(
            {one.with_id for one in slots if one.with_id} | ({supporter} if supporter else set())
        ),
        supporter=supporter,
        reads=supporter in services.supporters(db.session, person_id),
        words=pathway_words,
    )


@blueprint.route("/me/support/ask", methods=["GET", "POST"])
@signed_in("GET", "POST")
def ask_support() -> ResponseReturnValue:
    """They would like a time."""
    if db.session.get(Facilitator, me()) is None:
        raise MissingRecordError
    form = AskSupportForm()

    def work() -> str:
        kind = SupportKind(form.kind.data)
        by = services.ask_for_time(db.session, current_actor(), kind, today=today())
        flash(_("Thank you. By %(day)s somebody finds a time with you.", day=day(by)), "good")
        return url_for("facilitators.support")

    return sent(form, work) or page("support/ask.html", form)


@blueprint.route("/me/support/adjustments", methods=["GET", "POST"])
@signed_in("GET", "POST", fresh=True)
def adjustments() -> ResponseReturnValue:
    """What they need, for one person's eyes."""
    person_id = me()
    form = AdjustmentsForm(people=services.supporters(db.session, person_id))
    supporter = queries.supporter_of(db.session, person_id)
    if not form.is_submitted():
        form.supporter.data = str(supporter or "")
        form.words.data = queries.adjustment_words(db.session, person_id)

    def work() -> str:
        services.save_adjustments(
            db.session, current_actor(), int(form.supporter.data), form.words.data
        )
        flash(_("Saved. Only the person you chose can read it."), "good")
        return url_for("facilitators.support")

    return sent(form, work) or page("support/adjustments.html", form, kept=supporter is not None)


@blueprint.post("/me/support/adjustments/remove")
@signed_in("POST")
def remove_adjustments() -> ResponseReturnValue:
    """Nothing is left of it."""
    services.remove_adjustments(db.session, current_actor())
    flash(_("Removed. Nothing is left of it."), "good")
    return redirect(url_for("facilitators.support"), SEE_OTHER)


@blueprint.get("/manage/pathway/support")
@requires(MANAGE)
def support_due() -> str:
    """Whose supervision or reflection is due in the next weeks, the longest due first, planned or not."""
    weeks, last = services.weeks_between(db.session), today() + SHOWN_AHEAD
    due = queries.due_for(db.session, weeks, at=clock.now(), zone=zone())
    found = [one for one in due if one.due <= last]
    return render_template(
        "facilitators/support/due.html",
        found=found,
        people=names(one.person_id for one in found),
        words=pathway_words,
        today=today(),
    )


@blueprint.get("/manage/supporting")
@requires(SUPPORT)
def supporting() -> str:
    """Who named the actor as their supporter."""
    return render_template(
        "facilitators/support/supporting.html",
        people=sorted(
            names(queries.supported_by(db.session, me())).values(), key=lambda one: one.name
        ),
    )


@blueprint.get("/manage/supporting/<int:person_id>")
@requires(SUPPORT, hidden=True, fresh=True)
@writes
def read_adjustments(person_id: int) -> str:
    """What one of them told the actor. That it was read is on record before it is shown."""
    words = services.read_adjustments(db.session, current_actor(), person_id)
    return render_template(
        "facilitators/support/read.html", person=person_or_404(person_id), words=words
    )


@blueprint.route("/manage/pathway/people/<int:person_id>/support/new", methods=["GET", "POST"])
@requires(MANAGE, "GET", "POST")
def plan_support(person_id: int) -> ResponseReturnValue:
    """A time for somebody."""
    person = person_or_404(person_id)
    if db.session.get(Facilitator, person_id) is None:
        abort(404)
    form = SlotForm(people=services.supporters(db.session, person_id))
    if not form.is_submitted():
        asked = request.args.get("kind", "")
        form.kind.data = asked if asked in set(SupportKind) else None
        form.minutes.data, form.counts.data = USUAL_MINUTES, TimeCounts.RECOGNISED.value

    def work() -> str:
        services.plan(db.session, current_actor(), person_id, form.given(zone()))
        flash(_("Planned. %(name)s is told.", name=person.name), "good")
        return address(person_id)

    return sent(form, work) or page("support/plan.html", form, person=person, slot=None)


@blueprint.route(
    "/manage/pathway/people/<int:person_id>/support/<int:slot_id>", methods=["GET", "POST"]
)
@requires(MANAGE, "GET", "POST")
def move_support(person_id: int, slot_id: int) -> ResponseReturnValue:
    """Another time for it."""
    person = person_or_404(person_id)
    slot = queries.slot_of(db.session, person_id, slot_id) or abort(404)
    people = dict(services.supporters(db.session, person_id))
    if slot.with_id and slot.with_id not in people:
        people |= {one.id: one.name for one in names([slot.with_id]).values()}
    form = SlotForm.showing(slot, people, zone())

    def work() -> str:
        services.move(db.session, current_actor(), person_id, slot_id, form.given(zone()))
        flash(_("Saved. %(name)s is told.", name=person.name), "good")
        return address(person_id)

    return sent(form, work) or page("support/plan.html", form, person=person, slot=slot)


@blueprint.post("/manage/pathway/people/<int:person_id>/support/<int:slot_id>/held")
@requires(MANAGE, "POST")
def hold_support(person_id: int, slot_id: int) -> ResponseReturnValue:
    """It took place."""
    attempt(
        lambda: services.hold(db.session, current_actor(), person_id, slot_id),
        _("It is put down that it took place."),
    )
    return redirect(address(person_id), SEE_OTHER)


@blueprint.post("/manage/pathway/people/<int:person_id>/support/<int:slot_id>/cancel")
@requires(MANAGE, "POST")
def cancel_support(person_id: int, slot_id: int) -> ResponseReturnValue:
    """It does not take place."""
    attempt(
        lambda: services.cancel(db.session, current_actor(), person_id, slot_id),
        _("Cancelled. They are told."),
    )
    return redirect(address(person_id), SEE_OTHER)
