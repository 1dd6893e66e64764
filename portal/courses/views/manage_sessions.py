"""Staff pages about single sessions: moving, cancelling, telling students, and who leads."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.api import PersonRef, people_by_ids, person_search
from portal.courses.forms.base import ConfirmForm, OnceForm, ReasonForm
from portal.courses.forms.runs import LeaderForm, MoveForm, SessionForm, TellForm, WaiverForm
from portal.courses.models import CourseSession, Run
from portal.courses.policies import PLAN_RUN
from portal.courses.queries import manage as queries
from portal.courses.queries.manage import SessionLine
from portal.courses.services import leaders, runs, sessions
from portal.courses.services.errors import StaleEditError
from portal.courses.views.manage import (
    REFUSED,
    address,
    blueprint,
    changed_words,
    college_zone,
    first,
    found,
    once,
    text_of,
)
from portal.db import db
from portal.plugin_api import current_actor, requires


def _line(session_id: int) -> SessionLine:
    return first(queries.sessions(db.session, clock.now(), session_id=session_id))


def _status(form: OnceForm) -> int:
    return REFUSED if form.errors else 200


@blueprint.get("/sessions/<int:session_id>")
@requires(PLAN_RUN)
def session(session_id: int) -> ResponseReturnValue:
    """One session: when, where, and who leads it."""
    return _session_page(session_id, ConfirmForm())


def _session_page(session_id: int, settle: ConfirmForm) -> str:
    line = _line(session_id)
    led_by = queries.leaders(db.session, session_id)
    people = people_by_ids(db.session, [one.person_id for one in led_by])
    return render_template(
        "courses/manage/session.html",
        session=line,
        row=found(CourseSession, session_id),
        leaders=[(people.get(one.person_id), one) for one in led_by],
        waiver=queries.waiver(db.session, session_id),
        form=settle,
    )


@blueprint.route("/runs/<int:run_id>/sessions/new", methods=["GET", "POST"])
@requires(PLAN_RUN, "GET", "POST")
def add_session(run_id: int) -> ResponseReturnValue:
    """One more session, a week after the last unless somebody says otherwise."""
    run = first(queries.runs(db.session, clock.now(), run_id=run_id))
    existing = runs.sessions_of(db.session, run_id)
    form = SessionForm(data=_like(existing[-1]) if existing else None)
    form.offer(queries.venues(db.session))

    def add() -> str:
        sessions.add_session(
            db.session,
            current_actor(),
            run_id,
            form.time(),
            zone=college_zone(),
            room_shared=bool(form.room_shared.data),
        )
        flash(_("The session is added."), "good")
        return address("run", run_id=run_id)

    if form.validate_on_submit() and (response := once(form, add)):
        return response
    return render_template("courses/manage/session_add.html", form=form, run=run), _status(form)


def _like(last: CourseSession) -> dict[str, object]:
    return {
        "starts": last.local_time,
        "minutes": last.minutes,
        "venue_id": str(last.venue_id or ""),
    }


@blueprint.route("/sessions/<int:session_id>/move", methods=["GET", "POST"])
@requires(PLAN_RUN, "GET", "POST")
def move_session(session_id: int) -> ResponseReturnValue:
    """Another time or place, with the reason that students will read."""
    row = found(CourseSession, session_id)
    form = MoveForm.showing(row)
    venues = queries.venues(db.session)
    form.offer(venues)

    def move() -> str:
        moved = sessions.move_session(
            db.session,
            current_actor(),
            session_id,
            form.time(),
            version=form.seen_version,
            reason=form.reason.data or "",
            room_shared=bool(form.room_shared.data),
        )
        flash(_("Session %(number)d is moved.", number=moved.number), "good")
        return address("session", session_id=session_id)

    clash = False
    if form.validate_on_submit():
        try:
            if response := once(form, move):
                return response
        except StaleEditError as error:
            clash = True
            typed = form.data | {"version": str(error.version)}
            form = MoveForm(formdata=None, data=typed)
            form.offer(venues)
    return (
        render_template(
            "courses/manage/session_move.html", form=form, session=_line(session_id), clash=clash
        ),
        REFUSED if clash else _status(form),
    )


@blueprint.route("/sessions/<int:session_id>/cancel", methods=["GET", "POST"])
@requires(PLAN_RUN, "GET", "POST")
def cancel_session(session_id: int) -> ResponseReturnValue:
    """Cancel one session, with the reason that students will read."""
    form = ReasonForm()

    def cancel() -> str:
        one = sessions.cancel_session(
            db.session, current_actor(), session_id, reason=form.reason.data or ""
        )
        flash(_("Session %(number)d is cancelled.", number=one.number), "good")
        return address("run", run_id=one.run_id)

    return _ask(form, session_id, cancel, "courses/manage/session_cancel.html")


@blueprint.post("/sessions/<int:session_id>/settle")
@requires(PLAN_RUN, "POST")
def settle_session(session_id: int) -> ResponseReturnValue:
    """Everybody has been told of the move."""
    form = ConfirmForm()

    def settle() -> str:
        sessions.settle_session(db.session, current_actor(), session_id)
        flash(_("The session is at its new time."), "good")
        return address("session", session_id=session_id)

    if form.validate_on_submit() and (response := once(form, settle)):
        return response
    return _session_page(session_id, form), REFUSED


@blueprint.route("/sessions/<int:session_id>/tell", methods=["GET", "POST"])
@requires(PLAN_RUN, "GET", "POST")
def tell_students(session_id: int) -> ResponseReturnValue:
    """The note to students, and the link to join online."""
    row = found(CourseSession, session_id)
    form = TellForm(data={"note": row.note, "online_link": row.online_link})

    def tell() -> str:
        sessions.tell_students(
            db.session,
            current_actor(),
            session_id,
            note=form.note.data or "",
            online_link=form.online_link.data or "",
        )
        flash(changed_words(), "good")
        return address("session", session_id=session_id)

    return _ask(form, session_id, tell, "courses/manage/session_tell.html")


@blueprint.route("/sessions/<int:session_id>/waive", methods=["GET", "POST"])
@requires(PLAN_RUN, "GET", "POST")
def waive_pair(session_id: int) -> ResponseReturnValue:
    """Let a session go ahead without a pair."""
    form = WaiverForm()

    def waive() -> str:
        leaders.waive_pair(db.session, current_actor(), session_id, reason=form.reason.data or "")
        if leaders.at_risk(db.session, session_id):
            flash(_("It can go ahead without a pair once somebody leads it."), "warn")
        else:
            flash(_("The session can go ahead without a pair."), "good")
        return address("session", session_id=session_id)

    return _ask(form, session_id, waive, "courses/manage/session_waive.html")


@blueprint.route("/sessions/<int:session_id>/leaders", methods=["GET", "POST"])
@requires(PLAN_RUN, "GET", "POST")
def add_leader(session_id: int) -> ResponseReturnValue:
    """Look for a person by name, then say what they bring."""
    line = _line(session_id)
    words = text_of("q")
    people = person_search(db.session, words) if words else []
    form = LeaderForm()
    form.person_id.choices = [(str(one.id), _with_pronouns(one)) for one in people]

    def assign() -> str:
        person_id, perspective = form.chosen()
        leaders.assign(db.session, current_actor(), session_id, person_id, perspective)
        flash(_("%(name)s leads this session.", name=_name(people, person_id)), "good")
        return address("session", session_id=session_id)

    if form.validate_on_submit() and (response := once(form, assign)):
        return response
    return (
        render_template(
            "courses/manage/session_leader.html",
            form=form,
            session=line,
            words_typed=words,
            people=people,
        ),
        _status(form),
    )


def _with_pronouns(person: PersonRef) -> str:
    return f"{person.name} ({person.pronouns})" if person.pronouns else person.name


def _name(people: list[PersonRef], person_id: int) -> str:
    return next((one.name for one in people if one.id == person_id), "")


@blueprint.route(
    "/sessions/<int:session_id>/leaders/<int:person_id>/remove", methods=["GET", "POST"]
)
@requires(PLAN_RUN, "GET", "POST")
def remove_leader(session_id: int, person_id: int) -> ResponseReturnValue:
    """Somebody no longer leads a session; nobody has to say why."""
    led_by = {one.person_id for one in queries.leaders(db.session, session_id)}
    person = people_by_ids(db.session, [person_id]).get(person_id)
    form = ConfirmForm()

    def remove() -> str:
        leaders.unassign(db.session, current_actor(), session_id, person_id)
        flash(_("They no longer lead this session."), "good")
        return address("session", session_id=session_id)

    if form.validate_on_submit() and (response := once(form, remove)):
        return response
    if person is None or person_id not in led_by:
        abort(404)
    return (
        render_template(
            "courses/manage/leader_remove.html",
            form=form,
            session=_line(session_id),
            person=person,
        ),
        _status(form),
    )


def _ask(
    form: OnceForm, session_id: int, work: Callable[[], str], template: str
) -> ResponseReturnValue:
    line = _line(session_id)
    if form.validate_on_submit() and (response := once(form, work)):
        return response
    return (
        render_template(template, form=form, session=line, run=found(Run, line.run_id)),
        _status(form),
    )
