"""For coordinators: who leads or wants to, how far they are, what is on record."""

from __future__ import annotations

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.db import db
from portal.facilitators.forms.own import ActForm
from portal.facilitators.forms.staff import ClearanceForm, StageForm
from portal.facilitators.models import ClearanceKind, Facilitator, Stage
from portal.facilitators.policies import MANAGE, STEPS
from portal.facilitators.queries import people as queries
from portal.facilitators.services import people as services
from portal.facilitators.views.frame import (
    blueprint,
    me,
    names,
    page,
    person_or_404,
    sent,
    today,
)
from portal.plugin_api import current_actor, requires


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
    """One person: where they are, and the next step. Without a record, the button that begins one."""
    who = person_or_404(person_id)
    record = db.session.get(Facilitator, person_id)
    if record is None:
        form = ActForm()

        def begin() -> str:
            services.begin(db.session, current_actor(), person_id)
            flash(_("%(name)s is on the way now.", name=who.name), "good")
            return _address(person_id)

        return sent(form, begin) or page("manage/begin.html", form, who=who)
    steps = StageForm()
    steps.offer(STEPS[record.stage])

    def move() -> str:
        services.step(db.session, current_actor(), person_id, Stage(steps.stage.data))
        flash(_("Saved."), "good")
        return _address(person_id)

    response = sent(steps, move)
    if response is not None:
        return response
    cleared = queries.latest_clearances(db.session, person_id=person_id)
    recorders = names(one.recorded_by_id for one in cleared if one.recorded_by_id)
    return page(
        "manage/person.html",
        steps,
        who=who,
        record=record,
        cleared=cleared,
        recorders=recorders,
        me=me(),
        today=today(),
    )


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
