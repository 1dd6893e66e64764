"""The board: what people can do here, "I am interested", and the chat that follows, as the person sees it."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.db import db
from portal.facilitators.forms.opportunities import AnotherTimeForm
from portal.facilitators.queries import opportunities as queries
from portal.facilitators.queries.opportunities import InterestLine
from portal.facilitators.services import opportunities as services
from portal.facilitators.services.errors import RefusedError
from portal.facilitators.settings.pathway import ADVICE
from portal.facilitators.views.frame import SEE_OTHER, blueprint, me, names, page, sent, today
from portal.facilitators.words import pathway as pathway_words
from portal.plugin_api import current_actor, public, signed_in
from portal.plugin_api.dispatch import setting
from portal.ui.filters import day


def _interest(interest_id: int) -> InterestLine:
    """The actor's own interest, or no such page."""
    found = queries.interest(db.session, interest_id)
    if found is None or found.person_id != me():
        abort(404)
    return found


@blueprint.get("/opportunities")
@public
def opportunities() -> str:
    """Everything on the board; for whoever is signed in, what they said they like."""
    person_id = current_actor().person_id
    mine = queries.interests_of(db.session, person_id) if person_id is not None else ()
    return render_template(
        "facilitators/opportunities/index.html",
        found=queries.on_board(db.session, today()),
        mine=mine,
        signed_in=person_id is not None,
        talks=names(one.chat_with_id for one in mine if one.chat_with_id),
        words=pathway_words,
    )


@blueprint.get("/opportunities/<int:opportunity_id>")
@public
def opportunity(opportunity_id: int) -> str:
    """One: what it is, hours, support, money, and how to say that one likes it."""
    one = queries.opportunity(db.session, opportunity_id)
    actor = current_actor()
    mine = (
        queries.own_interest(db.session, actor.person_id, opportunity_id)
        if actor.person_id is not None
        else None
    )
    if one is None or not (queries.is_open(one, today()) or mine):
        abort(404)
    return render_template(
        "facilitators/opportunities/one.html",
        one=one,
        open=queries.is_open(one, today()),
        mine=mine,
        talks=names([mine.chat_with_id] if mine and mine.chat_with_id else []),
        words=pathway_words,
        advice=setting(db.session, ADVICE),
        chat_by=services.chat_by(db.session, today()),
        signed_in=actor.is_signed_in,
    )


@blueprint.post("/opportunities/<int:opportunity_id>/interest")
@signed_in("POST")
def like(opportunity_id: int) -> ResponseReturnValue:
    """I am interested: one step."""
    try:
        services.like(db.session, current_actor(), opportunity_id, me(), today=today())
    except RefusedError as error:
        flash(str(error.reason), "warn")
        return redirect(url_for("facilitators.opportunities"), SEE_OTHER)
    by = day(services.chat_by(db.session, today()))
    flash(
        _("Thank you. By %(day)s somebody gets in touch and names a time to talk.", day=by), "good"
    )
    return redirect(url_for("facilitators.opportunity", opportunity_id=opportunity_id), SEE_OTHER)


@blueprint.post("/me/interests/<int:interest_id>/agree/<int:number>")
@signed_in("POST")
def agree_to_chat(interest_id: int, number: int) -> ResponseReturnValue:
    """The time that they saw suits them."""
    one = _interest(interest_id)
    try:
        agreed = services.agree(db.session, current_actor(), interest_id, number)
    except RefusedError as error:
        flash(str(error.reason), "warn")
    else:
        if agreed:
            flash(_("Agreed. See you then."), "good")
        else:
            flash(_("Another time was named meanwhile. Look at it first."), "warn")
    return _to(one)


@blueprint.route("/me/interests/<int:interest_id>/another-time", methods=["GET", "POST"])
@signed_in("GET", "POST")
def another_time(interest_id: int) -> ResponseReturnValue:
    """It does not suit them."""
    one, form = _interest(interest_id), AnotherTimeForm()

    def work() -> str:
        services.another_time(
            db.session, current_actor(), interest_id, form.words.data or "", today=today()
        )
        by = day(services.chat_by(db.session, today()))
        flash(_("Of course. By %(day)s somebody names another time.", day=by), "good")
        return url_for("facilitators.opportunity", opportunity_id=one.opportunity_id)

    return sent(form, work) or page("opportunities/another_time.html", form, one=one)


@blueprint.post("/me/interests/<int:interest_id>/withdraw")
@signed_in("POST")
def withdraw_interest(interest_id: int) -> ResponseReturnValue:
    """They changed their mind."""
    one = _interest(interest_id)
    services.withdraw(db.session, current_actor(), interest_id)
    flash(_("That is fine. Nobody asks why, and you can come back to it."), "good")
    return _to(one)


def _to(one: InterestLine) -> ResponseReturnValue:
    address = url_for("facilitators.opportunity", opportunity_id=one.opportunity_id)
    return redirect(address, SEE_OTHER)
