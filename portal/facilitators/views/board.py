"""The board, for those who look after it: its words, who is interested, a time to talk, what came of it."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal.accounts.api import AgreedHow, person_search
from portal.db import db
from portal.facilitators.forms.opportunities import (
    ChatForm,
    LikeForForm,
    OpportunityForm,
    OutcomeForm,
)
from portal.facilitators.models import InterestState, Opportunity
from portal.facilitators.policies import MANAGE
from portal.facilitators.queries import opportunities as queries
from portal.facilitators.queries.opportunities import InterestLine
from portal.facilitators.services import opportunities as services
from portal.facilitators.services.support import supporters
from portal.facilitators.views.frame import (
    SEE_OTHER,
    blueprint,
    names,
    page,
    person_or_404,
    sent,
    today,
    zone,
)
from portal.facilitators.words import pathway as pathway_words
from portal.plugin_api import current_actor, requires
from portal.ui.fields import clean

LONGEST_SEARCH = 100


def _opportunity(opportunity_id: int) -> Opportunity:
    return queries.opportunity(db.session, opportunity_id) or abort(404)


def _interest(interest_id: int) -> InterestLine:
    return queries.interest(db.session, interest_id) or abort(404)


def _address(opportunity_id: int) -> str:
    return url_for("facilitators.board_one", opportunity_id=opportunity_id)


@blueprint.get("/manage/opportunities")
@requires(MANAGE)
def board() -> str:
    """Every opportunity, on the board or not."""
    return render_template(
        "facilitators/board/index.html",
        lines=queries.all_opportunities(db.session),
        is_open=queries.is_open,
        today=today(),
        words=pathway_words,
    )


@blueprint.route("/manage/opportunities/new", methods=["GET", "POST"])
@requires(MANAGE, "GET", "POST")
def new_opportunity() -> ResponseReturnValue:
    """Write one; it is put on the board afterwards."""
    form = OpportunityForm()

    def work() -> str:
        made = services.create(db.session, current_actor(), form.words())
        flash(_("It is written. Nobody sees it until you put it on the board."), "good")
        return _address(made)

    return sent(form, work) or page("board/edit.html", form, one=None)


@blueprint.get("/manage/opportunities/<int:opportunity_id>")
@requires(MANAGE)
def board_one(opportunity_id: int) -> str:
    """One, with whoever is interested; and finding somebody who told us that they are."""
    one = _opportunity(opportunity_id)
    lines = queries.interests_in(db.session, opportunity_id)
    searched = (clean(request.args.get("q")) or "")[:LONGEST_SEARCH]
    people = {line.person_id for line in lines}
    return render_template(
        "facilitators/board/one.html",
        one=one,
        open=queries.is_open(one, today()),
        lines=lines,
        people=names(people | {line.chat_with_id for line in lines if line.chat_with_id}),
        words=pathway_words,
        searched=searched,
        found=person_search(db.session, searched) if searched else [],
    )


@blueprint.route("/manage/opportunities/<int:opportunity_id>/edit", methods=["GET", "POST"])
@requires(MANAGE, "GET", "POST")
def edit_opportunity(opportunity_id: int) -> ResponseReturnValue:
    """Other words."""
    one = _opportunity(opportunity_id)
    form = OpportunityForm.showing(one)

    def work() -> str:
        services.change(
            db.session, current_actor(), opportunity_id, form.words(), version=form.seen_version
        )
        flash(_("Saved."), "good")
        return _address(opportunity_id)

    return sent(form, work) or page("board/edit.html", form, one=one)


@blueprint.post("/manage/opportunities/<int:opportunity_id>/publish")
@requires(MANAGE, "POST")
def publish_opportunity(opportunity_id: int) -> ResponseReturnValue:
    """Put it on the board."""
    services.publish(db.session, current_actor(), opportunity_id)
    if queries.is_open(_opportunity(opportunity_id), today()):
        flash(_("It is on the board."), "good")
    else:
        flash(_("Its last day is over. Give it another one first."), "warn")
    return redirect(_address(opportunity_id), SEE_OTHER)


@blueprint.post("/manage/opportunities/<int:opportunity_id>/close")
@requires(MANAGE, "POST")
def close_opportunity(opportunity_id: int) -> ResponseReturnValue:
    """Take it off the board."""
    services.close(db.session, current_actor(), opportunity_id)
    flash(_("It is off the board. Whoever likes it already still has their talk."), "good")
    return redirect(_address(opportunity_id), SEE_OTHER)


@blueprint.route(
    "/manage/opportunities/<int:opportunity_id>/people/<int:person_id>", methods=["GET", "POST"]
)
@requires(MANAGE, "GET", "POST")
def like_for(opportunity_id: int, person_id: int) -> ResponseReturnValue:
    """Somebody told us that they are interested, on the phone, on paper or in person."""
    one = _opportunity(opportunity_id)
    person = person_or_404(person_id)
    form = LikeForForm()

    def work() -> str:
        made = services.like(
            db.session,
            current_actor(),
            opportunity_id,
            person_id,
            today=today(),
            how=AgreedHow(form.how.data),
        )
        flash(_("It is put down. Name a time to talk."), "good")
        return url_for("facilitators.interest", interest_id=made)

    return sent(form, work) or page("board/like_for.html", form, one=one, person=person)


@blueprint.get("/manage/opportunities/interests/<int:interest_id>")
@requires(MANAGE)
def interest(interest_id: int) -> str:
    """One interest, as the person sees it too, and what can be done now."""
    one = _interest(interest_id)
    people = names({one.person_id} | ({one.chat_with_id} if one.chat_with_id else set()))
    return render_template(
        "facilitators/board/interest.html",
        one=one,
        person=people[one.person_id],
        talks_with=people.get(one.chat_with_id or 0),
        words=pathway_words,
    )


@blueprint.route("/manage/opportunities/interests/<int:interest_id>/chat", methods=["GET", "POST"])
@requires(MANAGE, "GET", "POST")
def name_chat(interest_id: int) -> ResponseReturnValue:
    """Name a time to talk."""
    one = _interest(interest_id)
    form = ChatForm(people=supporters(db.session, one.person_id))

    def work() -> str:
        services.name_chat(
            db.session,
            current_actor(),
            interest_id,
            form.chat(zone()),
            agreed=bool(form.agreed.data),
        )
        flash(_("They are told in their own way."), "good")
        return url_for("facilitators.interest", interest_id=interest_id)

    return sent(form, work) or page(
        "board/chat.html", form, one=one, person=names([one.person_id])[one.person_id]
    )


@blueprint.route("/manage/opportunities/interests/<int:interest_id>/after", methods=["GET", "POST"])
@requires(MANAGE, "GET", "POST")
def settle_interest(interest_id: int) -> ResponseReturnValue:
    """What came of it."""
    one, form = _interest(interest_id), OutcomeForm()

    def work() -> str:
        state = InterestState(form.outcome.data)
        services.settle(db.session, current_actor(), interest_id, state)
        flash(_("It is put down. They see the same on their page."), "good")
        return _address(one.opportunity_id)

    return sent(form, work) or page(
        "board/after.html", form, one=one, person=names([one.person_id])[one.person_id]
    )
