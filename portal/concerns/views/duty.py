"""The compartment: for the people on duty. Whoever else is signed in finds no such page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from portal.accounts.api import people_by_ids, reaches
from portal.concerns import queries
from portal.concerns.forms import CloseForm, HandOnForm, NoteForm, TakeForm
from portal.concerns.models import Outcome
from portal.concerns.policies import ANSWER, SEE
from portal.concerns.services import answering, emergency
from portal.concerns.services.alarming import on_duty
from portal.concerns.services.raising import once_of
from portal.concerns.views.blueprint import REFUSED, blueprint
from portal.concerns.words import OUTCOMES, REFUSALS, STEPS
from portal.db import db
from portal.plugin_api import current_actor, requires, writes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask.typing import ResponseReturnValue

    from portal.ui.forms import OnceForm


def _names(ids: Iterable[int | None]) -> dict[int, str]:
    found = people_by_ids(db.session, {one for one in ids if one is not None})
    return {person.id: person.name for person in found.values()}


@blueprint.get("/duty")
@requires(SEE, hidden=True)
def duty() -> str:
    """What waits, what is looked after, what is closed: no words of any."""
    lines = queries.lines(db.session)
    return render_template(
        "concerns/duty.html",
        lines=lines,
        names=_names(line.holder_id for line in lines),
        outcomes=OUTCOMES,
        more=queries.count_waiting(db.session) - sum(not one.acknowledged for one in lines),
        me=current_actor().person_id,
    )


@blueprint.get("/duty/<uid>")
@requires(SEE, hidden=True)
@writes
def concern(uid: str) -> str:
    """One concern. That it was read is on record before it is shown."""
    found = queries.opened(db.session, uid)
    if found is None:
        abort(404)
    actor, raiser = current_actor(), found.raised_by_id
    answering.note_reading(db.session, actor, uid)
    ids = {found.line.holder_id, raiser}
    for step in found.steps:
        ids |= {step.by_id, step.to_id}
    return render_template(
        "concerns/concern.html",
        one=found,
        names=_names(ids),
        reach=reaches(db.session, [raiser]).get(raiser) if raiser else None,
        emergency=emergency.look_up_contact(db.session, actor, raiser) if raiser else "",
        outcomes=OUTCOMES,
        steps=STEPS,
        me=actor.person_id,
        form=TakeForm(formdata=None),
    )


@blueprint.post("/duty/<uid>/mine")
@requires(ANSWER, "POST", hidden=True)
def take(uid: str) -> ResponseReturnValue:
    """Look after it. Of two who click at once one has it, and both see who."""
    try:
        holder = answering.acknowledge(db.session, current_actor(), uid)
    except answering.AnswerError as error:
        if error.code == "gone":
            abort(404)
        flash(str(REFUSALS[error.code]), "warn")
    else:
        if holder == current_actor().person_id:
            flash(_("It is with you now. Everybody else on duty can see that."), "good")
        else:
            name = _names([holder]).get(holder or 0, "")
            flash(_("%(name)s was quicker, and looks after it.", name=name), "warn")
    return redirect(url_for("concerns.concern", uid=uid), 303)


def _step(
    uid: str, form: OnceForm, work: Callable[[str], None], template: str, done: str
) -> ResponseReturnValue:
    """A page with one question about a concern, and its effect."""
    if queries.line(db.session, uid) is None:
        abort(404)
    if form.validate_on_submit():
        typed = [str(value) for name, value in form.data.items() if name not in _NOT_TYPED]
        try:
            work(once_of(form.key, uid, *typed))
        except answering.AnswerError as error:
            form.refuse("", REFUSALS[error.code])
        else:
            flash(done, "good")
            return redirect(url_for("concerns.concern", uid=uid), 303)
    page = render_template(template, form=form, uid=uid)
    return page, REFUSED if form.errors or form.form_errors else 200


_NOT_TYPED = frozenset({"csrf_token", "form_key", "submit"})


@blueprint.route("/duty/<uid>/note", methods=["GET", "POST"])
@requires(ANSWER, "GET", "POST", hidden=True)
def note(uid: str) -> ResponseReturnValue:
    """Write something down."""
    form = NoteForm()

    def work(once: str) -> None:
        answering.note(db.session, current_actor(), uid, form.words.data, once=once)

    return _step(uid, form, work, "concerns/note.html", _("Your note is kept."))


@blueprint.route("/duty/<uid>/hand-on", methods=["GET", "POST"])
@requires(ANSWER, "GET", "POST", hidden=True)
def hand_on(uid: str) -> ResponseReturnValue:
    """Ask somebody else on duty."""
    actor = current_actor()
    names = _names(one for one in on_duty(db.session) if one != actor.person_id)
    form = HandOnForm(people=sorted(names.items(), key=lambda pair: pair[1]))

    def work(once: str) -> None:
        words = form.words.data or ""
        answering.hand_on(db.session, actor, uid, form.to.data, words, once=once)

    done = _("Handed on. It waits until they say that they have it, and they are being told now.")
    return _step(uid, form, work, "concerns/hand_on.html", done)


@blueprint.route("/duty/<uid>/close", methods=["GET", "POST"])
@requires(ANSWER, "GET", "POST", hidden=True)
def close(uid: str) -> ResponseReturnValue:
    """Say what became of it, and why."""
    form = CloseForm()

    def work(once: str) -> None:
        outcome = Outcome(form.outcome.data)
        answering.close(db.session, current_actor(), uid, outcome, form.words.data, once=once)

    return _step(uid, form, work, "concerns/close.html", _("It is closed. Thank you."))
