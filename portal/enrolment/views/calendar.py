"""My sessions in my own calendar: a private address that needs no sign-in, and the page that makes it."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.config import Settings
from portal.courses.api import calendar_of
from portal.db import db
from portal.enrolment.models import Mark, TakesPart
from portal.enrolment.queries import mine
from portal.enrolment.services import calendar_feeds
from portal.enrolment.views import blueprint
from portal.enrolment.views.frame import REFUSED, SEE_OTHER
from portal.plugin_api import current_actor, public, signed_in
from portal.ui.forms import OnceForm

KEPT = timedelta(days=90)  # how long a session that is over stays in the calendar


@blueprint.get("/me/calendar")
@signed_in
def my_calendar() -> ResponseReturnValue:
    """What the private address is for, and a button to make one."""
    return _page("")


@blueprint.post("/me/calendar")
@signed_in("POST", fresh=True)
def open_calendar() -> ResponseReturnValue:
    """Make a new address and show it, this once: afterwards nobody here can."""
    actor, form = current_actor(), OnceForm()
    if actor.person_id is None or not form.validate_on_submit():
        return _page("", REFUSED)
    token = calendar_feeds.token_of(_settings().secret, actor.person_id, form.key)
    calendar_feeds.open_feed(db.session, actor, actor.person_id, token, at=clock.now())
    if (
        calendar_feeds.owner(db.session, token) is None
    ):  # an old page, sent again after it was ended
        return redirect(url_for("enrolment.my_calendar"), SEE_OTHER)
    path = url_for("enrolment.calendar_feed", token=token)
    return _page(f"{_settings().base_url}{path}")


@blueprint.post("/me/calendar/end")
@signed_in("POST")
def close_calendar() -> ResponseReturnValue:
    """End the address. Calendars that follow it find nothing from now on."""
    actor = current_actor()
    if actor.person_id is not None:
        calendar_feeds.close_feeds(db.session, actor, actor.person_id, at=clock.now())
    flash(_("The address leads nowhere now."), "good")
    return redirect(url_for("enrolment.my_calendar"), SEE_OTHER)


@blueprint.get("/calendar/mine/<token>.ics")
@public
def calendar_feed(token: str) -> ResponseReturnValue:
    """All sessions of one person, for a calendar program. Whoever has the address may read it."""
    person_id = calendar_feeds.owner(db.session, token)
    if person_id is None:
        abort(404)
    now = clock.now()
    mine_all = mine.my_courses(db.session, person_id, now)
    chosen, excused, online = [], set(), set()
    for place in (*mine_all.coming, *mine_all.past):
        for meeting in place.run.meetings:
            if meeting.starts_at >= place.from_at and meeting.ends_at > now - KEPT:
                chosen.append((place.run, meeting))
                if place.marks.get(meeting.id) is Mark.APOLOGIES:
                    excused.add(meeting.id)
                if place.mode is TakesPart.ONLINE:
                    online.add(meeting.id)
    body = calendar_of(
        _("My courses"),
        sorted(chosen, key=lambda pair: (pair[1].starts_at, pair[1].id)),
        base_url=_settings().base_url + request.script_root,
        college=_settings().college.name,
        words={
            "online": _("Online"),
            "cancelled": _("Cancelled"),
            "excused": _("You said you cannot come"),
        },
        at=now,
        excused=excused,
        from_afar=online,
    )
    response = Response(body, content_type="text/calendar; charset=utf-8")
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["Content-Disposition"] = 'inline; filename="my-courses.ics"'
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _page(address: str, status: int = 200) -> Response:
    """The page; `address` is the one just made, or empty."""
    person_id = current_actor().person_id
    since = calendar_feeds.open_since(db.session, person_id) if person_id is not None else None
    html = render_template(
        "enrolment/my_calendar.html",
        form=OnceForm(formdata=None),
        address=address,
        since=since,
        back=url_for("enrolment.my_courses"),
        end=url_for("enrolment.close_calendar"),
    )
    return Response(html, status, headers={"Cache-Control": "no-store, private"})


def _settings() -> Settings:
    settings: Settings = current_app.settings  # type: ignore[attr-defined]  # the portal's own app
    return settings
