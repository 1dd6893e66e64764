"""My sessions: what waits for an answer, what somebody leads and with whom, and the answers themselves."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.db import db
from portal.facilitators.forms.own import YesForm
from portal.facilitators.models import Facilitator, Stage
from portal.facilitators.policies import OWN_STEPS
from portal.facilitators.queries import asks, people
from portal.facilitators.queries import mine as queries
from portal.facilitators.queries.finding import learning_then
from portal.facilitators.services import asking
from portal.facilitators.services import people as services
from portal.facilitators.services.errors import MissingRecordError, RefusedError
from portal.facilitators.views.frame import SEE_OTHER, blueprint, me, names, page, sent, today
from portal.plugin_api import current_actor, signed_in


@blueprint.get("/leading")
@signed_in
def mine() -> str:
    """What waits for my answer, what I lead and with whom; when I can and how much."""
    at, person_id = clock.now(), me()
    led = queries.led_from(db.session, person_id, at)
    people_of = names(other.person_id for one in led for other in one.others)
    record = db.session.get(Facilitator, person_id)
    coming = [one for one in led if one.own.ends_at > at]
    return render_template(
        "facilitators/mine.html",
        questions=queries.questions(db.session, person_id, at),
        coming=coming,
        learns={one.session_id for one in learning_then(db.session, [one.own for one in coming])},
        over=[one for one in reversed(led) if one.own.ends_at <= at],
        together={
            one.meeting.id: ", ".join(
                people_of[other.person_id].name
                for other in one.others
                if other.person_id in people_of
            )
            for one in led
        },
        record=record,
        steps=OWN_STEPS.get(record.stage, ()) if record else (),
        away=people.away_of(db.session, person_id, today()),
        cleared=people.latest_clearances(db.session, person_id=person_id),
        today=today(),
    )


def _own(ask_id: int) -> None:
    """A question to this person, answered or not."""
    found = asks.one_asked(db.session, ask_id)
    if found is None or found.person_id != me():
        raise MissingRecordError(ask_id)


@blueprint.route("/leading/asks/<int:ask_id>", methods=["GET", "POST"])
@signed_in("GET", "POST")
def answer(ask_id: int) -> ResponseReturnValue:
    """Can you lead this session? The first who says yes has it."""
    _own(ask_id)
    found = queries.questions(db.session, me(), clock.now())
    question = next((one for one in found if one.ask.id == ask_id), None)
    if question is None:
        return render_template("facilitators/answered.html")
    form = YesForm()
    form.offer(question.meeting)

    def yes() -> str:
        if asking.say_yes(db.session, current_actor(), ask_id, form.chosen()):
            flash(_("Thank you. You lead this session."), "good")
            return url_for("facilitators.session", session_id=question.meeting.id)
        flash(_("Somebody was quicker, and leads it. Thank you all the same."), "good")
        return url_for("facilitators.mine")

    if response := sent(form, yes):
        return response
    return page("answer.html", form, one=question.meeting, ask_id=ask_id)


@blueprint.post("/leading/asks/<int:ask_id>/no")
@signed_in("POST")
def decline(ask_id: int) -> ResponseReturnValue:
    """Not this time. Nobody asks why."""
    _own(ask_id)
    asking.say_no(db.session, current_actor(), ask_id)
    flash(_("That is fine. Thank you for answering."), "good")
    return redirect(url_for("facilitators.mine"), SEE_OTHER)


@blueprint.post("/leading/stage/<stage>")
@signed_in("POST")
def own_step(stage: str) -> ResponseReturnValue:
    """Rest, come back, or leave: at any time, without a reason."""
    if stage not in _SAID:
        abort(404)
    try:
        services.step(db.session, current_actor(), me(), Stage(stage))
    except RefusedError as error:
        flash(str(error.reason), "warn")
    else:
        flash(_SAID[stage](), "good")
    return redirect(url_for("facilitators.mine"), SEE_OTHER)


def _resting() -> str:
    words: str = _("You are resting. Nobody asks you to lead until you say that you are back.")
    return words


def _back() -> str:
    words: str = _("Welcome back. You may be asked to lead again.")
    return words


def _left() -> str:
    words: str = _("You lead no sessions any more. Thank you for all that you gave.")
    return words


_SAID = {"resting": _resting, "active": _back, "left": _left}
