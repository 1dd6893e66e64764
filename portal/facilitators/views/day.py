"""One session, for those who lead it, on a phone: who comes, being late, help, handing back, looking back."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from portal import clock
from portal.courses.api import (
    Perspective,
    SessionToLead,
    leads_in_sessions,
    materials_of_run,
    online_links,
)
from portal.db import db
from portal.enrolment.api import LEADS_BEFORE, RosterLine, roster
from portal.facilitators.forms.own import (
    ActForm,
    BringForm,
    HandForm,
    LateForm,
    NoteForm,
    PlanForm,
)
from portal.facilitators.models import HandAbout
from portal.facilitators.queries.people import notes_of, plan_of
from portal.facilitators.services import day as services
from portal.facilitators.services.errors import PlanChangedError
from portal.facilitators.views.frame import (
    SEE_OTHER,
    blueprint,
    me,
    names,
    page,
    sent,
    today,
    zone,
)
from portal.plugin_api import current_actor, signed_in

CANCEL = "courses:run:plan"


def _led(session_id: int) -> SessionToLead:
    """The session, if this person leads it; else the page that says there is none."""
    return services.led_by(db.session, current_actor(), session_id)


def _address(session_id: int) -> str:
    return url_for("facilitators.session", session_id=session_id)


@blueprint.get("/leading/sessions/<int:session_id>")
@signed_in
def session(session_id: int) -> ResponseReturnValue:
    """What I need for this session."""
    one, at = _led(session_id), clock.now()
    soon = at >= one.starts_at - LEADS_BEFORE  # nobody needs to know long before who comes
    everybody = roster(db.session, one.run_id) if soon else ()
    lines = [line for line in everybody if line.from_at <= one.starts_at]
    leads = leads_in_sessions(db.session, [session_id])
    notes = notes_of(db.session, session_id)
    people = names(
        [line.person_id for line in lines if line.person_id]
        + [lead.person_id for lead in leads]
        + [note.person_id for note in notes]
    )
    first = {key: person.name.split()[0] for key, person in people.items()}
    return render_template(
        "facilitators/session.html",
        one=one,
        leads=leads,
        me=me(),
        people=people,
        students=sorted(_first_name(line, first) for line in lines),
        soon=soon,
        opens=one.starts_at - LEADS_BEFORE,
        shared=sum(line.has_needs for line in lines),
        handouts=materials_of_run(db.session, one.run_id),
        notes=notes,
        plan=plan_of(db.session, session_id),
        join=online_links(db.session, [session_id]).get(session_id, ""),
        is_today=one.day == today(),
        begun=one.starts_at <= at,
        over=one.ends_at <= at,
        may_cancel=current_actor().can(CANCEL),
        form=ActForm(formdata=None),
    )


def _first_name(line: RosterLine, first: dict[int, str]) -> str:
    return first.get(line.person_id or 0) or (line.guest_name.split() or [_("Somebody")])[0]


@blueprint.route("/leading/sessions/<int:session_id>/bring", methods=["GET", "POST"])
@signed_in("GET", "POST")
def bring(session_id: int) -> ResponseReturnValue:
    """What I bring to it: for this session alone, and mine to say."""
    one = _led(session_id)
    own = next(
        (lead for lead in leads_in_sessions(db.session, [session_id]) if lead.person_id == me()),
        None,
    )
    form = BringForm(data={"perspective": own.perspective.value if own else None})

    def choose() -> str:
        services.bring(db.session, current_actor(), session_id, Perspective(form.perspective.data))
        flash(_("Saved, for this session alone."), "good")
        return _address(session_id)

    return sent(form, choose) or page("bring.html", form, one=one)


@blueprint.post("/leading/sessions/<int:session_id>/hand-back")
@signed_in("POST")
def hand_back(session_id: int) -> ResponseReturnValue:
    """I do not lead this session: one step, without a reason."""
    form = ActForm()

    def hand() -> str:
        _led(session_id)
        services.drop_out(db.session, current_actor(), session_id)
        flash(
            _(
                "You do not lead this session any more. The coordinators know, and look for somebody."
            ),
            "good",
        )
        return url_for("facilitators.mine")

    if response := sent(form, hand):
        return response
    flash(str(form.form_errors[0]), "warn")
    return redirect(_address(session_id), SEE_OTHER)


@blueprint.route("/leading/sessions/<int:session_id>/late", methods=["GET", "POST"])
@signed_in("GET", "POST")
def late(session_id: int) -> ResponseReturnValue:
    """I am on my way: everybody with a place is told."""
    one = _led(session_id)
    form = LateForm()
    form.offer()

    def tell() -> str:
        told = services.run_late(
            db.session, current_actor(), session_id, int(form.minutes.data), key=form.key
        )
        flash(
            ngettext(
                "%(num)d person is being told, by their own way. Safe journey.",
                "%(num)d people are being told, each by their own way. Safe journey.",
                told,
            ),
            "good",
        )
        return _address(session_id)

    return sent(form, tell) or page("late.html", form, one=one)


@blueprint.route("/leading/sessions/<int:session_id>/hand", methods=["GET", "POST"])
@signed_in("GET", "POST")
def hand(session_id: int) -> ResponseReturnValue:
    """Raise a hand, before or after a session."""
    one = _led(session_id)
    form = HandForm()

    def raise_it() -> str:
        services.raise_hand(
            db.session,
            current_actor(),
            session_id,
            HandAbout(form.about.data),
            form.words.data or "",
            zone=zone(),
        )
        flash(_("The coordinators have it on their desk for today, and ring you."), "good")
        return _address(session_id)

    return sent(form, raise_it) or page("hand.html", form, one=one)


@blueprint.route("/leading/sessions/<int:session_id>/plan", methods=["GET", "POST"])
@signed_in("GET", "POST")
def plan(session_id: int) -> ResponseReturnValue:
    """What we plan for it. Two who write at once lose nothing: the second sees both."""
    one = _led(session_id)
    kept = plan_of(db.session, session_id)
    form = PlanForm(
        data={"words": kept.words if kept else "", "version": kept.version if kept else 0}
    )
    theirs = ""

    def write() -> str:
        nonlocal theirs
        try:
            services.write_plan(
                db.session,
                current_actor(),
                session_id,
                form.words.data or "",
                version=form.seen_version,
            )
        except PlanChangedError as error:
            theirs, form.version.data = error.saved, str(error.version)
            raise
        flash(_("The plan is kept."), "good")
        return _address(session_id)

    return sent(form, write) or page("plan.html", form, one=one, theirs=theirs)


@blueprint.route("/leading/sessions/<int:session_id>/note", methods=["GET", "POST"])
@signed_in("GET", "POST")
def note(session_id: int) -> ResponseReturnValue:
    """How it went."""
    one = _led(session_id)
    own = [words for words in notes_of(db.session, session_id) if words.person_id == me()]
    form = NoteForm(data={"words": own[0].words if own else ""})

    def write() -> str:
        services.write_note(db.session, current_actor(), session_id, form.words.data)
        flash(_("Your note is kept."), "good")
        return _address(session_id)

    return sent(form, write) or page("note.html", form, one=one)
