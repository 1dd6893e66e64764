"""For coordinators: sessions at risk, who could lead one and why others not, asking, answers by telephone."""

from __future__ import annotations

from typing import Protocol

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal import clock
from portal.courses.api import (
    MissingError,
    Perspective,
    SessionToLead,
    leads_in_sessions,
    sessions_to_lead,
    sessions_without_pair,
    terms,
)
from portal.db import db
from portal.facilitators.forms.own import ActForm, YesForm
from portal.facilitators.forms.staff import AskForm, GiveForm
from portal.facilitators.models import AskState
from portal.facilitators.policies import FIND, MANAGE
from portal.facilitators.queries.asks import Asked, asked_for, one_asked
from portal.facilitators.queries.finding import flagged, off_record, taken_up
from portal.facilitators.queries.people import notes_of, plan_of
from portal.facilitators.queries.term import term_by_week
from portal.facilitators.services import asking, matching
from portal.facilitators.services.errors import MissingRecordError
from portal.facilitators.views.frame import (
    SEE_OTHER,
    blueprint,
    names,
    page,
    person_or_404,
    sent,
    today,
    zone,
)
from portal.facilitators.views.term import picture, span_of, term_to_show
from portal.plugin_api import current_actor, requires

MOST = 100


class HasPerson(Protocol):
    """Something about one person."""

    @property
    def person_id(self) -> int:
        """Whose it is."""


def _meeting(session_id: int) -> SessionToLead:
    found = sessions_to_lead(db.session, [session_id]).get(session_id)
    if found is None:
        raise MissingError(session_id)
    return found


def _address(session_id: int) -> str:
    return url_for("facilitators.match", session_id=session_id)


@blueprint.get("/manage/leading")
@requires(FIND)
def at_risk() -> str:
    """A term by week, sessions to come that lack a pair, and what else somebody should look at."""
    at, slug = clock.now(), request.args.get("term", "")
    known = terms(db.session)
    term = term_to_show(known, slug, today())
    chosen = term if term and term.slug == slug else None
    span = span_of(chosen, zone()) if chosen else None
    found = sessions_without_pair(
        db.session,
        max(at, span.start) if span else at,
        until=span.end if span else None,
        limit=MOST,
    )
    asks: dict[int, list[Asked]] = {}
    for one in asked_for(db.session, [meeting.id for meeting in found]):
        if one.state is AskState.HANDED_BACK:
            continue
        asks.setdefault(one.session_id, []).append(one)
    needs = matching.rules_of(db.session).needs
    lapse, guests = flagged(db.session, needs, at), off_record(db.session, needs, at)
    elsewhere = taken_up(db.session, at)
    weeks = (
        term_by_week(db.session, term.starts_on, term.ends_on, at=at, zone=zone()) if term else None
    )
    stretched = weeks.stretched if weeks else ()
    concerned: list[HasPerson] = [*lapse, *guests, *elsewhere, *stretched]
    people = names(one.person_id for one in concerned)
    return render_template(
        "facilitators/manage/at_risk.html",
        meetings=found,
        asks=asks,
        flagged=lapse,
        guests=guests,
        elsewhere=elsewhere,
        people=people,
        terms=known,
        term=term,
        chosen=chosen,
        found=weeks,
        chart=picture(term, weeks, people) if term and weeks else None,
        may_manage=current_actor().can(MANAGE),
    )


@blueprint.get("/manage/leading/sessions/<int:session_id>")
@requires(FIND)
def match(session_id: int) -> ResponseReturnValue:
    """Who could lead a session, the best first; why others do not fit, in neutral words."""
    return _match_page(session_id, AskForm(formdata=None))


