"""A place that somebody has: what comes next, how to change it, how to give it up. Own places only.

Whoever a person agreed to sees and changes it for them, except what they wrote for those who lead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.api import people_by_ids
from portal.courses.api import CourseRef, Meeting, courses_by_ids
from portal.db import db
from portal.enrolment.forms.taking import (
    MODES,
    ChangeModeForm,
    ChangeNeedsForm,
    ConfirmForm,
    TurnForm,
)
from portal.enrolment.models import EnrolmentState, Mark, TakesPart
from portal.enrolment.queries.asking import is_interested, owner_of_place
from portal.enrolment.queries.mine import MyPlace, companions, my_place
from portal.enrolment.services import agreements, seats, wishes
from portal.enrolment.views import blueprint
from portal.enrolment.views.frame import SEE_OTHER, found, page, sent
from portal.enrolment.views.taking import me, needs_until
from portal.messages.api import REMINDER_HOURS, remind_at
from portal.plugin_api import current_actor, signed_in
from portal.plugin_api.dispatch import setting


@dataclass(frozen=True, slots=True)
class MyMeeting:
    """A session to come, and whether the person has said that they cannot."""

    meeting: Meeting
    sorry: bool
    is_first: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A place, and whose it is. `name` is empty for the reader's own."""

    place: MyPlace
    name: str
    active: bool

    @property
    def own(self) -> bool:
        """True for the reader's own place."""
        return not self.name

    @property
    def url(self) -> str:
        """The page of this place: the reader's own stands among their courses."""
        name = "enrolment.place" if self.own else "enrolment.place_of_another"
        return url_for(name, enrolment_id=self.place.enrolment_id)

    @property
    def other_mode(self) -> TakesPart | None:
        """The other way of taking part, where the run offers both."""
        if self.place.run.mode.value != "both":
            return None
        online = self.place.mode is TakesPart.ONLINE
        return TakesPart.IN_PERSON if online else TakesPart.ONLINE


def _kept(enrolment_id: int) -> Kept:
    """The place, when it is the actor's or of somebody who agreed that they act; else there is none."""
    owner = owner_of_place(db.session, enrolment_id)
    if owner is None or not agreements.may_act_for(db.session, current_actor(), owner):
        abort(404)
    place = found(my_place(db.session, owner, enrolment_id))
    name = "" if owner == me() else people_by_ids(db.session, [owner])[owner].name
    return Kept(place, name, place.state is EnrolmentState.ENROLLED)


def _active(enrolment_id: int) -> Kept:
    kept = _kept(enrolment_id)
    if not kept.active:
        abort(404)
    return kept


def _coming(kept: Kept, at: datetime) -> list[MyMeeting]:
    held = [one.id for one in kept.place.run.meetings if not one.cancelled]
    return [
        MyMeeting(one, kept.place.marks.get(one.id) is Mark.APOLOGIES, [one.id] == held[:1])
        for one in kept.place.run.meetings
        if one.ends_at > at
    ]


@blueprint.get("/places/<int:enrolment_id>/done")
@signed_in
def done(enrolment_id: int) -> ResponseReturnValue:
    """They have a place: what happens next."""
    kept, now = _active(enrolment_id), clock.now()
    theirs = [
        one
        for one in _coming(kept, now)
        if not one.meeting.cancelled and one.meeting.starts_at >= kept.place.from_at
    ]
    first = theirs[0] if theirs else None
    return render_template(
        "enrolment/done.html",
        kept=kept,
        first=first.meeting if first else None,
        begins=first is not None and first.is_first,
        reminder=int(setting(db.session, REMINDER_HOURS)),
        reminded=[one.meeting for one in theirs if _is_reminded_of(one.meeting, now)],
    )


def _is_reminded_of(meeting: Meeting, now: datetime) -> bool:
    """Whether the moment to remind of it is still to come; one that is past is never made up for."""
    moment = remind_at(db.session, meeting.starts_at, meeting.zone)
    return moment is not None and moment > now


def changes(place: MyPlace) -> list[tuple[str, str]]:
    """What the person can change about their own place: words and addresses, for its page."""
    if place.state is not EnrolmentState.ENROLLED:
        return []
    key = place.enrolment_id
    found = [
        (_("Change what those who lead know"), url_for("enrolment.change_needs", enrolment_id=key))
    ]
    if Kept(place, "", active=True).other_mode is not None:
        found.append(
            (_("Change how I take part"), url_for("enrolment.change_how", enrolment_id=key))
        )
    return [*found, (_("Give up my place"), url_for("enrolment.leave", enrolment_id=key))]


