"""One's own way to leading: the steps, a pause, a rest, an end. None asks for a reason."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.db import db
from portal.facilitators.forms.pathway import ButtonForm
from portal.facilitators.models import Stage
from portal.facilitators.queries.opportunities import interests_of
from portal.facilitators.queries.pathway import moves_of, way_of
from portal.facilitators.services import pathway as services
from portal.facilitators.services.errors import MissingRecordError
from portal.facilitators.views.frame import SEE_OTHER, blueprint, me, names, page, sent
from portal.facilitators.words import pathway as pathway_words
from portal.plugin_api import current_actor, signed_in


def _own() -> ResponseReturnValue:
    return redirect(url_for("facilitators.pathway"), SEE_OTHER)


@blueprint.get("/me/pathway")
@signed_in
def pathway() -> str:
    """Where somebody is, what comes next, and what each step asks, why, how long and who helps."""
    way = way_of(db.session, me())
    moves = moves_of(db.session, me()) if way else ()
    return render_template(
        "facilitators/pathway/own.html",
        way=way,
        moves=moves,
        titles={state.step.key: state.step.title for state in way.steps} if way else {},
        people=names(one.recorded_by_id for one in moves if one.recorded_by_id),
        words=pathway_words,
        chats=[one for one in interests_of(db.session, me()) if one.is_open],
    )


@blueprint.post("/me/pathway/pause")
@signed_in("POST")
def pathway_pause() -> ResponseReturnValue:
    """A pause, or a rest for whoever leads."""
    services.pause(db.session, current_actor(), me())
    flash(_("You are having a break. Come back whenever you like: nothing is lost."), "good")
    return _own()


@blueprint.post("/me/pathway/back")
@signed_in("POST")
def pathway_back() -> ResponseReturnValue:
    """Back again, where they were."""
    services.come_back(db.session, current_actor(), me())
    flash(_("Good to have you back. You go on where you were."), "good")
    return _own()


@blueprint.route("/me/pathway/leave", methods=["GET", "POST"])
@signed_in("GET", "POST")
def pathway_leave() -> ResponseReturnValue:
    """Stop, once it is clear what follows."""
    way = way_of(db.session, me())
    if way is None:
        raise MissingRecordError
    form = ButtonForm()

    def work() -> str:
        services.leave(db.session, current_actor(), me())
        flash(_("You have stopped. Thank you for all you gave."), "good")
        return url_for("facilitators.pathway")

    if way.stage is Stage.LEFT and not form.is_submitted():
        return _own()
    return sent(form, work) or page("pathway/leave.html", form, way=way)
