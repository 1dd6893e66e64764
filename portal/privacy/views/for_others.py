"""For somebody who uses no screen: writing down that they ask for their data; erasing them as they asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from portal import clock
from portal.db import db
from portal.plugin_api import Veto, current_actor, requires, writes
from portal.plugin_api.personal import ErasureFailedError
from portal.privacy.forms import AskForForm, EraseForForm
from portal.privacy.policies import ACT, due_on, may_act_for
from portal.privacy.queries import Somebody, somebody
from portal.privacy.services import erasing, for_others, requests
from portal.privacy.views.blueprint import INVALID, blueprint, form_page, today
from portal.privacy.views.erasing import CHANGED, told_in_words
from portal.privacy.views.mine import UNAVAILABLE

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from portal.plugin_api.types import Words


def _person_or_404(person_id: int) -> Somebody:
    person = somebody(db.session, person_id)
    if (
        person is None
        or person.erased_at is not None
        or not may_act_for(current_actor(), person_id)
    ):
        abort(404)
    return person


@blueprint.route("/manage/people/<int:person_id>/data", methods=["GET", "POST"])
@requires(ACT, "GET", "POST")
def ask_for(person_id: int) -> ResponseReturnValue:
    """They ask for everything we hold about them: it is written down, and the clock runs."""
    person, form = _person_or_404(person_id), AskForForm()
    form.today = today()
    standing = requests.latest(db.session, person_id)
    is_open = standing is not None and standing.state in requests.OPEN
    if not is_open and form.validate_on_submit():
        for_others.ask_for(
            db.session,
            current_actor(),
            person_id,
            form.asking,
            form.words.data or "",
            today=today(),
        )
        flash(_("Written down. They are told, and the data guardian reads the record."), "good")
        return redirect(url_for("privacy.ask_for", person_id=person_id), 303)
    return form_page(
        "privacy/ask_for.html",
        form,
        person=person,
        one=standing,
        is_open=is_open,
        due=requests.due_of(standing, today()) if standing else None,
        first_due=due_on(today(), 0),
    )


@blueprint.route("/manage/people/<int:person_id>/data/erase", methods=["GET", "POST"])
@requires(ACT, "GET", "POST", fresh=True)
@writes
def erase_for(person_id: int) -> ResponseReturnValue:
    """What will be erased and what must be held, to be read to them; once they are sure, it is done."""
    person, form = _person_or_404(person_id), EraseForForm()
    form.today = today()
    try:
        if form.validate_on_submit():
            return _erase(person, form)
        parts = erasing.plan(db.session, person_id)
    except (ErasureFailedError, erasing.NotErasedError) as error:
        return _not_erased(person, getattr(error, "title", ""))
    except Veto as veto:
        return _not_erased(person, "", reason=veto.reason)
    form.told.data = erasing.seal_of(parts)
    return form_page("privacy/erase_for.html", form, person=person, plan=told_in_words(parts))


def _erase(person: Somebody, form: EraseForForm) -> ResponseReturnValue:
    try:
        for_others.erase_for(
            db.session,
            current_actor(),
            person.id,
            form.asking,
            at=clock.now(),
            told=form.told.data or "",
        )
    except erasing.ChangedError:
        db.session.rollback()
        parts = erasing.plan(db.session, person.id)
        form.told.data = erasing.seal_of(parts)
        form.refuse("", CHANGED)
        return form_page("privacy/erase_for.html", form, person=person, plan=told_in_words(parts))
    flash(
        _(
            "They are erased. Tell them now, if they are here or on the phone: we do not know any more how "
            "to reach them."
        ),
        "good",
    )
    return redirect(url_for("home.staff"), 303)


def _not_erased(person: Somebody, part: Words, reason: Words = "") -> ResponseReturnValue:
    """Nothing was changed: the response is an error, so all of it is rolled back."""
    db.session.rollback()
    page = render_template("privacy/not_erased_for.html", person=person, part=part, reason=reason)
    return page, INVALID if reason else UNAVAILABLE
