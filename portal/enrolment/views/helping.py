"""Who may act for whom: a code that one gives and the other types. Either of the two ends it."""

from __future__ import annotations

from flask import abort, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.api import people_by_ids
from portal.db import db
from portal.enrolment.forms.taking import CodeForm, ConfirmForm
from portal.enrolment.queries.asking import agreements_with
from portal.enrolment.services import agreements
from portal.enrolment.views import blueprint
from portal.enrolment.views.frame import once, page, sent, today
from portal.enrolment.views.taking import me
from portal.plugin_api import current_actor, signed_in


@blueprint.route("/places/helpers", methods=["GET", "POST"])
@signed_in("GET", "POST")
def helpers() -> ResponseReturnValue:
    """Who acts for me, for whom I act, and where a code is typed."""
    form = CodeForm()

    def work() -> str:
        person_id = agreements.use_code(
            db.session, current_actor(), form.code.data or "", at=clock.now(), today=today()
        )
        if person_id is None:
            form.refuse("code", _("This code does not work any more. Ask them for a new one"))
            return ""
        name = people_by_ids(db.session, [person_id])[person_id].name
        flash(_("You can now ask for places for %(name)s.", name=name), "good")
        return url_for("enrolment.helpers")

    if response := sent(form, work):
        return response
    lines = agreements_with(db.session, me())
    people = people_by_ids(
        db.session, {one.person_id for one in lines} | {one.acting_id for one in lines}
    )
    return page(
        "helpers.html",
        form,
        mine=[(one, people[one.acting_id]) for one in lines if one.person_id == me()],
        others=[(one, people[one.person_id]) for one in lines if one.acting_id == me()],
    )


@blueprint.post("/places/helpers/code")
@signed_in("POST", fresh=True)
def make_code() -> ResponseReturnValue:
    """A code to give away. It is shown once."""
    now = clock.now()
    code = agreements.make_code(db.session, current_actor(), at=now)
    return render_template(
        "enrolment/helper_code.html", code=code, until=now + agreements.CODE_LASTS
    )


@blueprint.post("/places/helpers/<int:agreement_id>/end")
@signed_in("POST")
def end_helping(agreement_id: int) -> ResponseReturnValue:
    """From now on nobody acts by this agreement. Ended twice is ended."""
    form = ConfirmForm()
    if not agreements.end(db.session, current_actor(), agreement_id, at=clock.now()):
        abort(404)

    def work() -> str:
        flash(_("Ended. What was asked for until now stands."), "good")
        return url_for("enrolment.helpers")

    return once(form, work) or abort(404)
