"""Places arranged for others, by whoever has the right: from the phone and from paper."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.api import (
    EDIT_CONTACT,
    AgreedHow,
    PersonRef,
    RouteKind,
    add_contact_route,
    create_person,
    people_by_ids,
    person_here,
    person_search,
)
from portal.config import Settings
from portal.courses.api import RunInfo, run_by_id, run_name
from portal.db import db
from portal.enrolment.forms.arranging import (
    COLLEGE,
    LATER,
    NO,
    NOT_SAID,
    YES,
    AnswerForm,
    CapForm,
    EnrolForm,
    NewPersonForm,
    ReleaseForm,
)
from portal.enrolment.forms.taking import ConfirmForm
from portal.enrolment.models import How, TakesPart
from portal.enrolment.policies import ARRANGE
from portal.enrolment.queries.arranging import PlaceFound, place_found
from portal.enrolment.queries.asking import OfferFound, offer_found
from portal.enrolment.queries.leading import led_then
from portal.enrolment.services import arranging, drafts, rules, seats
from portal.enrolment.services.outcomes import Enrolled, Full, Waiting
from portal.enrolment.views import blueprint
from portal.enrolment.views.frame import REFUSED, SEE_OTHER, found, page, sent, today
from portal.plugin_api import current_actor, requires

ONLY_MODE = {"in_person": TakesPart.IN_PERSON, "online": TakesPart.ONLINE}
LONGEST_WORDS = 100


@blueprint.context_processor
def with_names() -> dict[str, Any]:
    """Templates know what people call a run."""
    return {"run_name": run_name}


def _run(run_id: int) -> RunInfo:
    return found(run_by_id(db.session, run_id))


def _person(person_id: int) -> PersonRef:
    return found(people_by_ids(db.session, [person_id]).get(person_id))


def people_url(run_id: int) -> str:
    """The page of a run's people."""
    return url_for("enrolment.people", run_id=run_id)


def words_of(name: str) -> str:
    """Words from the address, without letters that no keyboard makes."""
    text = "".join(letter for letter in request.args.get(name, "") if letter.isprintable())
    return text.strip()[:LONGEST_WORDS]


def _settings() -> Settings:
    settings: Settings = current_app.settings  # type: ignore[attr-defined]  # the portal's own app
    return settings


@blueprint.get("/manage/places/runs/<int:run_id>/add")
@requires(ARRANGE)
def find_person(run_id: int) -> ResponseReturnValue:
    """Who is it for? Somebody whom the college knows, or somebody new."""
    words = words_of("q")
    return render_template(
        "enrolment/arrange/find.html",
        run=_run(run_id),
        words=words,
        people=person_search(db.session, words) if words else [],
    )


@blueprint.route("/manage/places/runs/<int:run_id>/new", methods=["GET", "POST"])
@requires(ARRANGE, "GET", "POST")
def new_person(run_id: int) -> ResponseReturnValue:
    """Somebody new, with a way to reach them, as they agreed."""
    run = _run(run_id)
    form = NewPersonForm(data={"name": words_of("name"), "language": NOT_SAID})
    form.today = today()
    form.offer_languages(_settings().languages)
    same: list[PersonRef] = []

    def work() -> str:
        nonlocal same
        same = [] if form.another.data else _of_that_name(form.name.data)
        if same:
            form.refuse("another", _("Look whether it is one of these, or say that it is not"))
            return ""
        actor = current_actor()
        person_id = create_person(
            db.session, actor, name=form.name.data, language=form.chosen_language
        )
        add_contact_route(
            db.session,
            actor,
            person_id,
            kind=RouteKind(form.kind.data),
            value=form.value.data,
            how=AgreedHow(form.how.data),
            agreed_on=form.agreed_on.data or None,
            zone=_settings().timezone,
            safe_to_leave_message=bool(form.safe.data),
        )
        return url_for("enrolment.enrol_person", run_id=run_id, person_id=person_id)

    if response := sent(form, work):
        return response
    return page("arrange/new.html", form, run=run, same=same)


def _of_that_name(name: str) -> list[PersonRef]:
    wanted = " ".join(name.split()).casefold()
    return [one for one in person_search(db.session, name) if one.name.casefold() == wanted]


@blueprint.route("/manage/places/runs/<int:run_id>/add/<int:person_id>", methods=["GET", "POST"])
@requires(ARRANGE, "GET", "POST")
def enrol_person(run_id: int, person_id: int) -> ResponseReturnValue:
    """A place for somebody who asked on the phone or on paper."""
    run, person = _run(run_id), found(person_here(db.session, person_id))
    only = ONLY_MODE.get(run.mode.value)
    late = run.first_required and run.opening_after(clock.now()) is None
    form = _enrol_form(only, late=late)
    lost = False

    def work() -> str:
        nonlocal lost
        outcome = arranging.enrol(
            db.session,
            current_actor(),
            run_id,
            form.bodies(person_id, only),
            how=How(form.how.data),
            agreed_on=form.agreed_on.data,
            needs=form.needs.data or "",
            override=form.reason,
            late=form.late_reason,
            or_wait=form.wish.data == "list",
            at=clock.now(),
        )
        lost = isinstance(outcome, Full)
        _say(outcome, person.name)
        return people_url(run_id)

    response = sent(form, work)
    if response and not lost:
        return response
    form.wish.data = "list" if (lost or run.places == 0) and not late else "place"
    html = render_template(
        "enrolment/arrange/enrol.html",
        run=run,
        person=person,
        contact_url=_contact_url(person_id),
        form=form,
        lost=lost,
        late=late,
        waits=form.wish.data == "list",
        led=led_then(db.session, person_id, run, clock.now()),
    )
    return html, REFUSED if lost or form.errors or form.form_errors else 200


