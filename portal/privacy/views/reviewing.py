"""The data guardian's pages: requests that wait, and looking one through before it is given out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal import clock
from portal.db import db
from portal.plugin_api import current_actor, requires, writes
from portal.plugin_api.dispatch import export_person
from portal.privacy import archive
from portal.privacy.forms import QuestionForm, RefuseForm, ReleaseForm, SaidForm
from portal.privacy.models import RecordRequest, RequestState
from portal.privacy.policies import REVIEW, may_review
from portal.privacy.queries import people
from portal.privacy.services import requests
from portal.privacy.services.kept import what_is_kept
from portal.privacy.views.blueprint import INVALID, blueprint, form_page, today
from portal.privacy.words import ASKED
from portal.ui.forms import Form

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue

    from portal.plugin_api.personal import Exported

MOST_LEFT_OUT = 400  # rows of one form


@blueprint.get("/manage/records")
@requires(REVIEW)
def records() -> str:
    """What waits for an answer, the first due first."""
    waiting = requests.open_requests(db.session)
    known = people(db.session, [one.person_id for one in waiting])
    lines = [(requests.due_of(one, today()), one, known[one.person_id].name) for one in waiting]
    lines.sort(key=lambda line: (line[0], line[1].id))
    return render_template(
        "privacy/records.html",
        lines=lines,
        today=today(),
        states=RequestState,
        me=current_actor(),
        asked=ASKED,
    )


def request_or_404(request_id: int) -> RecordRequest:
    """A request that is not the reader's own."""
    found = db.session.get(RecordRequest, request_id)
    if found is None or not may_review(current_actor(), found.person_id):
        abort(404)
    return found


@blueprint.get("/manage/records/<int:request_id>")
@requires(REVIEW, fresh=True)
@writes
def review(request_id: int) -> ResponseReturnValue:
    """All that would be given out, row by row. That it was looked at is on record."""
    one = request_or_404(request_id)
    requests.note_reading(db.session, current_actor(), one)
    return _page(one, ReleaseForm(formdata=None))


def _page(one: RecordRequest, form: ReleaseForm) -> ResponseReturnValue:
    found = export_person(db.session, one.person_id, whole_record=True)
    form.seen.data = requests.seal_of(found)
    page = render_template(
        "privacy/review.html",
        one=one,
        name=people(db.session, [one.person_id])[one.person_id].name,
        due=requests.due_of(one, today()),
        parts=_parts(found),
        missing=found.missing,
        out=set(request.form.getlist("out")),
        states=RequestState,
        asked=ASKED,
        form=form,
    )
    return page, INVALID if form.errors or form.form_errors else 200


def _parts(found: Exported) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """(part, what, rows) where there are any; a row is its hash and its words."""
    return [
        (
            str(part.title),
            what_is_kept(part.source),
            [(requests.hash_of(part, row), archive.readable(row)) for row in part.rows],
        )
        for part in found.parts
        if part.rows
    ]


@blueprint.post("/manage/records/<int:request_id>/release")
@requires(REVIEW, "POST", fresh=True)
def release(request_id: int) -> ResponseReturnValue:
    """Give it out, but for what was ticked."""
    one, form = request_or_404(request_id), ReleaseForm()
    seen = form.seen.data or ""
    if not form.validate_on_submit():
        return _page(one, form)
    found = export_person(db.session, one.person_id, whole_record=True)
    out = request.form.getlist("out")[:MOST_LEFT_OUT]
    try:
        requests.release(
            db.session,
            current_actor(),
            request_id,
            found,
            seen=seen,
            out=out,
            words=form.words.data or "",
            at=clock.now(),
        )
    except requests.RequestError:
        form.refuse("", _("It has changed since you opened it. Please read it again."))
        return _page(one, form)
    return _done(_("It is given out, and they are told."))


@blueprint.route("/manage/records/<int:request_id>/question", methods=["GET", "POST"])
@requires(REVIEW, "GET", "POST")
def question(request_id: int) -> ResponseReturnValue:
    """Ask them first: the clock stands still."""
    return _one_form(
        request_id,
        QuestionForm(),
        (
            _("Ask them something first"),
            _("They are asked. The clock stands still until they answer."),
        ),
        lambda words: requests.put_question(
            db.session, current_actor(), request_id, words, today=today()
        ),
    )


@blueprint.route("/manage/records/<int:request_id>/said", methods=["GET", "POST"])
@requires(REVIEW, "GET", "POST")
def said(request_id: int) -> ResponseReturnValue:
    """What they answered on the phone or in a letter: the clock goes on."""
    return _one_form(
        request_id,
        SaidForm(),
        (_("Write down their answer"), _("Written down. The clock goes on.")),
        lambda words: requests.give_answer(
            db.session, current_actor(), request_id, words, today=today()
        ),
    )


@blueprint.route("/manage/records/<int:request_id>/refuse", methods=["GET", "POST"])
@requires(REVIEW, "GET", "POST")
def refuse(request_id: int) -> ResponseReturnValue:
    """Say no, with the reason."""
    return _one_form(
        request_id,
        RefuseForm(),
        (_("It cannot be given out"), _("They are told why.")),
        lambda words: requests.refuse(
            db.session, current_actor(), request_id, words, at=clock.now()
        ),
    )


def _one_form(
    request_id: int, form: Form, titles: tuple[str, str], act: Callable[[str], None]
) -> ResponseReturnValue:
    """A page with one question; `titles` are its own and what is said once it is done."""
    one = request_or_404(request_id)
    if not form.validate_on_submit():
        name = people(db.session, [one.person_id])[one.person_id].name
        return form_page("privacy/about_record.html", form, one=one, name=name, title=titles[0])
    try:
        act(form.words.data or "")
    except requests.RequestError:
        return _done(_("It had changed already. Nothing was done."), "warn")
    return _done(titles[1])


def _done(words: str, kind: str = "good") -> ResponseReturnValue:
    flash(words, kind)
    return redirect(url_for("privacy.records"), 303)
