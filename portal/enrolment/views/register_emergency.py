"""Whom to call for somebody in the room: for those who lead the session, on its day, one person at a time."""

from __future__ import annotations

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from portal import clock
from portal.accounts.api import people_by_ids
from portal.concerns.api import look_up_contact
from portal.courses.api import LedSession, led_session
from portal.db import db
from portal.enrolment import policies
from portal.enrolment.queries import register as queries
from portal.enrolment.services.leading import still_leads
from portal.enrolment.views import blueprint
from portal.plugin_api import current_actor, require_fresh, signed_in, writes

NOT_KEPT = {"Cache-Control": "no-store"}


def _led_today(session_id: int) -> LedSession:
    one = led_session(db.session, session_id)
    actor = current_actor()
    if one is None or not policies.may_see_emergency(actor, one, clock.now()):
        abort(404)
    if not still_leads(db.session, actor, one.id):
        abort(404)
    require_fresh(actor, policies.EMERGENCY_FRESH)
    return one


@blueprint.get("/registers/<int:session_id>/emergency")
@signed_in
def register_emergency(session_id: int) -> ResponseReturnValue:
    """The people of today, to choose from: whether they named somebody is not told yet."""
    one = _led_today(session_id)
    lines = queries.lines(db.session, one.run_id, one.id)
    people = people_by_ids(db.session, {line.person_id for line in lines if line.person_id})
    page = render_template(
        "enrolment/register/emergency.html",
        session=one,
        people=sorted(people.values(), key=lambda person: (person.name.casefold(), person.id)),
    )
    return page, 200, NOT_KEPT


@blueprint.get("/registers/<int:session_id>/emergency/<int:person_id>")
@signed_in
@writes
def register_emergency_of(session_id: int, person_id: int) -> ResponseReturnValue:
    """Whom one of them wants called. The look is put on record."""
    one = _led_today(session_id)
    lines = queries.lines(db.session, one.run_id, one.id)
    if person_id not in {line.person_id for line in lines}:
        abort(404)
    words = look_up_contact(db.session, current_actor(), person_id)
    page = render_template(
        "enrolment/register/emergency_of.html",
        session=one,
        person=people_by_ids(db.session, [person_id])[person_id],
        words=words,
    )
    return page, 200, NOT_KEPT
