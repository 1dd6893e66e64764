"""References: asked for, written, signed, and read by whom they are about."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.db import db
from portal.facilitators.forms.support import ReferenceForm, SignForm
from portal.facilitators.models import Reference, ReferenceState
from portal.facilitators.papers import reference_paper
from portal.facilitators.policies import MANAGE
from portal.facilitators.services import references as services
from portal.facilitators.services.giving import contribution_record
from portal.facilitators.views.frame import SEE_OTHER, blueprint, me, names, page, sent, today
from portal.plugin_api import current_actor, requires, signed_in
from portal.ui.paper import can_typeset, paper_file


def _own(reference_id: int) -> Reference:
    return services.reference_of(db.session, me(), reference_id) or abort(404)


@blueprint.get("/me/references")
@signed_in
def references() -> str:
    """One's references."""
    return render_template(
        "facilitators/references/own.html",
        found=services.references_of(db.session, me()),
        can_typeset=can_typeset(),
    )


@blueprint.route("/me/references/new", methods=["GET", "POST"])
@signed_in("GET", "POST")
def ask_reference() -> ResponseReturnValue:
    """Ask for one."""
    form = ReferenceForm()
    by = services.ready_by(db.session, today())

    def work() -> str:
        services.ask(db.session, current_actor(), form.purpose.data, today=today())
        flash(_("Thank you. It is here for you to read by the day below."), "good")
        return url_for("facilitators.references")

    return sent(form, work) or page("references/ask.html", form, by=by)


@blueprint.get("/me/references/<int:reference_id>")
@signed_in
def reference(reference_id: int) -> str:
    """One reference, to read and to print."""
    one = _own(reference_id)
    return render_template(
        "facilitators/references/one.html",
        one=one,
        words=services.reference_words(db.session, one),
        name=current_actor().name,
        can_typeset=can_typeset(),
    )


@blueprint.get("/me/references/<int:reference_id>.pdf")
@signed_in
def reference_pdf(reference_id: int) -> ResponseReturnValue:
    """The same as a file to keep or send."""
    one = _own(reference_id)
    if one.state is not ReferenceState.SIGNED:
        abort(404)
    paper = reference_paper(one, services.reference_words(db.session, one), current_actor().name)
    instead = url_for("facilitators.reference", reference_id=reference_id)
    return paper_file(paper, "reference", instead)


@blueprint.post("/me/references/<int:reference_id>/withdraw")
@signed_in("POST")
def withdraw_reference(reference_id: int) -> ResponseReturnValue:
    """They do not need it any more."""
    services.withdraw(db.session, current_actor(), reference_id)
    flash(_("That is fine. Nobody writes it."), "good")
    return redirect(url_for("facilitators.references"), SEE_OTHER)


@blueprint.get("/manage/references")
@requires(MANAGE)
def references_asked() -> str:
    """Those that wait to be written."""
    found = services.references_asked(db.session)
    return render_template(
        "facilitators/references/asked.html",
        found=found,
        people=names(one.person_id for one in found),
    )


@blueprint.route("/manage/references/<int:reference_id>", methods=["GET", "POST"])
@requires(MANAGE, "GET", "POST")
def sign_reference(reference_id: int) -> ResponseReturnValue:
    """Write it and sign it by name."""
    one = db.session.get(Reference, reference_id)
    if one is None or one.state is ReferenceState.WITHDRAWN:
        abort(404)
    actor, form = current_actor(), SignForm()

    def work() -> str:
        services.sign(db.session, actor, reference_id, form.signature())
        flash(_("Signed. They are told that it is ready."), "good")
        return url_for("facilitators.references_asked")

    return sent(form, work) or page(
        "references/sign.html",
        form,
        one=one,
        person=names([one.person_id])[one.person_id],
        own=one.person_id == actor.person_id,
        signer=actor.name,
        record=contribution_record(db.session, actor, one.person_id),
    )