def _contact_url(person_id: int) -> str:
    """The page that says how somebody is reached and how they agreed to it; empty for who may not see it."""
    may = current_actor().can(EDIT_CONTACT)
    return url_for("accounts.person_contact", person_id=person_id) if may else ""


def _enrol_form(only: TakesPart | None, *, late: bool) -> EnrolForm:
    form = EnrolForm(data={"agreed_on": today()})
    form.today = today()
    _without_cap(form)
    if only is not None:
        del form.mode
    if not late:
        del form.late
    return form


def _without_cap(form: CapForm) -> None:
    if not rules.number(db.session, rules.TERM_CAP):
        form.leave_out_cap()


def _say(outcome: Any, name: str) -> None:
    if isinstance(outcome, Enrolled):
        already = _("%(name)s had a place already.", name=name)
        flash(already if outcome.already else _("%(name)s has a place.", name=name), "good")
    elif isinstance(outcome, Waiting):
        words = _(
            "%(name)s is number %(number)d on the waiting list.",
            name=name,
            number=outcome.position,
        )
        flash(words, "good")
    elif not isinstance(outcome, Full):
        flash(_("%(name)s has an offer that waits for an answer.", name=name), "warn")


def _offer(offer_id: int) -> OfferFound:
    return found(offer_found(db.session, offer_id))


@blueprint.route("/manage/places/offers/<int:offer_id>", methods=["GET", "POST"])
@requires(ARRANGE, "GET", "POST")
def answer_for(offer_id: int) -> ResponseReturnValue:
    """What somebody said about an offer on the phone."""
    one, form = _offer(offer_id), AnswerForm()
    _without_cap(form)
    person, now = _person(one.person_id), clock.now()

    def work() -> str:
        _answer(one, form, person.name, now)
        return people_url(one.run_id)

    return sent(form, work) or page(
        "arrange/answer.html",
        form,
        offer=one,
        live=one.is_live(now),
        person=person,
        run=_run(one.run_id),
    )


def _answer(one: OfferFound, form: AnswerForm, name: str, now: datetime) -> None:
    session, actor, said = db.session, current_actor(), form.answer.data
    if said == YES:
        outcome = drafts.accept(session, actor, one.id, at=now, override=form.reason)
        good = isinstance(outcome, Enrolled)
        words = _("%(name)s has a place.", name=name)
    elif said == NO:
        good = seats.decline(session, actor, one.id, at=now)
        words = _("Written down. The next person is asked.")
    else:
        good = seats.log_contact(session, actor, one.id, reached=said == LATER, at=now)
        words = _("Written down.")
    if good:
        flash(words, "good")
    else:
        flash(_("This offer was over already, so nothing was changed."), "warn")


@blueprint.route("/manage/places/<int:enrolment_id>/release", methods=["GET", "POST"])
@requires(ARRANGE, "GET", "POST")
def release_place(enrolment_id: int) -> ResponseReturnValue:
    """A place is free again: they told us, or the college lets it go and says why."""
    place, form = found(place_found(db.session, enrolment_id)), ReleaseForm()

    def work() -> str:
        session, actor, now = db.session, current_actor(), clock.now()
        if form.who.data == COLLEGE:
            reason = form.reason.data or ""
            arranging.let_go(session, actor, enrolment_id, reason=reason, at=now)
        else:
            seats.withdraw(session, actor, enrolment_id, at=now)
        flash(_("The place is free, and goes to the next person."), "good")
        return people_url(place.run_id)

    if response := sent(form, work):
        return response
    if not place.active:
        abort(404)
    return page(
        "arrange/release.html",
        form,
        place=place,
        name=_name_of(place),
        run=_run(place.run_id),
    )


def _name_of(place: PlaceFound) -> str:
    return _person(place.person_id).name if place.person_id is not None else place.guest_name


@blueprint.post("/manage/places/runs/<int:run_id>/waiting/<int:entry_id>/leave")
@requires(ARRANGE, "POST")
def leave_for(run_id: int, entry_id: int) -> ResponseReturnValue:
    """Somebody told us that they do not want to wait any more."""
    form = ConfirmForm()

    def work() -> str:
        seats.leave_waiting(db.session, current_actor(), entry_id, at=clock.now())
        flash(_("They are not on the list any more."), "good")
        return people_url(run_id)

    return sent(form, work) or redirect(people_url(run_id), SEE_OTHER)
