"""The desk's pages. Whoever opens a task sees how somebody can be reached: that is put on record."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from portal import clock
from portal.accounts.api import EDIT_CONTACT
from portal.db import db
from portal.desk import looking, services
from portal.desk import several as together
from portal.desk.forms import ErrandForm, LogForm, SeveralForm, SureForm
from portal.desk.kinds import ERRAND
from portal.desk.policies import OPEN, SEE
from portal.desk.words import OUTCOMES, REFUSALS
from portal.plugin_api import current_actor, requires, writes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from flask.typing import ResponseReturnValue

    from portal.config import Settings

blueprint = Blueprint("desk", __name__, url_prefix="/desk", template_folder="templates")
REFUSED = 422


def _today() -> date:
    settings: Settings = current_app.settings  # type: ignore[attr-defined]  # it is a Portal
    return clock.local_date(clock.now(), settings.timezone)


@blueprint.get("/")
@requires(OPEN)
def index() -> str:
    """What needs a person, grouped, each with one next step: as far as whoever asks may see it."""
    today, actor = _today(), current_actor()
    desk = looking.desk(db.session, actor, today)
    return render_template("desk/index.html", desk=desk, today=today, tasks=actor.can(SEE))


def _opened(task_id: int) -> looking.Page:
    page = looking.page(db.session, current_actor(), task_id)
    if page is None:
        abort(404)
    services.note_reading(db.session, current_actor(), page.task)
    return page


@blueprint.route("/tasks/<int:task_id>", methods=["GET", "POST"])
@requires(SEE, "GET", "POST")
@writes
def task(task_id: int) -> ResponseReturnValue:
    """One task: whom, how, what to say, and what came of it."""
    page = _opened(task_id)
    form = LogForm(outcomes=page.outcomes, somebody=page.task.person_id is not None)
    if form.validate_on_submit():
        try:
            done = services.log_try(
                db.session,
                current_actor(),
                task_id,
                form.outcome.data,
                form.note.data or "",
                tries=form.seen,
                today=_today(),
            )
        except services.TaskError as error:
            form.refuse("", REFUSALS[error.code])
        else:
            flash(
                _("Done. Thank you.")
                if done
                else _("Written down. It is back on the desk on the next working day."),
                "good",
            )
            return redirect(url_for("desk.index"), 303)
    form.tries.data = str(page.task.tries)
    status = REFUSED if form.errors or form.form_errors else 200
    words = {"page": looking.page(db.session, current_actor(), task_id)} if form.errors else {}
    one = words.get("page") or page
    return render_template("desk/task.html", form=form, one=one, mend=_mend(page)), status


def _mend(page: looking.Page) -> str:
    """Where it can be put right how the person is reached; empty where the actor may not."""
    if page.task.person_id is None or not current_actor().can(EDIT_CONTACT):
        return ""
    return url_for("accounts.person_contact", person_id=page.task.person_id, task=page.task.id)


@blueprint.get("/tasks/<int:task_id>/letter")
@requires(SEE)
@writes
def letter(task_id: int) -> str:
    """The words on paper, large."""
    page = _opened(task_id)
    if page.words is None:
        abort(404)
    return _printed([page])


@blueprint.get("/letters")
@requires(SEE)
@writes
def letters() -> str:
    """Every letter that is to be posted, each on a page of its own."""
    pages = looking.letters(db.session, current_actor())
    for page in pages:
        services.note_reading(db.session, current_actor(), page.task)
    return _printed(pages)


@blueprint.get("/calls")
@requires(SEE)
@writes
def calls() -> str:
    """Everybody who is to be rung, on paper, with room to write."""
    pages = looking.calls(db.session, current_actor())
    for page in pages:
        services.note_reading(db.session, current_actor(), page.task)
    return render_template("desk/calls.html", pages=pages, today=_today())


@blueprint.route("/several", methods=["GET", "POST"])
@requires(SEE, "GET", "POST")
def several() -> ResponseReturnValue:
    """The same came of several tasks: choose them, then look at it first."""
    choices = looking.choices(db.session, current_actor())
    form = SeveralForm(tasks=[(one.id, one.label) for one in choices])
    if form.validate_on_submit():
        outcome = form.outcome.data
        planned = together.plan(db.session, current_actor(), form.tasks.data, outcome)
        return _sure(planned, outcome, left=max(0, len(set(form.tasks.data)) - together.MOST))
    if request.method == "GET" and "letters" in request.args:
        form.tasks.data = [one.id for one in choices if one.by_letter]
        form.outcome.data = "letter_posted"
    return render_template("desk/several.html", form=form, any=bool(choices)), (
        REFUSED if form.errors else 200
    )


def _sure(planned: Sequence[together.Planned], outcome: str, *, left: int) -> str:
    sure = SureForm(formdata=None)
    possible = [one for one in planned if one.possible]
    sure.picks.data = " ".join(str(one.pick) for one in possible)
    sure.outcome.data = outcome
    return render_template(
        "desk/sure.html",
        form=sure,
        outcome=OUTCOMES[outcome],
        possible=possible,
        others=[one for one in planned if not one.possible],
        most=together.MOST,
        left=left,
    )


@blueprint.post("/several/done")
@requires(SEE, "POST")
def several_done() -> ResponseReturnValue:
    """Write them all down. A second click finds them done, and changes nothing."""
    form = SureForm()
    picks, outcome = together.read_picks(form.picks.data or ""), form.outcome.data or ""
    if not form.validate() or outcome not in OUTCOMES or not picks:
        return redirect(url_for("desk.several"), 303)
    done = together.write_down(db.session, current_actor(), picks, outcome, today=_today())
    if done.written:
        text = ngettext(
            "%(num)d written down. Thank you.", "%(num)d written down. Thank you.", done.written
        )
        flash(text, "good")
    if done.changed:
        text = ngettext(
            "%(num)d was written down already, or has changed. Nothing was done about it.",
            "%(num)d were written down already, or have changed. Nothing was done about them.",
            done.changed,
        )
        flash(text, "warn")
    return redirect(url_for("desk.index"), 303)


def _printed(pages: list[looking.Page]) -> str:
    return render_template(
        "desk/letters.html", pages=pages, today=_today(), language=str(get_locale())
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(SEE, "GET", "POST")
def new() -> ResponseReturnValue:
    """Something to remember."""
    form = ErrandForm()
    if form.validate_on_submit():
        services.open_task(
            db.session,
            kind=ERRAND,
            key=f"errand:{(form.key.data or uuid.uuid4().hex)[:64]}",
            due=form.due.data,
            about={"what": form.what.data},
        )
        flash(_("It is on the desk."), "good")
        return redirect(url_for("desk.index"), 303)
    form.key.data = form.key.data or uuid.uuid4().hex
    return render_template("desk/new.html", form=form), REFUSED if form.errors else 200
