"""Staff pages about runs: planning, checking, publishing, changing, copying, cancelling."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.courses.forms.base import ConfirmForm, OnceForm, ReasonForm, WhyForm
from portal.courses.forms.runs import CopyRunForm, PlanRunForm, RunForm
from portal.courses.models import Course, Run, Term, Venue
from portal.courses.policies import PLAN_RUN
from portal.courses.queries import manage as queries
from portal.courses.queries.rooms import room_bookings
from portal.courses.services import planning, runs
from portal.courses.services.errors import InvalidError, NotAllowedNowError, StaleEditError
from portal.courses.services.planning import Draft
from portal.courses.services.states import RUN_STEPS
from portal.courses.views.manage import (
    REFUSED,
    address,
    blueprint,
    changed_words,
    college_zone,
    first,
    found,
    once,
)
from portal.courses.words import FIELDS, MODES, run_name
from portal.db import db
from portal.plugin_api import CourseAction, RunBrief, current_actor, requires
from portal.plugin_api.dispatch import gather_course_actions


@blueprint.route("/courses/<int:course_id>/runs/new", methods=["GET", "POST"])
@requires(PLAN_RUN, "GET", "POST")
def plan_run(course_id: int) -> ResponseReturnValue:
    """Plan a run: say when and where, check the dates, and only then write it."""
    course = found(Course, course_id)
    form = PlanRunForm(
        data={
            "minutes": course.planned_minutes,
            "count": course.planned_sessions,
            "mode": course.planned_mode.value if course.planned_mode else None,
            "skip_bank_holidays": True,
            "first_required": course.first_required,
        }
    )
    form.offer(queries.terms(db.session), queries.venues(db.session))

    def plan() -> str:
        run = planning.plan_run(
            db.session,
            current_actor(),
            course_id,
            form.plan(online_link=form.online_link.data or ""),
            form.when(),
            zone=college_zone(),
            room_shared=bool(form.room_shared.data),
        )
        flash(_planned(run), "good")
        return address("run", run_id=run.id)

    step = request.form.get("step", "")
    if step != "change" and form.validate_on_submit():
        if step == "confirm":
            if response := once(form, plan):
                return response
        elif draft := _draft(form, course_id):
            return render_template(
                "courses/manage/run_check.html",
                form=form,
                course=course,
                draft=draft,
                term=found(Term, form.plan().term_id),
                venue=_venue(form.plan().venue_id),
                mode=MODES[form.plan().mode],
                first_required=form.plan().first_required,
            )
    template = "courses/manage/run_plan.html"
    return render_template(template, form=form, course=course), _status(form)


def _name(run: Run) -> str:
    return run_name(first(queries.runs(db.session, clock.now(), run_id=run.id)))


def _planned(run: Run) -> str:
    return str(_("Planned: %(run)s. Only staff see it yet.", run=_name(run)))


def _draft(form: PlanRunForm, course_id: int) -> Draft | None:
    """The dates to check; None when the form was refused."""
    try:
        draft = planning.draft_run(
            db.session, course_id, form.plan(), form.when(), zone=college_zone()
        )
    except InvalidError as error:
        form.refuse_all(error)
        return None
    except NotAllowedNowError as error:
        form.refuse("", error.reason)
        return None
    if draft.clashes and not form.room_shared.data:
        form.refuse("venue_id", planning.room_taken(draft.clashes))
        return None
    return draft


def _venue(venue_id: int | None) -> Venue | None:
    return db.session.get(Venue, venue_id) if venue_id is not None else None


@blueprint.get("/runs/<int:run_id>")
@requires(PLAN_RUN)
def run(run_id: int) -> ResponseReturnValue:
    """One run: its facts and its sessions."""
    at = clock.now()
    line, row = first(queries.runs(db.session, at, run_id=run_id)), found(Run, run_id)
    actions: tuple[CourseAction, ...] = ()
    if row.published_at is not None:
        brief = RunBrief(id=run_id, takes_people=False, full=False, drop_in=False)
        actions = gather_course_actions(db.session, row.course_id, (brief,), current_actor()).items
    return render_template(
        "courses/manage/run.html",
        run=line,
        row=row,
        actions=[action for action in actions if action.run_id is not None],
        sessions=queries.sessions(db.session, at, run_id=run_id),
        over=not RUN_STEPS[line.state],
    )


@blueprint.route("/runs/<int:run_id>/edit", methods=["GET", "POST"])
@requires(PLAN_RUN, "GET", "POST")
def edit_run(run_id: int) -> ResponseReturnValue:
    """Where, how and for how many."""
    row = found(Run, run_id)
    form = RunForm.showing(row)
    terms, venues = queries.terms(db.session), queries.venues(db.session)
    form.offer(terms, venues)

    def save() -> str:
        runs_changed = planning.edit_run(
            db.session,
            current_actor(),
            run_id,
            form.plan(),
            version=form.seen_version,
            why=form.why.data or "",
        )
        flash(changed_words(), "good")
        return address("run", run_id=runs_changed.id)

    clash: StaleEditError | None = None
    if form.validate_on_submit():
        try:
            if response := once(form, save):
                return response
        except StaleEditError as error:
            clash, why = error, form.why.data
            form = RunForm(formdata=None, data={**_as_typed(error), "why": why})
            form.offer(terms, venues)
    return (
        render_template(
            "courses/manage/run_edit.html",
            form=form,
            run=first(queries.runs(db.session, clock.now(), run_id=run_id)),
            clash=clash,
            names={
                "term_id": {one.id: one.name for one in terms},
                "venue_id": {one.id: one.name for one in venues},
            },
            fields=FIELDS,
        ),
        REFUSED if clash else _status(form),
    )


def _as_typed(error: StaleEditError) -> dict[str, object]:
    merged = error.merged
    return {
        **merged,
        "term_id": str(merged["term_id"]),
        "venue_id": str(merged["venue_id"] or ""),
        "mode": merged["mode"].value,
        "version": str(error.version),
    }


@blueprint.route("/runs/<int:run_id>/publish", methods=["GET", "POST"])
@requires(PLAN_RUN, "GET", "POST")
def publish_run(run_id: int) -> ResponseReturnValue:
    """Check everything that people will see, then show it to them."""
    row = found(Run, run_id)
    form = ConfirmForm()

    def publish() -> str:
        published = runs.publish_run(db.session, current_actor(), run_id)
        words = _("Now public: %(run)s. People can take places.", run=_name(published))
        flash(words, "good")
        return address("run", run_id=run_id)

    if form.validate_on_submit() and (response := once(form, publish)):
        return response
    at = clock.now()
    return (
        render_template(
            "courses/manage/run_publish.html",
            form=form,
            run=first(queries.runs(db.session, at, run_id=run_id)),
            row=row,
            course=found(Course, row.course_id),
            sessions=queries.sessions(db.session, at, run_id=run_id),
            missing=runs.missing_to_publish(db.session, row),
        ),
        _status(form),
    )


@blueprint.route("/runs/<int:run_id>/unpublish", methods=["GET", "POST"])
@requires(PLAN_RUN, "GET", "POST")
def unpublish_run(run_id: int) -> ResponseReturnValue:
    """Take a run off the public pages again."""
    form = WhyForm()

    def unpublish() -> str:
        runs.unpublish_run(db.session, current_actor(), run_id, why=form.why.data or "")
        flash(_("Only staff see this run now."), "good")
        return address("run", run_id=run_id)

    return _ask(form, run_id, unpublish, "courses/manage/run_unpublish.html")


@blueprint.route("/runs/<int:run_id>/cancel", methods=["GET", "POST"])
@requires(PLAN_RUN, "GET", "POST")
def cancel_run(run_id: int) -> ResponseReturnValue:
    """Cancel a run and every session that is still to come."""
    form = ReasonForm()

    def cancel() -> str:
        runs.cancel_run(db.session, current_actor(), run_id, reason=form.reason.data or "")
        flash(_("The run is cancelled, with every session that was still to come."), "good")
        return address("run", run_id=run_id)

    return _ask(form, run_id, cancel, "courses/manage/run_cancel.html")


def _ask(
    form: OnceForm, run_id: int, work: Callable[[], str], template: str
) -> ResponseReturnValue:
    line = first(queries.runs(db.session, clock.now(), run_id=run_id))
    if form.validate_on_submit() and (response := once(form, work)):
        return response
    return render_template(template, form=form, run=line), _status(form)


@blueprint.route("/runs/<int:run_id>/copy", methods=["GET", "POST"])
@requires(PLAN_RUN, "GET", "POST")
def copy_run(run_id: int) -> ResponseReturnValue:
    """The same run in another term: choose it, check the dates, and only then write it."""
    row = found(Run, run_id)
    line = first(queries.runs(db.session, clock.now(), run_id=run_id))
    form = CopyRunForm()
    form.offer(queries.terms(db.session))

    def copy() -> str:
        made = planning.copy_run(
            db.session,
            current_actor(),
            run_id,
            term_id=int(form.term_id.data or 0),
            first_on=form.first_on.data or _first_day(form, run_id),
            room_shared=bool(form.room_shared.data),
        )
        flash(_planned(made), "good")
        return address("run", run_id=made.id)

    step = request.form.get("step", "")
    if step != "change" and form.validate_on_submit():
        if step == "confirm":
            if response := once(form, copy):
                return response
        elif draft := _copy_draft(form, row):
            return render_template(
                "courses/manage/run_check.html",
                form=form,
                course=found(Course, row.course_id),
                copied=line,
                draft=draft,
                term=found(Term, int(form.term_id.data or 0)),
                venue=_venue(row.venue_id),
                mode=MODES[row.mode],
                first_required=row.first_required,
            )
    return render_template("courses/manage/run_copy.html", form=form, run=line), _status(form)


def _first_day(form: CopyRunForm, run_id: int) -> date:
    return planning.first_day_in(db.session, run_id, int(form.term_id.data or 0))


def _copy_draft(form: CopyRunForm, row: Run) -> Draft | None:
    first_on = form.first_on.data or _first_day(form, row.id)
    try:
        timetable, _zone = planning.copied_timetable(db.session, row.id, first_on)
    except InvalidError as error:
        form.refuse_all(error)
        return None
    clashes = room_bookings(db.session, row.venue_id, timetable.slots)
    if clashes and not form.room_shared.data:
        form.refuse("room_shared", planning.room_taken(clashes))
        return None
    return Draft(timetable, clashes)


def _status(form: OnceForm) -> int:
    return REFUSED if form.errors else 200
