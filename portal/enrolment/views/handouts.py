"""Handouts of a course: for those with a place on it, and for those who lead it."""

from __future__ import annotations

from flask import abort
from flask.typing import ResponseReturnValue

from portal.courses.api import material_file_of_run
from portal.db import db
from portal.enrolment import policies
from portal.enrolment.queries.own import own_place
from portal.enrolment.views import blueprint
from portal.enrolment.views.frame import found
from portal.enrolment.views.register import mine
from portal.files.api import send
from portal.plugin_api import current_actor, signed_in


@blueprint.get("/me/courses/<int:enrolment_id>/handouts/<int:material_id>")
@signed_in
def my_handout(enrolment_id: int, material_id: int) -> ResponseReturnValue:
    """One handout of a course on which they have a place."""
    person_id = current_actor().person_id
    held = found(own_place(db.session, person_id, enrolment_id) if person_id else None)
    if not policies.may_have_handouts(held.state):
        abort(404)
    return _send(held.run.id, material_id)


@blueprint.get("/registers/<int:session_id>/handouts/<int:material_id>")
@signed_in
def register_handout(session_id: int, material_id: int) -> ResponseReturnValue:
    """One handout of a course of which they lead a session, or take every register."""
    return _send(mine(session_id, policies.may_prepare).run_id, material_id)


def _send(run_id: int, material_id: int) -> ResponseReturnValue:
    file_id = material_file_of_run(db.session, run_id, material_id)
    if file_id is None:
        abort(404)
    return send(db.session, file_id)
