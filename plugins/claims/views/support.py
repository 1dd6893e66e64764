"""Letting somebody write claims for you, and writing them for somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext as _

from plugins.claims import words
from plugins.claims.forms.advances import AskForm
from plugins.claims.forms.support import OfferForm, TakeUpForm
from plugins.claims.forms.writing import ForForm, GoForm
from plugins.claims.queries import claims
from plugins.claims.queries import support as queries
from plugins.claims.services import beginning, support
from plugins.claims.services.advances import Wish
from plugins.claims.views.blueprint import blueprint, once, status
from plugins.claims.views.writing import ask
from portal.accounts.api import people_by_ids
from portal.plugin_api import current_actor, db, signed_in
from portal.ui.limits import ask_to_wait, limiter, myself

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from plugins.claims.queries.support import Support

TRIES = "20 per hour"


def _me() -> int:
    return current_actor().person_id or 0


@blueprint.route("/supporters", methods=["GET", "POST"])
@signed_in("GET", "POST")
def supporters() -> ResponseReturnValue:
    """Who writes claims for me, and a code for somebody else."""
    form = OfferForm()

    def make() -> str:
        support.offer(db.session, current_actor(), paid=form.paid.data == "yes")
        return url_for("claims.supporters", _anchor="code")

    if form.validate_on_submit() and (done := once(form, make)):
        return done
    mine = queries.supporters_of(db.session, _me())
    page = render_template(
        "claims/supporters.html",
        form=form,
        supports=mine,
        people=people_by_ids(db.session, {one.supporter_id for one in mine}),
        code=queries.open_code(db.session, _me()),
    )
    return page, status(form)


@blueprint.route("/supporters/<int:consent_id>/end", methods=["GET", "POST"])
@signed_in("GET", "POST")
def end_support(consent_id: int) -> ResponseReturnValue:
    """End it, after a question: whoever let it, or whoever was let. A second click finds it ended."""
    form = GoForm()

    def end() -> str:
        support.end(db.session, current_actor(), consent_id)
        flash(_("It has ended."), "good")
        return url_for("claims.index")

    if form.validate_on_submit() and (done := once(form, end)):
        return done
    one = _holding(consent_id)
    mine = one.person_id == _me()
    other = one.supporter_id if mine else one.person_id
    name = people_by_ids(db.session, [other])[other].name
    page = render_template(
        "claims/sure.html",
        form=form,
        back=url_for("claims.supporters" if mine else "claims.helping"),
        back_label=_("Let somebody write claims for me")
        if mine
        else _("Claims that I write for others"),
        title=_("End the help of %(name)s with your claims?", name=name)
        if mine
        else _("Stop writing claims for %(name)s?", name=name),
        text=_("It ends at once, and nobody needs a reason. Claims that were written stay."),
        yes=_("End it") if mine else _("Stop"),
    )
    return page, status(form)


def _holding(consent_id: int) -> Support:
    both = [
        *queries.supporters_of(db.session, _me()),
        *queries.supported_by(db.session, _me()),
    ]
    found = next((one for one in both if one.id == consent_id), None)
    if found is None:
        abort(404)
    return found


@blueprint.route("/helping", methods=["GET", "POST"])
@signed_in("GET", "POST")
@limiter.limit(TRIES, key_func=myself, methods=["POST"], on_breach=ask_to_wait)
def helping() -> ResponseReturnValue:
    """For whom I write claims, what I wrote, and the code of somebody else."""
    form = TakeUpForm()

    def take_up() -> str:
        person_id = support.take_up(db.session, current_actor(), form.code.data or "")
        name = people_by_ids(db.session, [person_id])[person_id].name
        flash(_("You can write claims for %(name)s now.", name=name), "good")
        return url_for("claims.helping")

    if form.validate_on_submit() and (done := once(form, take_up, lambda _: "code")):
        return done
    mine = queries.supported_by(db.session, _me())
    written, more = claims.written_for_others(db.session, _me(), request.args.get("after", ""))
    asked, more_asked = queries.ahead_asked(db.session, _me(), request.args.get("ahead", ""))
    people = {one.person_id for one in mine} | {one.person_id or 0 for one in written}
    people |= {one.person_id or 0 for one in asked}
    page = render_template(
        "claims/helping.html",
        form=form,
        supports=mine,
        written=written,
        more=more,
        asked=asked,
        more_asked=more_asked,
        people=people_by_ids(db.session, people),
        words=words,
    )
    return page, status(form)


@blueprint.route("/helping/<int:consent_id>/start", methods=["GET", "POST"])
@signed_in("GET", "POST")
def start_for(consent_id: int) -> ResponseReturnValue:
    """What was it for? A new claim for somebody who lets me write it."""
    one = _holding(consent_id)
    if one.supporter_id != _me():
        abort(404)
    form, actor = ForForm(), current_actor()
    name = people_by_ids(db.session, [one.person_id])[one.person_id].name

    def begin() -> str:
        claim = beginning.begin_for(db.session, actor, consent_id, form.what.data or "")
        return url_for("claims.add", ref=claim.ref)

    if form.validate_on_submit() and (done := once(form, begin)):
        return done
    return ask(form, "what", whom=name), status(form)


@blueprint.route("/helping/<int:consent_id>/ahead", methods=["GET", "POST"])
@signed_in("GET", "POST")
def ask_ahead_for(consent_id: int) -> ResponseReturnValue:
    """Ask for money ahead for somebody who lets me do that, too."""
    one = _holding(consent_id)
    if one.supporter_id != _me() or not one.ahead:
        abort(404)
    form, actor = AskForm(), current_actor()
    name = people_by_ids(db.session, [one.person_id])[one.person_id].name

    def go() -> str:
        wish = Wish(form.what.data or "", form.day.data, int(form.pence.data or 0))
        made = beginning.ask_for(db.session, actor, consent_id, wish)
        flash(
            _("Thank you. Somebody looks at it before that day. We tell %(name)s.", name=name),
            "good",
        )
        return url_for("claims.advance", ref=made.ref)

    if form.validate_on_submit() and (done := once(form, go, lambda _: "day")):
        return done
    return render_template("claims/ask_ahead.html", form=form, whom=name), status(form)
