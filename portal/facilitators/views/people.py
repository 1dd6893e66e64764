"""For coordinators: who leads or wants to, how far they are, what is on record."""

from __future__ import annotations

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.api import AgreedHow, PersonRef
from portal.courses.api import topics
from portal.db import db
from portal.facilitators.forms.own import ActForm
from portal.facilitators.forms.staff import ClearanceForm, StageForm, ToldForm
from portal.facilitators.models import ClearanceKind, Facilitator, Stage
from portal.facilitators.policies import MANAGE, OWN_STEPS, STEPS
from portal.facilitators.queries import people as queries
from portal.facilitators.queries.mine import led_from
from portal.facilitators.queries.pathway import Way, moves_of, way_of
from portal.facilitators.queries.pool import windows
from portal.facilitators.queries.support import due_for, slots_of
from portal.facilitators.services import availability, pathway
from portal.facilitators.services import people as services
from portal.facilitators.services.errors import MissingRecordError
from portal.facilitators.services.support import weeks_between
from portal.facilitators.views.frame import (
    blueprint,
    names,
    page,
    person_or_404,
    sent,
    today,
    zone,
)
from portal.facilitators.words import pathway as pathway_words
from portal.plugin_api import current_actor, requires

MOST_LED = 5  # sessions to come on somebody's page


def _address(person_id: int) -> str:
    return url_for("facilitators.person", person_id=person_id)


@blueprint.get("/manage/leading/people")
@requires(MANAGE)
def people() -> str:
    """Everybody who leads, rests, or is on the way."""
    lines = queries.everybody(db.session)
    return render_template(
        "facilitators/manage/people.html",
        lines=lines,
        people=names(one.person_id for one in lines),
    )


@blueprint.route("/manage/leading/people/<int:person_id>", methods=["GET", "POST"])
@requires(MANAGE, "GET", "POST")
def person(person_id: int) -> ResponseReturnValue:
    """All about one person: where they are, what comes next, what they lead, what is on record, support.

    Of whoever never began or has left, the button that begins it.
    """
    who = person_or_404(person_id)
    way = way_of(db.session, person_id)
    if way is None or way.stage is Stage.LEFT:
        return _begin(who, way)
    own = person_id == current_actor().person_id
    stages = StageForm()
    stages.offer((OWN_STEPS if own else STEPS).get(way.stage, ()))

    def move() -> str:
        stage, why = Stage(stages.stage.data), stages.why.data or ""
        pathway.move(db.session, current_actor(), person_id, stage, why=why)
        flash(_("Saved."), "good")
        return _address(person_id)

    return sent(stages, move) or _person_page(who, way, stages, own=own)


def _begin(who: PersonRef, way: Way | None) -> ResponseReturnValue:
    form = ActForm()

    def begin() -> str:
        pathway.begin(db.session, current_actor(), who.id)
        flash(_("%(name)s is on the way now.", name=who.name), "good")
        return _address(who.id)

    return sent(form, begin) or page("manage/begin.html", form, who=who, way=way)


def _person_page(who: PersonRef, way: Way, form: StageForm, *, own: bool) -> ResponseReturnValue:
    at = clock.now()
    slots = slots_of(db.session, who.id)
    cleared = queries.latest_clearances(db.session, person_id=who.id)
    moves = moves_of(db.session, who.id)
    recorders = {mark.recorded_by_id for state in way.steps for mark in state.marks}
    recorders |= {one.recorded_by_id for one in moves}
    met = {slot.with_id for slot in slots}
    led = [one for one in led_from(db.session, who.id, at) if one.own.ends_at > at]
    return page(
        "manage/person.html",
        form,
        who=who,
        way=way,
        moves=moves,
        titles={state.step.key: state.step.title for state in way.steps},
        own=own,
        led=led[:MOST_LED],
        more_led=max(len(led) - MOST_LED, 0),
        cleared=cleared,
        people=names(one for one in recorders | met if one is not None),
        slots=slots,
        due=due_for(db.session, weeks_between(db.session), at=at, zone=zone(), person_id=who.id),
        words=pathway_words,
        now=at,
        today=today(),
    )


@blueprint.route("/manage/leading/people/<int:person_id>/can", methods=["GET", "POST"])
@requires(MANAGE, "GET", "POST")
def told_when(person_id: int) -> ResponseReturnValue:
    """What somebody told us of when they can lead, on the phone, on paper or in person."""
    who, record = person_or_404(person_id), db.session.get(Facilitator, person_id)
    if record is None or record.stage is Stage.LEFT:
        raise MissingRecordError(person_id)
    form = ToldForm(data={"most": record.max_a_week, "topics": [str(one) for one in record.topics]})
    form.offer(topics(db.session), has_times=bool(record.weekly))

    def put() -> str:
        told = form.told()
        if told is not None:
            availability.put_down(
                db.session,
                current_actor(),
                person_id,
                told,
                how=AgreedHow(form.how.data),
                today=today(),
            )
            flash(_("It is put down. They see it on their page too."), "good")
        return _address(person_id)

    return sent(form, put) or page("manage/can.html", form, who=who, windows=windows(record.weekly))


@blueprint.route("/manage/leading/people/<int:person_id>/record", methods=["GET", "POST"])
@requires(MANAGE, "GET", "POST")
def put_on_record(person_id: int) -> ResponseReturnValue:
    """Something was checked."""
    who = person_or_404(person_id)
    form = ClearanceForm()

    def put() -> str:
        services.put_on_record(
            db.session,
            current_actor(),
            person_id,
            ClearanceKind(form.kind.data),
            form.valid_to.data,
        )
        flash(_("It is on record."), "good")
        return _address(person_id)

    return sent(form, put) or page("manage/clearance.html", form, who=who)
