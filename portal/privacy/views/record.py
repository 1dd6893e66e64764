"""My whole record: asking for it, seeing where that stands, answering a question, having it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from portal import clock
from portal.audit import api as audit
from portal.db import before_writing, db
from portal.plugin_api import current_actor, signed_in
from portal.plugin_api.dispatch import export_person
from portal.privacy import archive
from portal.privacy.forms import AnswerForm, AskForm
from portal.privacy.models import RequestState
from portal.privacy.policies import due_on
from portal.privacy.services import requests
from portal.privacy.views.blueprint import blueprint, form_page, today
from portal.privacy.views.mine import COPIES, UNAVAILABLE, own_id, send
from portal.ui.limits import ask_to_wait, limiter, myself

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.route("/me/data/record", methods=["GET", "POST"])
@signed_in("GET", "POST")
def record() -> ResponseReturnValue:
    """Where my request stands; a form to ask where there is none that is open."""
    request = requests.latest(db.session, own_id())
    form = AskForm()
    if form.validate_on_submit():
        requests.ask(db.session, current_actor(), own_id(), form.words.data or "", today=today())
        flash(_("We have your request. You see here how it goes on."), "good")
        return redirect(url_for("privacy.record"), 303)
    return form_page(
        "privacy/record.html",
        form,
        one=request,
        is_open=request is not None and request.state in requests.OPEN,
        due=requests.due_of(request, today()) if request else None,
        first_due=due_on(today(), 0),
        answer=AnswerForm(formdata=None),
        states=RequestState,
    )


@blueprint.post("/me/data/record/answer")
@signed_in("POST")
def record_answer() -> ResponseReturnValue:
    """My answer to the question: the clock goes on."""
    request = requests.latest(db.session, own_id())
    if request is None:
        abort(404)
    form = AnswerForm()
    if not form.validate_on_submit():
        return form_page("privacy/answer.html", form, one=request)
    try:
        requests.give_answer(
            db.session, current_actor(), request.id, form.words.data or "", today=today()
        )
    except requests.RequestError:
        flash(_("Nobody waits for an answer any more. You see here how it stands."), "warn")
    else:
        flash(_("Thank you. We go on with it."), "good")
    return redirect(url_for("privacy.record"), 303)


@blueprint.post("/me/data/record/withdraw")
@signed_in("POST")
def record_withdraw() -> ResponseReturnValue:
    """I do not want it any more."""
    request = requests.latest(db.session, own_id())
    if request is None:
        abort(404)
    try:
        requests.withdraw(db.session, current_actor(), request.id, at=clock.now())
    except requests.RequestError:
        flash(_("It was decided already. You see here how it stands."), "warn")
    else:
        flash(_("Your request is taken back. You can ask again at any time."), "good")
    return redirect(url_for("privacy.record"), 303)


@blueprint.post("/me/data/record/copy")
@signed_in("POST", fresh=True)
@limiter.limit(COPIES, key_func=myself, on_breach=ask_to_wait)
def record_copy() -> ResponseReturnValue:
    """What was looked through and given out, as one archive. What is mine alone has a copy of its own."""
    person_id = own_id()
    with before_writing() as session:
        request = requests.latest(session, person_id)
        if request is None or request.state is not RequestState.RELEASED:
            abort(404)
        approved, out, words = set(request.approved), request.left_out, request.outcome
        found = export_person(session, person_id, whole_record=True)
    if found.missing:
        page = render_template(
            "privacy/incomplete.html", missing=found.missing, again="privacy.record_copy"
        )
        return page, UNAVAILABLE
    left_out = ((_("%(number)s rows", number=out), words),) if out else ()
    audit.record(db.session, current_actor(), "privacy:record:copy", ("person", person_id))
    given = requests.only_approved(found, approved)
    return send(
        archive.Archive(
            current_actor().name, _("Your whole record"), given, left_out, reviewed=True
        )
    )
