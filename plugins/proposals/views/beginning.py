"""Beginning: one question, then how one takes part; or a coordinator writes it down with somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext as _

from plugins.proposals.forms.making import AuthorForm, FindForm, PartForm, StartForm
from plugins.proposals.models import LONGEST_TITLE, Credit
from plugins.proposals.policies import LOOK_AFTER
from plugins.proposals.services import taking_part
from plugins.proposals.services.taking_part import ONLINE, Part
from plugins.proposals.states import Perspective
from plugins.proposals.texts import first_line
from plugins.proposals.views.blueprint import REFUSED, blueprint, once
from portal.accounts.api import create_person, person_here, person_search
from portal.plugin_api import current_actor, db, requires, signed_in

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.route("/start", methods=["GET", "POST"])
@signed_in("GET", "POST")
def start() -> ResponseReturnValue:
    """What would you like people to learn? The next page asks how one takes part."""
    form = StartForm()
    if form.validate_on_submit():
        part = PartForm(formdata=None)
        part.words.data = form.words.data
        return render_template("proposals/start_part.html", form=part, idea=form.words.data)
    return render_template("proposals/start.html", form=form), REFUSED if form.errors else 200


@blueprint.route("/start/part", methods=["POST"])
@signed_in("POST")
def start_part() -> ResponseReturnValue:
    """Begin it."""
    form, actor = PartForm(), current_actor()
    idea = (form.words.data or "").strip()
    if not idea:
        first = StartForm(formdata=None)
        return render_template("proposals/start.html", form=first), REFUSED
    if form.validate_on_submit():

        def begin() -> str:
            part = part_of(form)
            row = taking_part.begin(
                db.session, actor, first_line(idea, LONGEST_TITLE), idea, actor.person_id, part
            )
            flash(_("Thank you. Your idea is here, and you can go on with it at any time."), "good")
            return url_for("proposals.show", ref=row.ref)

        done = once(form, begin)
        if done is not None:
            return done
    return render_template("proposals/start_part.html", form=form, idea=idea), REFUSED


def part_of(form: PartForm, how: str = ONLINE) -> Part:
    """What somebody chose on the form."""
    return Part(
        Perspective(form.perspective.data),
        Credit(form.credit.data),
        form.pseudonym.data or "",
        agreed=bool(form.agreed.data),
        how=how,
    )


@blueprint.get("/with-somebody")
@requires(LOOK_AFTER)
def find_author() -> str:
    """Whose idea it is: somebody the college knows, or somebody new."""
    form = FindForm(request.args)
    name = (form.name.data or "").strip()
    found = person_search(db.session, name) if name else []
    return render_template("proposals/find_author.html", form=form, found=found, name=name)


@blueprint.route("/with-somebody/new", methods=["GET", "POST"])
@requires(LOOK_AFTER, "GET", "POST")
def write_down_new() -> ResponseReturnValue:
    """An idea of somebody whom the college does not know yet."""
    return _write_down(AuthorForm(known=False), None, "")


@blueprint.route("/with-somebody/<int:person_id>", methods=["GET", "POST"])
@requires(LOOK_AFTER, "GET", "POST")
def write_down(person_id: int) -> ResponseReturnValue:
    """An idea of somebody whom the college knows, who may have no login."""
    person = person_here(db.session, person_id)
    if person is None:
        abort(404)
    return _write_down(AuthorForm(known=True), person_id, person.name)


def _write_down(form: AuthorForm, person_id: int | None, name: str) -> ResponseReturnValue:
    if form.validate_on_submit():
        idea = form.words.data

        def begin() -> str:
            actor = current_actor()
            whose = person_id or create_person(db.session, actor, name=form.name.data)
            part = part_of(form, how=str(form.how.data))
            row = taking_part.begin(
                db.session, actor, first_line(idea, LONGEST_TITLE), idea, whose, part
            )
            flash(
                _("It is written down. Tell them its address, or offer to read it to them."), "good"
            )
            return url_for("proposals.show", ref=row.ref)

        done = once(form, begin)
        if done is not None:
            return done
    page = render_template("proposals/write_down.html", form=form, name=name)
    return page, REFUSED if form.errors or form.form_errors else 200
