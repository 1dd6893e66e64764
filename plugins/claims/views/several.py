"""Approving several claims at once: a page of who gets what and what is left out, then one button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from plugins.claims import words
from plugins.claims.forms.deciding import SeveralForm, seen_of
from plugins.claims.policies import DECIDE
from plugins.claims.queries import claims
from plugins.claims.services import several as services
from plugins.claims.views.blueprint import blueprint, once, status
from portal.accounts.api import people_by_ids
from portal.plugin_api import current_actor, db, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.route("/desk/several", methods=["GET", "POST"])
@requires(DECIDE, "GET", "POST")
def several() -> ResponseReturnValue:
    """The ticked claims, as they stand. Afterwards the same page says what could not be approved, and why."""
    picks = request.form.getlist("pick") or request.args.getlist("pick")
    form, seen = SeveralForm(), seen_of(picks[: services.MOST])

    def go() -> str:
        rows, _briefs = claims.picked(db.session, seen)
        found = services.approve(
            db.session, current_actor(), {row.id: seen[row.ref] for row in rows}
        )
        _say(sum(why is None for why in found.values()), sum(map(bool, found.values())))
        return url_for("claims.several", pick=picks)

    if form.validate_on_submit() and (done := once(form, go)):
        return done
    return _page(form, seen, picks), status(form)


def _say(done: int, left: int) -> None:
    if done:
        words_of_it = ngettext(
            "%(num)d claim is approved. Its person is being told.",
            "%(num)d claims are approved. Their people are being told.",
            done,
        )
        flash(words_of_it, "good")
    if left:
        flash(_("What could not be approved stands below, with why."), "warn")


def _page(form: SeveralForm, seen: dict[str, int], picks: list[str]) -> str:
    rows, briefs = claims.picked(db.session, seen)
    whys = services.left_out(
        db.session, current_actor(), rows, {row.id: seen[row.ref] for row in rows}
    )
    people = people_by_ids(db.session, {one.person_id for one in briefs if one.person_id})
    ready = [one for one in briefs if whys[one.id] is None]
    return render_template(
        "claims/several.html",
        form=form,
        picks=picks,
        ready=ready,
        total=sum(one.pence for one in ready),
        left=[
            (one, words.REFUSALS[why])
            for one in briefs
            if one.state != "decided" and (why := whys[one.id]) is not None
        ],
        decided=[one for one in briefs if one.state == "decided"],
        people=people,
        me=current_actor().person_id,
        words=words,
    )
