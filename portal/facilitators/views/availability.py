"""When I can lead, how much, and what I like: one question a page."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.courses.api import topics as all_topics
from portal.db import db
from portal.facilitators.forms.own import ActForm, AwayForm, MostForm, TopicsForm, WindowForm
from portal.facilitators.models import Facilitator
from portal.facilitators.queries.people import away_of
from portal.facilitators.queries.pool import windows
from portal.facilitators.services import availability
from portal.facilitators.services.errors import MissingRecordError
from portal.facilitators.views.frame import SEE_OTHER, blueprint, me, page, sent, today
from portal.plugin_api import signed_in


def _record() -> Facilitator:
    found = db.session.get(Facilitator, me())
    if found is None:
        raise MissingRecordError
    return found


@blueprint.route("/leading/most", methods=["GET", "POST"])
@signed_in("GET", "POST")
def most() -> ResponseReturnValue:
    """How many sessions a week."""
    form = MostForm(data={"most": _record().max_a_week})

    def save() -> str:
        availability.set_most(db.session, me(), int(form.most.data))
        flash(_("Saved. You are asked for no more than that."), "good")
        return url_for("facilitators.mine")

    return sent(form, save) or page("most.html", form)


@blueprint.route("/leading/topics", methods=["GET", "POST"])
@signed_in("GET", "POST")
def topics() -> ResponseReturnValue:
    """What I like to lead."""
    form = TopicsForm(data={"topics": [str(one) for one in _record().topics]})
    form.offer(all_topics(db.session))

    def save() -> str:
        availability.set_topics(db.session, me(), [int(one) for one in form.topics.data or ()])
        flash(_("Saved."), "good")
        return url_for("facilitators.mine")

    return sent(form, save) or page("topics.html", form)


@blueprint.route("/leading/times", methods=["GET", "POST"])
@signed_in("GET", "POST")
def times() -> ResponseReturnValue:
    """At which times of the week I can; without any, at all times."""
    record = _record()
    form = WindowForm()
    form.offer()

    def add() -> str:
        availability.add_window(
            db.session, me(), int(form.weekday.data), form.since.data, form.until.data
        )
        flash(_("Added. You are asked for these times alone."), "good")
        return url_for("facilitators.times")

    return sent(form, add) or page("times.html", form, windows=windows(record.weekly))


@blueprint.post("/leading/times/<int:number>/remove")
@signed_in("POST")
def remove_time(number: int) -> ResponseReturnValue:
    """Take one of the times away. The number is its place in the list: the form has one effect."""
    form = ActForm()

    def remove() -> str:
        availability.remove_window(db.session, me(), number)
        flash(_("Removed."), "good")
        return url_for("facilitators.times")

    _record()
    return sent(form, remove) or redirect(url_for("facilitators.times"), SEE_OTHER)


@blueprint.route("/leading/away", methods=["GET", "POST"])
@signed_in("GET", "POST")
def away() -> ResponseReturnValue:
    """Days on which I cannot lead. Nobody asks why."""
    _record()
    form = AwayForm()

    def add() -> str:
        availability.add_away(
            db.session, me(), form.first_day.data, form.last_day.data, today=today()
        )
        flash(_("Added. Nobody asks you for these days."), "good")
        return url_for("facilitators.away")

    return sent(form, add) or page("away.html", form, away=away_of(db.session, me(), today()))


@blueprint.post("/leading/away/<int:away_id>/remove")
@signed_in("POST")
def remove_away(away_id: int) -> ResponseReturnValue:
    """I can lead on these days after all."""
    form = ActForm()

    def remove() -> str:
        availability.remove_away(db.session, me(), away_id)
        flash(_("Removed."), "good")
        return url_for("facilitators.away")

    return sent(form, remove) or redirect(url_for("facilitators.away"), SEE_OTHER)