@blueprint.get("/places/<int:enrolment_id>")
@signed_in
def place_of_another(enrolment_id: int) -> ResponseReturnValue:
    """The place of somebody who agreed that the reader acts for them; the reader's own is elsewhere."""
    kept, now = _kept(enrolment_id), clock.now()
    if kept.own:
        return redirect(kept.url, SEE_OTHER)
    people = companions(db.session, enrolment_id)
    known = people_by_ids(db.session, [one.person_id for one in people if one.person_id])
    return render_template(
        "enrolment/kept.html",
        kept=kept,
        coming=_coming(kept, now),
        modes=MODES,
        until=needs_until(kept.place.run),
        people=[
            known[one.person_id].name if one.person_id in known else one.guest_name
            for one in people
        ],
    )


@blueprint.route("/places/<int:enrolment_id>/leave", methods=["GET", "POST"])
@signed_in("GET", "POST")
def leave(enrolment_id: int) -> ResponseReturnValue:
    """Give the place up. Nobody asks why."""
    kept, form = _kept(enrolment_id), ConfirmForm()

    def work() -> str:
        seats.withdraw(db.session, current_actor(), enrolment_id, at=clock.now())
        flash(_("The place is given up. You can come back another time."), "good")
        run = kept.place.run
        return url_for("courses.run", slug=run.course_slug, reference=run.reference)

    if response := sent(form, work):
        return response
    if not kept.active:
        abort(404)
    people = companions(db.session, enrolment_id)
    return page("leave.html", form, kept=kept, others=len(people))


@blueprint.route("/places/<int:enrolment_id>/how", methods=["GET", "POST"])
@signed_in("GET", "POST")
def change_how(enrolment_id: int) -> ResponseReturnValue:
    """In person or online, from now on."""
    kept = _active(enrolment_id)
    if kept.other_mode is None:
        abort(404)
    form = ChangeModeForm(data={"mode": kept.place.mode.value})

    def work() -> str:
        mode = TakesPart(form.mode.data)
        seats.change_mode(db.session, current_actor(), enrolment_id, mode, at=clock.now())
        flash(_("Saved. You take part like this from now on."), "good")
        return kept.url

    return sent(form, work) or page("change_how.html", form, kept=kept)


@blueprint.route("/places/<int:enrolment_id>/needs", methods=["GET", "POST"])
@signed_in("GET", "POST")
def change_needs(enrolment_id: int) -> ResponseReturnValue:
    """What the people who lead should know; nothing takes it back."""
    kept = _active(enrolment_id)
    form = ChangeNeedsForm(data={"needs": kept.place.needs(db.session) if kept.own else ""})

    def work() -> str:
        words = form.needs.data or ""
        wishes.share_needs(db.session, enrolment_id, words, at=clock.now())
        flash(_("Saved. The people who lead can read it.") if words else _("Taken back."), "good")
        return kept.url

    return sent(form, work) or page(
        "change_needs.html", form, kept=kept, until=needs_until(kept.place.run)
    )


@blueprint.route(
    "/places/<int:enrolment_id>/sessions/<int:session_id>/sorry", methods=["GET", "POST"]
)
@signed_in("GET", "POST")
def apologise(enrolment_id: int, session_id: int) -> ResponseReturnValue:
    """Say ahead that one session is not possible, or that it is after all."""
    kept, form = _active(enrolment_id), TurnForm()
    coming = [one for one in _coming(kept, clock.now()) if not one.meeting.cancelled]
    mine = found(next((one for one in coming if one.meeting.id == session_id), None))

    def work() -> str:
        session, actor, now = db.session, current_actor(), clock.now()
        if form.on:
            wishes.apologise(session, actor, enrolment_id, session_id, at=now)
            flash(_sorry_words(mine, kept), "good")
        else:
            wishes.take_back_apology(session, actor, enrolment_id, session_id, at=now)
            flash(_("Good, we look forward to seeing you."), "good")
        return kept.url

    if response := sent(form, work):
        return response
    form.turn.data = "off" if mine.sorry else "on"
    needed = mine.is_first and kept.place.run.first_required
    return page("sorry.html", form, kept=kept, mine=mine, first_needed=needed)


def _sorry_words(mine: MyMeeting, kept: Kept) -> str:
    words: str = (
        _("Thank you for telling us. After the session we offer you the next dates.")
        if mine.is_first and kept.place.run.first_required
        else _("Thank you for telling us. You keep your place.")
    )
    return words


@blueprint.route("/places/courses/<int:course_id>/interest", methods=["GET", "POST"])
@signed_in("GET", "POST")
def interest(course_id: int) -> ResponseReturnValue:
    """Be told when a course has dates, or not any more."""
    course: CourseRef = found(courses_by_ids(db.session, [course_id]).get(course_id))
    form, wanted = TurnForm(), is_interested(db.session, me(), course_id)

    def work() -> str:
        if form.on:
            wishes.note_interest(db.session, course_id, me(), at=clock.now())
            flash(_("We will tell you as soon as it has dates."), "good")
        else:
            wishes.forget_interest(db.session, course_id, me())
            flash(_("We will not tell you."), "good")
        return url_for("courses.course", slug=course.slug)

    if response := sent(form, work):
        return response
    form.turn.data = "off" if wanted else "on"
    return page("interest.html", form, course=course, wanted=wanted)
