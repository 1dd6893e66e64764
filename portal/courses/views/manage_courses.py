"""Staff pages about courses: the list, writing, moving on, copying."""

from __future__ import annotations

from typing import Any

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.courses.forms.courses import (
    CopyCourseForm,
    CourseForm,
    NewCourseForm,
    StateForm,
    as_typed,
)
from portal.courses.models import Course, CourseState
from portal.courses.policies import EDIT_COURSE
from portal.courses.queries import manage as queries
from portal.courses.queries.manage import CourseFilter
from portal.courses.services import courses as services
from portal.courses.services import runs as run_services
from portal.courses.services.errors import StaleEditError
from portal.courses.services.states import COURSE_STEPS
from portal.courses.views.manage import (
    REFUSED,
    address,
    blueprint,
    changed_words,
    found,
    number_of,
    once,
    text_of,
)
from portal.courses.words import COURSE_STATES, FIELDS
from portal.db import db
from portal.plugin_api import current_actor, requires


@blueprint.get("/")
@requires(EDIT_COURSE)
def index() -> ResponseReturnValue:
    """All courses by title, narrowed by what somebody looks for."""
    state = request.args.get("state", "")
    wanted = CourseFilter(
        text=text_of("q"),
        state=CourseState(state) if state in set(CourseState) else None,
        term_id=number_of("term"),
        at_risk=request.args.get("at_risk") == "1",
    )
    after_title, after_id = request.args.get("after", "").replace("\x00", ""), number_of("id")
    page = queries.courses(
        db.session,
        wanted,
        clock.now(),
        after=(after_title, after_id) if after_id is not None else None,
    )
    older = _next_page(page.after) if page.after else ""
    return render_template(
        "courses/manage/index.html",
        page_of=page,
        wanted=wanted,
        terms=queries.terms(db.session),
        states=COURSE_STATES,
        older=older,
        first=address("index") if after_id is not None else "",
    )


def _next_page(after: tuple[str, int]) -> str:
    kept = {
        name: request.args[name]
        for name in ("q", "state", "term", "at_risk")
        if name in request.args
    }
    return address("index", **kept, after=after[0], id=after[1])


@blueprint.route("/courses/new", methods=["GET", "POST"])
@requires(EDIT_COURSE, "GET", "POST")
def new_course() -> ResponseReturnValue:
    """The first words about a course."""
    form = NewCourseForm()
    form.offer(queries.topics(db.session))

    def create() -> str:
        course = services.create_course(db.session, current_actor(), form.text())
        flash(_("“%(title)s” is written down as an idea.", title=course.title), "good")
        return address("course", course_id=course.id)

    if form.validate_on_submit() and (response := once(form, create)):
        return response
    return render_template("courses/manage/course_new.html", form=form), _status(form)


@blueprint.get("/courses/<int:course_id>")
@requires(EDIT_COURSE)
def course(course_id: int) -> ResponseReturnValue:
    """One course: where it stands, and its runs."""
    row = found(Course, course_id)
    return render_template(
        "courses/manage/course.html",
        course=row,
        topic=queries.topic_name(db.session, row.topic_id),
        steps=COURSE_STEPS[row.state],
        runs=queries.runs(db.session, clock.now(), course_id=row.id),
        can_have_dates=row.state in run_services.CAN_HAVE_DATES,
    )


@blueprint.route("/courses/<int:course_id>/edit", methods=["GET", "POST"])
@requires(EDIT_COURSE, "GET", "POST")
def edit_course(course_id: int) -> ResponseReturnValue:
    """All that is written about a course. When two people write at once, neither text is lost."""
    row = found(Course, course_id)
    topics = queries.topics(db.session)
    form = CourseForm.showing(row)
    form.offer(topics)

    def save() -> str:
        services.edit_course(
            db.session,
            current_actor(),
            course_id,
            form.text(),
            version=form.seen_version,
            why=form.why.data or "",
        )
        flash(changed_words(), "good")
        return address("course", course_id=course_id)

    clash: StaleEditError | None = None
    if form.validate_on_submit():
        try:
            if response := once(form, save):
                return response
        except StaleEditError as error:
            clash = error
            why = form.why.data
            form = CourseForm(
                formdata=None, data={**as_typed(error.merged, error.version), "why": why}
            )
            form.offer(topics)
    status = REFUSED if clash else _status(form)
    return (
        render_template(
            "courses/manage/course_edit.html", form=form, course=row, clash=clash, fields=FIELDS
        ),
        status,
    )


@blueprint.route("/courses/<int:course_id>/state", methods=["GET", "POST"])
@requires(EDIT_COURSE, "GET", "POST")
def course_state(course_id: int) -> ResponseReturnValue:
    """One step in the course's life, with a reason."""
    row = found(Course, course_id)
    form = StateForm()
    form.offer(COURSE_STEPS[row.state])

    def move_on() -> str:
        changed = services.change_state(
            db.session,
            current_actor(),
            course_id,
            CourseState(str(form.state.data)),
            why=form.why.data or "",
        )
        flash(
            _(
                "“%(title)s” is now: %(state)s.",
                title=changed.title,
                state=COURSE_STATES[changed.state],
            ),
            "good",
        )
        return address("course", course_id=course_id)

    if form.validate_on_submit() and (response := once(form, move_on)):
        return response
    return (
        render_template("courses/manage/course_state.html", form=form, course=row),
        _status(form),
    )


@blueprint.route("/courses/<int:course_id>/copy", methods=["GET", "POST"])
@requires(EDIT_COURSE, "GET", "POST")
def copy_course(course_id: int) -> ResponseReturnValue:
    """A new idea with the same words."""
    row = found(Course, course_id)
    form = CopyCourseForm(title=_("%(title)s (copy)", title=row.title))

    def copy() -> str:
        made = services.copy_course(
            db.session, current_actor(), course_id, title=form.title.data or ""
        )
        flash(_("“%(title)s” is written down as an idea.", title=made.title), "good")
        return address("course", course_id=made.id)

    if form.validate_on_submit() and (response := once(form, copy)):
        return response
    return (
        render_template("courses/manage/course_copy.html", form=form, course=row),
        _status(form),
    )


def _status(form: Any) -> int:
    return REFUSED if form.errors else 200
