"""For whoever pays: what people are to get for what they did, and their hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext as _

from plugins.claims.errors import RefusedError, Why
from plugins.claims.forms.offers import HoursForm
from plugins.claims.forms.writing import GoForm
from plugins.claims.money.hours import hours as written
from plugins.claims.policies import RECOGNISE
from plugins.claims.queries import hours, offers
from plugins.claims.services import giving
from plugins.claims.services.by_hand import note_paid
from plugins.claims.services.hours import balance, use_or_adjust
from plugins.claims.views.blueprint import blueprint, once, status
from plugins.claims.words import REFUSALS
from plugins.claims.words import offers as words
from portal.accounts.api import people_by_ids, person_here, person_search
from portal.plugin_api import current_actor, db, requires

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue

LONGEST_SEARCH = 100
AT_FIELD = {Why.HOURS: "hours"}


def _field(refused: RefusedError) -> str:
    return AT_FIELD.get(refused.why, "")


@blueprint.get("/recognition")
@requires(RECOGNISE)
def recognition() -> str:
    """What is agreed and has taken place, the oldest first. One's own is not here."""
    return _to_give(GoForm(formdata=None))


def _to_give(form: GoForm, choice_id: int = 0) -> str:
    """The page; where something was refused, it says why beside it."""
    me = current_actor().person_id
    given, more = offers.to_give(db.session, request.args.get("after", ""))
    found = [one for one in given if one.brief.person_id != me]
    barred = giving.barred(db.session, current_actor(), [one.chosen.id for one in found])
    if form.submit.errors:
        buttons = {one.chosen.id for one in found if one.needs_a_hand} - barred.keys()
        form.submit.error_target = f"give-{choice_id}" if choice_id in buttons else "main"
    return render_template(
        "claims/recognition.html",
        found=found,
        more=more,
        barred=barred,
        again=giving.approved_again(db.session, [o.chosen.id for o in found if o.money_by_hand]),
        people=people_by_ids(db.session, offers.people_of([one.brief for one in found])),
        form=form,
        wrong=choice_id,
        words=words,
        refusals=REFUSALS,
    )


def _given(choice_id: int, give: Callable[[], None]) -> ResponseReturnValue:
    """Do it, and show the page again."""
    form = GoForm()

    def go() -> str:
        give()
        flash(_("Noted."), "good")
        return url_for("claims.recognition")

    if form.validate_on_submit() and (done := once(form, go, lambda _refused: "submit")):
        return done
    return _to_give(form, choice_id), status(form)


@blueprint.post("/recognition/<int:choice_id>/handed")
@requires(RECOGNISE, "POST")
def hand_over(choice_id: int) -> ResponseReturnValue:
    """What is not money was given."""
    return _given(choice_id, lambda: giving.hand_over(db.session, current_actor(), choice_id))


@blueprint.post("/recognition/<int:choice_id>/paid/<int:version>")
@requires(RECOGNISE, "POST")
def paid_by_hand(choice_id: int, version: int) -> ResponseReturnValue:
    """A charity was given it, or it went through the payroll."""
    return _given(choice_id, lambda: note_paid(db.session, current_actor(), choice_id, version))


@blueprint.get("/hours", endpoint="hours")
@requires(RECOGNISE)
def all_hours() -> str:
    """Who has hours left; and finding somebody."""
    found = hours.balances(db.session)
    searched = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    me = current_actor().person_id
    people = person_search(db.session, searched) if searched else []
    return render_template(
        "claims/hours.html",
        balances=[(person, left) for person, left in found if person != me],
        people=people_by_ids(db.session, [person for person, _left in found]),
        searched=searched,
        found=[one for one in people if one.id != me],
        hours=written,
    )


@blueprint.route("/hours/<int:person_id>", methods=["GET", "POST"])
@requires(RECOGNISE, "GET", "POST")
def hours_of(person_id: int) -> ResponseReturnValue:
    """Somebody's hours: they use some, or they are put right."""
    who = person_here(db.session, person_id)
    if who is None or person_id == current_actor().person_id:
        abort(404)
    form = HoursForm()

    def write() -> str:
        kind, minutes = form.entry
        use_or_adjust(
            db.session,
            current_actor(),
            person_id,
            kind,
            minutes,
            form.words.data or "",
            key=form.key,
        )
        flash(_("Written down."), "good")
        return url_for("claims.hours_of", person_id=person_id)

    if form.validate_on_submit() and (done := once(form, write, _field)):
        return done
    entries, more = hours.hours_of(db.session, person_id, request.args.get("after", ""))
    page = render_template(
        "claims/hours_of.html",
        form=form,
        who=who,
        left=balance(db.session, person_id),
        entries=entries,
        more=more,
        words=words,
        hours=written,
    )
    return page, status(form)
