"""Around the register: who came without a place, and what people shared with those who lead."""

from __future__ import annotations

from typing import NoReturn

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.api import people_by_ids, person_search
from portal.audit.api import record
from portal.courses.api import LedSession, claim_form, led_session, settle_form
from portal.db import db, run_unit
from portal.enrolment import policies
from portal.enrolment.forms.register import CameForm
from portal.enrolment.models import LONGEST_KEY, LONGEST_NAME
from portal.enrolment.queries import register as queries
from portal.enrolment.services import register as services
from portal.enrolment.services.leading import still_leads
from portal.enrolment.services.outcomes import PlaceRefusedError
from portal.enrolment.views import blueprint
from portal.enrolment.views.frame import REFUSED, SEE_OTHER
from portal.enrolment.views.register import is_open, mine
from portal.plugin_api import current_actor, require_fresh, signed_in, writes

SHORTEST_SEARCH = 3  # letters: no list of everybody
MOST_FOUND = 6
NEW = "new"


@blueprint.route("/registers/<int:session_id>/came", methods=["GET", "POST"])
@signed_in("GET", "POST")
def register_came(session_id: int) -> ResponseReturnValue:
    """Somebody came who is not in the register: find them by name, or write a new name down."""
    one = mine(session_id)
    if not is_open(one) or not policies.may_welcome(current_actor(), one, clock.now()):
        abort(404)
    form = CameForm(data={"name": _searched()})
    form.who.choices = _choices(form.new_name)
    full = None
    if form.validate_on_submit():
        try:
            return _welcome(one, form)
        except services.FullError as error:
            full = error
        except PlaceRefusedError as error:
            form.refuse("", error.reason)
    page = render_template(
        "enrolment/register/came.html",
        form=form,
        session=one,
        name=form.new_name,
        full=full,
        chosen=dict(form.who.choices).get(form.who.data) if full else None,
        too_short=0 < len(form.new_name) < SHORTEST_SEARCH,
        kept=_kept(),
        longest_name=LONGEST_NAME,
    )
    return page, REFUSED if full or form.errors or form.form_errors else 200


def _searched() -> str:
    text = "".join(letter for letter in request.args.get("name", "") if letter.isprintable())
    return text.strip()[:LONGEST_NAME]


def _kept() -> str:
    """The key of a name that a phone kept while it had no connection; empty when there was none."""
    key = request.args.get("kept", "")
    return key if key.isascii() and key.isalnum() and len(key) <= LONGEST_KEY else ""


def _choices(name: str) -> list[tuple[str, str]]:
    if len(name) < SHORTEST_SEARCH:
        return []
    found = person_search(db.session, name, limit=MOST_FOUND)
    known = [
        (str(one.id), f"{one.name} ({one.pronouns})" if one.pronouns else one.name) for one in found
    ]
    return [*known, (NEW, str(_("Somebody new: %(name)s", name=name)))]


def _welcome(one: LedSession, form: CameForm) -> ResponseReturnValue:
    """One effect for each form shown. Raises what `services.welcome` raises."""
    kept = _kept()
    # The fragment tells the phone that it need not keep the name any longer.
    anchor = f"written-{kept}" if kept else None
    address = url_for("enrolment.register", session_id=one.id, _anchor=anchor)
    if claim_form(db.session, form.key) is not None:
        return redirect(address, SEE_OTHER)
    placed = services.welcome(
        db.session,
        current_actor(),
        one,
        person_id=form.person_id,
        name=form.new_name,
        key=form.key,
        at=clock.now(),
        visit=request.form.get("visit") == "yes",
    )
    settle_form(db.session, form.key, address)
    if placed:
        flash(_("They have a place, and are marked as here."), "good")
    else:
        flash(_("They are written down as a visitor for today."), "good")
    return redirect(address, SEE_OTHER)


@blueprint.get("/registers/<int:session_id>/needs")
@signed_in
@writes
def register_needs(session_id: int) -> ResponseReturnValue:
    """What people shared, for those who lead this run alone. Each reading is on record, and each try."""
    one = led_session(db.session, session_id)
    actor = current_actor()
    if one is None:
        abort(404)
    may = policies.may_read_needs(actor, one, clock.now())
    if not may or not still_leads(db.session, actor, one.id):
        _refuse_needs(one)
    require_fresh(actor, policies.NEEDS_FRESH)
    needs = queries.shared_needs(db.session, one.run_id)
    for need in needs:
        record(db.session, actor, "enrolment:needs:read", ("enrolment", need.enrolment_id))
    people = people_by_ids(db.session, {need.person_id for need in needs if need.person_id})
    page = render_template(
        "enrolment/register/needs.html",
        session=one,
        needs=[
            (people[need.person_id].name if need.person_id in people else need.guest_name, need)
            for need in needs
        ],
        until=policies.needs_until(actor, one),
    )
    return page, 200, {"Cache-Control": "no-store"}


def _refuse_needs(one: LedSession) -> NoReturn:
    """No such page for whoever does not lead the run; that they asked for it is on record all the same."""
    actor = current_actor()
    db.session.rollback()  # the answer is an error and undoes its own unit: this is written in another
    run_unit(lambda unit: record(unit, actor, "enrolment:needs:refuse", ("session", one.id)))
    abort(404)
