"""Money ahead of an event, for those who decide and for those who keep account of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext as _

from plugins.claims import words
from plugins.claims.errors import Why
from plugins.claims.forms.advances import DecideForm, SettleForm
from plugins.claims.forms.writing import GoForm
from plugins.claims.models import AdvanceRow, AdvanceState, Move
from plugins.claims.money.separation import Bar, bar
from plugins.claims.policies import DECIDE, KEEP_AHEAD
from plugins.claims.queries import advances as queries
from plugins.claims.services import advances as services
from plugins.claims.services.separating import own_accounts
from plugins.claims.views.advances import at_field
from plugins.claims.views.blueprint import blueprint, once, status
from portal.accounts.api import people_by_ids
from portal.plugin_api import current_actor, db, requires

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

LONGEST_KEY = 32  # of a form, as a part of a key in the books


def _one(ref: str) -> AdvanceRow:
    """One of somebody else; of one's own there is no such page here."""
    found = queries.of_ref(db.session, ref)
    if found is None or found.person_id == current_actor().person_id:
        abort(404)
    return found


@blueprint.get("/desk/ahead")
@requires(DECIDE)
def desk_ahead() -> str:
    """What waits for a decision, and what is still to be paid or accounted for."""
    me = current_actor().person_id
    asked, asked_more = queries.asked(db.session, request.args.get("asked", ""))
    still, still_more = queries.not_accounted_for(db.session, request.args.get("after", ""))
    asked, still = ([one for one in each if one.person_id != me] for each in (asked, still))
    ids = {one.person_id for one in [*asked, *still] if one.person_id is not None}
    people = people_by_ids(db.session, ids)
    return render_template(
        "claims/desk_ahead.html",
        asked=asked,
        asked_more=asked_more,
        still=still,
        still_more=still_more,
        people=people,
    )


@blueprint.route("/desk/ahead/<ref>", methods=["GET", "POST"])
@requires(DECIDE, "GET", "POST")
def decide_ahead(ref: str) -> ResponseReturnValue:
    """One of them: approved, less, or not."""
    one, form = _one(ref), DecideForm()
    key = one.id

    def say() -> str:
        done = services.decide(db.session, current_actor(), key, form.said)
        flash(
            _("Decided. They are being told.")
            if done
            else _("Approved. It is a larger sum, so a second person looks at it, too."),
            "good",
        )
        return url_for("claims.desk_ahead")

    if form.validate_on_submit() and (done := once(form, say, at_field)):
        return done
    return _page(_one(ref), form), status(form)


def _page(one: AdvanceRow, form: DecideForm) -> str:
    actor = current_actor()
    why: Bar | None = None
    if actor.person_id is not None and one.state is AdvanceState.ASKED:
        own = own_accounts(db.session, actor.person_id)
        why = bar(services.involved(db.session, one.id), actor.person_id, own)
    who = people_by_ids(db.session, [one.person_id or 0]).get(one.person_id or 0)
    return render_template(
        "claims/decide_ahead.html",
        one=one,
        form=form,
        who=who,
        barred=words.REFUSALS[Why(why.value)] if why else "",
        can_keep=actor.can(KEEP_AHEAD),
        words=words,
    )


@blueprint.route("/desk/ahead/<ref>/settle", methods=["GET", "POST"])
@requires(KEEP_AHEAD, "GET", "POST")
def settle_ahead(ref: str) -> ResponseReturnValue:
    """Some of it was given back, or is let go."""
    one, form = _one(ref), SettleForm()
    key, what, left = one.id, one.what, one.left_open

    def go() -> str:
        how, pence = Move(form.how.data), int(form.pence.data or 0)
        services.settle(db.session, current_actor(), key, how, pence, form.key[:LONGEST_KEY])
        flash(_("It is noted."), "good")
        return url_for("claims.decide_ahead", ref=ref)

    if form.validate_on_submit() and (done := once(form, go, at_field)):
        return done
    page = render_template("claims/settle_ahead.html", form=form, ref=ref, what=what, left=left)
    return page, status(form)


@blueprint.route("/desk/ahead/<ref>/cancelled", methods=["GET", "POST"])
@requires(DECIDE, "GET", "POST")
def cancelled_ahead(ref: str) -> ResponseReturnValue:
    """The college cancelled what it was for, after a question."""
    one, form = _one(ref), GoForm()
    key = one.id

    def go() -> str:
        services.cancel_event(db.session, current_actor(), key)
        flash(_("Noted. They are being told that what they spent still counts."), "good")
        return url_for("claims.decide_ahead", ref=ref)

    if form.validate_on_submit() and (done := once(form, go)):
        return done
    page = render_template(
        "claims/sure.html",
        form=form,
        back=url_for("claims.decide_ahead", ref=ref),
        back_label=_("Money ahead"),
        title=_("Did the college cancel it?"),
        text=_("Tickets and care that were paid for by now still count. They are told so."),
        yes=_("Yes, it is cancelled"),
    )
    return page, status(form)
