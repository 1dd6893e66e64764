"""The pathway, for coordinators: who is where, a step put down, who is ready, and the steps' words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.db import db
from portal.facilitators.forms.pathway import ButtonForm, RecordStepForm, StepForm
from portal.facilitators.models import Stage
from portal.facilitators.policies import MANAGE
from portal.facilitators.queries import pathway as queries
from portal.facilitators.queries.steps import Step, steps
from portal.facilitators.services import pathway as services
from portal.facilitators.services import steps as step_services
from portal.facilitators.services.errors import RefusedError
from portal.facilitators.views.frame import (
    SEE_OTHER,
    blueprint,
    names,
    page,
    person_or_404,
    sent,
    today,
)
from portal.facilitators.words import pathway as pathway_words
from portal.plugin_api import current_actor, requires

ON_THE_WAY = (Stage.INTERESTED, Stage.CHECKS, Stage.TRAINED, Stage.SHADOWING)
DAYS_A_MONTH = 30.4375


def address(person_id: int) -> str:
    """The page of somebody who leads or is on the way."""
    return url_for("facilitators.person", person_id=person_id)


@blueprint.get("/manage/pathway")
@requires(MANAGE)
def ways() -> str:
    """Everybody at one stage, or on the way, whoever has waited longest first."""
    chosen = request.args.get("stage", "")
    stage = Stage(chosen) if chosen in set(Stage) else None
    lines = queries.people_on_way(db.session, [stage] if stage else ON_THE_WAY)
    return render_template(
        "facilitators/pathway/people.html",
        lines=lines,
        people=names(one.person_id for one in lines),
        counts=queries.count_by_stage(db.session),
        stage=stage,
        stages=tuple(Stage),
    )


@blueprint.route("/manage/pathway/people/<int:person_id>/steps/<key>", methods=["GET", "POST"])
@requires(MANAGE, "GET", "POST")
def put_step_down(person_id: int, key: str) -> ResponseReturnValue:
    """A step is behind somebody."""
    person = person_or_404(person_id)
    state = queries.step_state(db.session, person_id, key)
    if state is None or queries.way_of(db.session, person_id) is None:
        abort(404)
    form = RecordStepForm(step=state.step)
    if not form.is_submitted():
        form.on_day.data = today()
        if "valid_to" in form and state.step.months:
            form.valid_to.data = today() + timedelta(days=round(state.step.months * DAYS_A_MONTH))

    def work() -> str:
        services.put_down(db.session, current_actor(), person_id, key, form.given(), today=today())
        flash(_("It is put down, and %(name)s is told.", name=person.name), "good")
        return address(person_id)

    return sent(form, work) or page("pathway/record.html", form, person=person, state=state)


@blueprint.post("/manage/pathway/people/<int:person_id>/marks/<int:mark_id>/take-back")
@requires(MANAGE, "POST")
def take_step_back(person_id: int, mark_id: int) -> ResponseReturnValue:
    """That was a slip."""
    attempt(
        lambda: services.take_back(db.session, current_actor(), person_id, mark_id),
        _("Taken back."),
    )
    return redirect(address(person_id), SEE_OTHER)


@blueprint.route("/manage/pathway/people/<int:person_id>/ready", methods=["GET", "POST"])
@requires(MANAGE, "GET", "POST")
def start_leading(person_id: int) -> ResponseReturnValue:
    """They say that they are ready."""
    person = person_or_404(person_id)
    if queries.way_of(db.session, person_id) is None:
        abort(404)
    form = ButtonForm()

    def work() -> str:
        services.start_leading(db.session, current_actor(), person_id)
        flash(_("%(name)s leads sessions from now on, and is told.", name=person.name), "good")
        return address(person_id)

    return sent(form, work) or page("pathway/ready.html", form, person=person)


@blueprint.get("/manage/pathway/steps")
@requires(MANAGE)
def pathway_steps() -> str:
    """The steps, as people read them."""
    return render_template(
        "facilitators/pathway/steps.html",
        steps=steps(db.session, all_of_them=True),
        words=pathway_words,
    )


@blueprint.route("/manage/pathway/steps/new", methods=["GET", "POST"])
@requires(MANAGE, "GET", "POST")
def new_step() -> ResponseReturnValue:
    """One more step."""
    form = StepForm(data={"times": 1, "place": 100, "clearance": "", "used": True})

    def work() -> str:
        step_services.add_step(db.session, current_actor(), form.words())
        flash(_("The step is added."), "good")
        return url_for("facilitators.pathway_steps")

    return sent(form, work) or page("pathway/step.html", form, step=None)


@blueprint.route("/manage/pathway/steps/<key>", methods=["GET", "POST"])
@requires(MANAGE, "GET", "POST")
def edit_step(key: str) -> ResponseReturnValue:
    """Other words for a step."""
    step = step_or_404(key)
    form = StepForm.showing(step)

    def work() -> str:
        step_services.change_step(db.session, current_actor(), key, form.words())
        flash(_("Saved. Whoever comes to it from now on reads this."), "good")
        return url_for("facilitators.pathway_steps")

    return sent(form, work) or page("pathway/step.html", form, step=step)


def step_or_404(key: str) -> Step:
    """The step, used or not; else the page that says there is none."""
    found = next((one for one in steps(db.session, all_of_them=True) if one.key == key), None)
    return found or abort(404)


def attempt(work: Callable[[], None], done: str) -> None:
    """Do what a button asks, and say what came of it."""
    try:
        work()
    except RefusedError as error:
        flash(str(error.reason), "warn")
    else:
        flash(done, "good")
