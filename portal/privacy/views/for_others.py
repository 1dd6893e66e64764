"""For somebody who uses no screen: writing down that they ask for their data, or want to be erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from portal import clock
from portal.db import db
from portal.plugin_api import Veto, current_actor, requires, writes
from portal.plugin_api.personal import ErasureFailedError
from portal.privacy.forms import AskForForm, EraseForForm
from portal.privacy.policies import ACT, confirmed_from, due_on, may_act_for
from portal.privacy.queries import Somebody, somebody
from portal.privacy.services import erasing, erasing_for, for_others, requests
from portal.privacy.views.blueprint import INVALID, blueprint, form_page, settings, today
from portal.privacy.views.erasing import CHANGED, told_in_words
from portal.privacy.views.mine import UNAVAILABLE
from portal.privacy.words import ASKED

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
        try:
            for_others.ask_for(
                db.session,
                current_actor(),
                person_id,
                form.asking,
                form.words.data or "",
                today=today(),
            )
        except Veto as veto:
            form.refuse("", veto.reason)
        else:
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
    """What will be erased and what must be held, to be read to them; if they are sure, it is written down."""
    person, form = _person_or_404(person_id), EraseForForm()
    ask = erasing_for.open_ask_of(db.session, person_id)
    if ask is not None:
        from_day = clock.local_date(confirmed_from(ask.begun_at), settings().timezone)
        return render_template(
            "privacy/erasure_waits.html", person=person, ask=ask, from_day=from_day, asked=ASKED
        )
    form.today = today()
    try:
        if form.validate_on_submit():
            return _begin(person, form)
        parts = erasing.plan(db.session, person_id)
    except (ErasureFailedError, erasing.NotErasedError) as error:
        return not_erased(person, getattr(error, "title", ""))
    except Veto as veto:
        return not_erased(person, "", reason=veto.reason)
    form.told.data = erasing.seal_of(parts)
    return form_page("privacy/erase_for.html", form, person=person, plan=told_in_words(parts))


def _begin(person: Somebody, form: EraseForForm) -> ResponseReturnValue:
    try:
        erasing_for.begin(
            db.session,
            current_actor(),
            person.id,
            form.asking,
            form.words.data,
            at=clock.now(),
            told=form.told.data or "",
        )
    except erasing.ChangedError:
        parts = erasing.plan(db.session, person.id)
        form.told.data = erasing.seal_of(parts)
        form.refuse("", CHANGED)
        return form_page("privacy/erase_for.html", form, person=person, plan=told_in_words(parts))
    except erasing_for.AskError:
        pass  # a second click, or a second person who heard it: it is written down
    else:
        flash(_("Written down. They are told, and a second person has to confirm it."), "good")
    return redirect(url_for("privacy.erase_for", person_id=person.id), 303)


def not_erased(person: Somebody, part: Words, reason: Words = "") -> ResponseReturnValue:
    """Nothing was changed: the response is an error, so all of it is rolled back."""
    db.session.rollback()
    back = (_("People who want to be erased"), url_for("privacy.erasures"))
    page = render_template(
        "privacy/not_erased_for.html", person=person, part=part, reason=reason, back=back
    )
    return page, INVALID if reason else UNAVAILABLE