def _match_page(session_id: int, form: AskForm) -> ResponseReturnValue:
    found = matching.match(db.session, session_id)
    form.offer(one.person_id for one in (*found.fits, *found.said_no))
    leads = leads_in_sessions(db.session, [session_id])
    asks = asked_for(db.session, [session_id])
    everybody = {one.person_id for one in (*found.fits, *found.said_no, *found.others)}
    everybody |= {one.person_id for one in leads} | {one.person_id for one in asks}
    notes = notes_of(db.session, session_id)
    everybody |= {one.person_id for one in notes}
    return page(
        "manage/match.html",
        form,
        one=found.meeting,
        fits=found.fits,
        said_no=found.said_no,
        others=found.others,
        leads=leads,
        asks=[one for one in asks if one.state is not AskState.HANDED_BACK],
        notes=notes,
        plan=plan_of(db.session, session_id),
        states={one.person_id: one.state for one in asks},
        people=names(everybody),
        starts_in_past=found.meeting.starts_at <= clock.now(),
    )


@blueprint.post("/manage/leading/sessions/<int:session_id>/ask")
@requires(FIND, "POST")
def ask(session_id: int) -> ResponseReturnValue:
    """Ask one, several, or all who fit."""
    _meeting(session_id)
    form = AskForm()
    found = matching.match(db.session, session_id)
    fits = [one.person_id for one in found.fits]
    form.offer([*fits, *(one.person_id for one in found.said_no)])
    everybody = "everybody" in request.form

    def send() -> str:
        chosen = fits if everybody else [int(one) for one in form.people.data or ()]
        if not chosen:
            form.refuse("people", _("Choose whom you want to ask"))
            return _address(session_id)
        asked = asking.ask(db.session, current_actor(), session_id, chosen)
        flash(
            ngettext(
                "%(num)d person is being asked. You hear when somebody says yes.",
                "%(num)d people are being asked. The first who says yes leads it.",
                asked,
            ),
            "good",
        )
        return _address(session_id)

    return sent(form, send) or _match_page(session_id, form)


@blueprint.route(
    "/manage/leading/sessions/<int:session_id>/give/<int:person_id>", methods=["GET", "POST"]
)
@requires(FIND, "GET", "POST")
def give(session_id: int, person_id: int) -> ResponseReturnValue:
    """Somebody has said yes in person: they lead it."""
    one = _meeting(session_id)
    person = person_or_404(person_id)
    form = GiveForm()

    def work() -> str:
        asking.give(
            db.session,
            current_actor(),
            session_id,
            person_id,
            Perspective(form.perspective.data),
        )
        flash(_("%(name)s leads this session, and is being told.", name=person.name), "good")
        return _address(session_id)

    return sent(form, work) or page("manage/give.html", form, one=one, person=person)


@blueprint.route("/manage/leading/asks/<int:ask_id>", methods=["GET", "POST"])
@requires(FIND, "GET", "POST")
def answer_for(ask_id: int) -> ResponseReturnValue:
    """What somebody answered on the telephone."""
    ask = one_asked(db.session, ask_id)
    if ask is None:
        raise MissingRecordError(ask_id)
    one = _meeting(ask.session_id)
    person = names([ask.person_id]).get(ask.person_id) or abort(404)
    form = YesForm()
    form.offer(one)

    def yes() -> str:
        if asking.say_yes(db.session, current_actor(), ask_id, form.chosen()):
            flash(_("%(name)s leads this session.", name=person.name), "good")
        else:
            flash(_("Somebody was quicker, and leads it."), "warn")
        return _address(one.id)

    return sent(form, yes) or page(
        "manage/answer_for.html", form, one=one, person=person, ask=ask, no_form=ActForm()
    )


@blueprint.post("/manage/leading/asks/<int:ask_id>/no")
@requires(FIND, "POST")
def decline_for(ask_id: int) -> ResponseReturnValue:
    """They said no on the telephone, and need not say why."""
    ask = one_asked(db.session, ask_id)
    if ask is None:
        raise MissingRecordError(ask_id)
    asking.say_no(db.session, current_actor(), ask_id)
    flash(_("Written down."), "good")
    return redirect(_address(ask.session_id), SEE_OTHER)
