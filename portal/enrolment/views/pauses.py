"""Taking a break, and being back: by the person themselves, or for whoever told the college.

The day is asked first; then what it means for each course, before anything is changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal import clock
from portal.accounts.api import EDIT_CONTACT, person_here
from portal.db import db
from portal.enrolment.forms.pauses import PauseForForm, PauseForm
from portal.enrolment.forms.taking import ConfirmForm
from portal.enrolment.models import How
from portal.enrolment.policies import ARRANGE
from portal.enrolment.queries.pauses import Missed, missed_until, pause_at
from portal.enrolment.services import pauses, rules, spans
from portal.enrolment.services.outcomes import RefusedError
from portal.enrolment.views import blueprint
from portal.enrolment.views.blocks import attempt, zone
from portal.enrolment.views.frame import SEE_OTHER, found, page, sent, today
from portal.enrolment.views.taking import me
from portal.plugin_api import current_actor, requires, signed_in
from portal.ui.filters import day


@dataclass(frozen=True, slots=True)
class Look:
    """What a break to a day would mean."""

    last_day: date
    missed: list[Missed]


def _asked(form: PauseForm | PauseForForm) -> None:
    weeks = rules.number(db.session, spans.PAUSE_WEEKS)
    form.last_day.description = ngettext(
        "At most %(num)d week from now. It can end earlier at any time.",
        "At most %(num)d weeks from now. It can end earlier at any time.",
        weeks,
    )


def _look(form: PauseForm | PauseForForm, person_id: int) -> Look | None:
    """What the day that was typed means, before it is confirmed; None once it was seen, or when refused."""
    if not form.validate_on_submit() or form.seen.data == form.last_day.data.isoformat():
        return None
    last_day = form.last_day.data
    try:
        pauses.check_day(db.session, last_day, today())
    except RefusedError as error:
        form.refuse(error.field, error.reason)
        return None
    form.seen.data = last_day.isoformat()
    until = pauses.end_of(last_day, zone())
    return Look(last_day, missed_until(db.session, person_id, clock.now(), until))


@blueprint.route("/me/break", methods=["GET", "POST"])
@signed_in("GET", "POST")
def my_break() -> ResponseReturnValue:
    """Take a break, or see the one that is on."""
    form, now = PauseForm(), clock.now()
    _asked(form)
    look = _look(form, me())

    def work() -> str:
        pauses.begin(
            db.session, current_actor(), me(), last_day=form.last_day.data, zone=zone(), at=now
        )
        until = day(form.last_day.data)
        flash(_("You are taking a break until %(day)s. We keep your places.", day=until), "good")
        return url_for("enrolment.my_courses")

    if look is None and not form.errors and (response := attempt(form, work)):
        return response
    return page("break/mine.html", form, pause=pause_at(db.session, me(), now), look=look)


@blueprint.post("/me/break/end")
@signed_in("POST")
def end_my_break() -> ResponseReturnValue:
    """I am back."""

    def work() -> str:
        pauses.resume(db.session, current_actor(), me(), at=clock.now())
        flash(_("Welcome back. Your next sessions are here."), "good")
        return url_for("enrolment.my_courses")

    return sent(ConfirmForm(), work) or redirect(url_for("enrolment.my_courses"), SEE_OTHER)


@blueprint.route("/manage/places/people/<int:person_id>/break", methods=["GET", "POST"])
@requires(ARRANGE, "GET", "POST")
def break_for(person_id: int) -> ResponseReturnValue:
    """A break for somebody who told the college."""
    person = found(person_here(db.session, person_id))
    form, now = PauseForForm(data={"agreed_on": today()}), clock.now()
    form.today = today()
    _asked(form)
    here = url_for("enrolment.break_for", person_id=person_id)
    look = _look(form, person_id)

    def work() -> str:
        pauses.begin(
            db.session,
            current_actor(),
            person_id,
            last_day=form.last_day.data,
            zone=zone(),
            at=now,
            how=How(form.how.data),
            agreed_on=form.agreed_on.data,
        )
        flash(_("Written down. We keep their places."), "good")
        return here

    if look is None and not form.errors and (response := attempt(form, work)):
        return response
    return page(
        "break/for.html",
        form,
        person=person,
        pause=pause_at(db.session, person_id, now),
        look=look,
        back=url_for("accounts.person_contact", person_id=person_id)
        if current_actor().can(EDIT_CONTACT)
        else "",
    )


@blueprint.post("/manage/places/people/<int:person_id>/break/end")
@requires(ARRANGE, "POST")
def end_break_for(person_id: int) -> ResponseReturnValue:
    """They told the college that they are back."""
    here = url_for("enrolment.break_for", person_id=person_id)

    def work() -> str:
        pauses.resume(db.session, current_actor(), person_id, at=clock.now())
        flash(_("Their break is over. They come to their next sessions."), "good")
        return here

    return sent(ConfirmForm(), work) or redirect(here, SEE_OTHER)
