"""What stands between two people: who may act for whom, and who must not meet whom in a group."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.api import PersonRef, people_by_ids, person_here, person_search
from portal.db import db
from portal.enrolment.forms.arranging import HelperForm, PairForm
from portal.enrolment.forms.taking import ConfirmForm
from portal.enrolment.models import How
from portal.enrolment.policies import ARRANGE, KEEP_APART
from portal.enrolment.queries.arranging import pairs_apart
from portal.enrolment.services import agreements, arranging, keeping_apart
from portal.enrolment.views import blueprint
from portal.enrolment.views.for_others import words_of
from portal.enrolment.views.frame import SEE_OTHER, found, page, sent, today
from portal.plugin_api import current_actor, requires, writes


def _search(name: str) -> list[PersonRef]:
    words = words_of(name)
    return person_search(db.session, words) if words else []


@blueprint.route("/manage/places/people/<int:person_id>/helper", methods=["GET", "POST"])
@requires(ARRANGE, "GET", "POST")
def helper_for(person_id: int) -> ResponseReturnValue:
    """Somebody told the college who may act for them."""
    person = found(person_here(db.session, person_id))
    people = [one for one in _search("q") if one.id != person_id]
    form = HelperForm(data={"agreed_on": today()})
    form.today = today()
    form.offer(people)

    def work() -> str:
        agreements.agree(
            db.session,
            current_actor(),
            person_id,
            int(form.acting_id.data),
            how=How(form.how.data),
            agreed_on=form.agreed_on.data,
            at=clock.now(),
        )
        flash(_("Written down. Either of them can end it."), "good")
        return url_for("enrolment.helper_for", person_id=person_id)

    return sent(form, work) or page(
        "arrange/helper.html", form, person=person, people=people, words=words_of("q")
    )


@blueprint.route("/manage/places/apart", methods=["GET", "POST"])
@requires(KEEP_APART, "GET", "POST")
@writes
def apart() -> ResponseReturnValue:
    """Pairs of people who get no places in one group. Neither of them is told."""
    arranging.note_reading_pairs(db.session, current_actor())
    form = PairForm()
    ones, others = _search("one"), _search("other")
    form.offer(ones, others)

    def work() -> str:
        keeping_apart.keep_apart(
            db.session,
            current_actor(),
            int(form.one.data),
            int(form.other.data),
            at=clock.now(),
        )
        flash(_("From now on they get no places in one group."), "good")
        return url_for("enrolment.apart")

    if form.is_submitted() and form.one.data and form.one.data == form.other.data:
        form.validate()
        form.refuse("other", _("Choose two different people"))
    elif response := sent(form, work):
        return response
    pairs = pairs_apart(db.session)
    known = people_by_ids(
        db.session, {one.one_id for one in pairs} | {one.other_id for one in pairs}
    )
    return page(
        "arrange/apart.html",
        form,
        pairs=[(one, known[one.one_id], known[one.other_id]) for one in pairs],
        found=bool(ones and others),
        looked=bool(request.args.get("one") or request.args.get("other")),
        one=words_of("one"),
        other=words_of("other"),
    )


@blueprint.post("/manage/places/apart/<int:pair_id>/end")
@requires(KEEP_APART, "POST")
def end_apart(pair_id: int) -> ResponseReturnValue:
    """They may share a group again. Ended twice is ended."""

    def work() -> str:
        keeping_apart.end_keep_apart(db.session, current_actor(), pair_id)
        flash(_("They can have places in one group again."), "good")
        return url_for("enrolment.apart")

    return sent(ConfirmForm(), work) or redirect(url_for("enrolment.apart"), SEE_OTHER)
