"""Staff pages about the handouts of a course."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.courses.forms.base import ConfirmForm
from portal.courses.forms.materials import ChangeMaterialForm, NewMaterialForm
from portal.courses.models import Course, CourseMaterial
from portal.courses.policies import EDIT_COURSE
from portal.courses.queries import materials as queries
from portal.courses.services import materials as services
from portal.courses.services.errors import MissingError
from portal.courses.views.manage import (
    REFUSED,
    SEE_OTHER,
    address,
    blueprint,
    found,
    once,
)
from portal.db import db
from portal.files.api import Received, RefusedError, receive, send
from portal.plugin_api import current_actor, requires, takes_files


@blueprint.get("/courses/<int:course_id>/materials")
@requires(EDIT_COURSE)
def materials(course_id: int) -> ResponseReturnValue:
    """The handouts of a course, in their order."""
    return render_template(
        "courses/manage/materials.html",
        course=found(Course, course_id),
        materials=queries.of_course(db.session, course_id),
        most=services.MOST,
    )


@blueprint.route("/courses/<int:course_id>/materials/new", methods=["GET", "POST"])
@requires(EDIT_COURSE, "GET", "POST")
@takes_files
def new_material(course_id: int) -> ResponseReturnValue:
    """A handout that is not there yet."""
    course, form = found(Course, course_id), NewMaterialForm()

    def add(received: Received | None) -> str:
        if received is None:
            raise MissingError(course_id)
        made = services.add(
            db.session,
            current_actor(),
            course_id,
            title=form.title.data or "",
            received=received,
        )
        flash(
            _("“%(title)s” is there. People with a place can have it now.", title=made.title),
            "good",
        )
        return address("materials", course_id=course_id)

    return _answer(form, add) or _shown("material_new", form, course=course)


@blueprint.route("/courses/<int:course_id>/materials/<int:material_id>", methods=["GET", "POST"])
@requires(EDIT_COURSE, "GET", "POST")
@takes_files
def change_material(course_id: int, material_id: int) -> ResponseReturnValue:
    """Another title, or another file in the place of the one that is there."""
    course, row = found(Course, course_id), _material(course_id, material_id)
    form = ChangeMaterialForm(title=row.title)

    def change(received: Received | None) -> str:
        services.change(
            db.session,
            current_actor(),
            course_id,
            material_id,
            title=form.title.data or "",
            received=received,
        )
        flash(_("Saved. The history says what changed."), "good")
        return address("materials", course_id=course_id)

    return _answer(form, change) or _shown("material_change", form, course=course, material=row)


@blueprint.route(
    "/courses/<int:course_id>/materials/<int:material_id>/remove", methods=["GET", "POST"]
)
@requires(EDIT_COURSE, "GET", "POST")
def remove_material(course_id: int, material_id: int) -> ResponseReturnValue:
    """Take a handout away, after a question."""
    course, row, form = found(Course, course_id), _material(course_id, material_id), ConfirmForm()

    def remove() -> str:
        title = services.remove(db.session, current_actor(), course_id, material_id)
        flash(_("“%(title)s” is removed.", title=title), "good")
        return address("materials", course_id=course_id)

    if form.validate_on_submit() and (response := once(form, remove)):
        return response
    return _shown("material_remove", form, course=course, material=row)


@blueprint.post("/courses/<int:course_id>/materials/<int:material_id>/up")
@requires(EDIT_COURSE, "POST")
def move_material(course_id: int, material_id: int) -> ResponseReturnValue:
    """One place up in the order."""
    services.move_up(db.session, current_actor(), course_id, material_id)
    return redirect(address("materials", course_id=course_id), SEE_OTHER)


@blueprint.get("/courses/<int:course_id>/materials/<int:material_id>/file")
@requires(EDIT_COURSE)
def material_file(course_id: int, material_id: int) -> ResponseReturnValue:
    """The file itself."""
    file_id = queries.file_of_course(db.session, course_id, material_id)
    if file_id is None:
        raise MissingError(material_id)
    return send(db.session, file_id)


def _answer(
    form: ChangeMaterialForm, work: Callable[[Received | None], str]
) -> ResponseReturnValue | None:
    """Check the file, with no transaction open, and then do the work; None when the form is refused."""
    if not form.validate_on_submit():
        return None
    received = None
    try:
        if form.sent is not None:
            received = receive(db.session, *form.sent)
    except RefusedError as error:
        form.refuse_file(error)
        return None
    return once(form, lambda: work(received))


def _shown(
    name: str, form: ChangeMaterialForm | ConfirmForm, **values: object
) -> ResponseReturnValue:
    if isinstance(form, ChangeMaterialForm):
        form.ask_for_file_again()
    page = render_template(f"courses/manage/{name}.html", form=form, **values)
    return page, REFUSED if form.errors else 200


def _material(course_id: int, material_id: int) -> CourseMaterial:
    row = found(CourseMaterial, material_id)
    if row.course_id != course_id:
        raise MissingError(material_id)
    return row
