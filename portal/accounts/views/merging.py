"""Two records of one person: find the other, see both side by side, make one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal import clock
from portal.accounts import queries
from portal.accounts.forms.merging import FinishMergeForm, MergeForm
from portal.accounts.models import Login, Person, WhichLogin
from portal.accounts.policies import (
    EDIT_CONTACT,
    GRANT_ROLE,
    MERGE_PEOPLE,
    may_finish_merge,
    may_merge,
)
from portal.accounts.services import merge_requests, merging, routes
from portal.accounts.views.blueprint import blueprint, form_page
from portal.accounts.words import MERGE_FAULTS, ROLE_NAMES, THEIR_ROUTE_NAMES, language_name
from portal.db import db
from portal.plugin_api import Veto, current_actor, requires, writes
from portal.plugin_api.dispatch import following
from portal.plugin_api.personal import FollowingPart, MergeFailedError
from portal.plugin_api.types import Words
from portal.ui.fields import clean

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

LONGEST_SEARCH = 100
NOT_FOUND = 404
ENDPOINT = "accounts.merge_records"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, as it is shown beside the other. `rows` counts what it holds, by what that is."""

    id: int
    name: str
    pronouns: str
    language: str
    since: datetime
    email: str | None
    closed: bool
    ways: Sequence[tuple[Words, str]]
    roles: Sequence[Words]
    rows: Sequence[tuple[Words, int]]


def _person(person_id: int) -> Person:
    person = db.session.get(Person, person_id)
    if person is None or person.erased_at is not None:
        abort(NOT_FOUND)
    return person


@blueprint.get("/people/<int:person_id>/same")
@requires(MERGE_PEOPLE)
def find_same(person_id: int) -> str:
    """Find the other record of this person by its name."""
    person, session = _person(person_id), db.session
    words = (clean(request.args.get("q", person.name)) or "")[:LONGEST_SEARCH]
    left_out = {person_id, current_actor().person_id}
    found = [one for one in queries.people_matching(session, words) if one.id not in left_out]
    return render_template(
        "accounts/merging/find.html",
        person=person,
        back=_back(person_id),
        words=words,
        found=found,
        emails=queries.emails_of(session, [one.id for one in found]),
    )


def _back(person_id: int) -> str:
    """The page that they came from: the one of the two that their role opens."""
    if current_actor().can(EDIT_CONTACT):
        return url_for("accounts.person_contact", person_id=person_id)
    return url_for("accounts.person_roles", person_id=person_id)


@blueprint.get("/people/twice")
@requires(MERGE_PEOPLE)
def merge_list() -> str:
    """Which records wait for a second person to make one of them."""
    lines = queries.open_merges(db.session)
    return render_template(
        "accounts/merging/list.html",
        lines=lines,
        mine=current_actor().person_id,
        may_find=current_actor().can(EDIT_CONTACT),
    )


@blueprint.route("/people/<int:person_id>/same/<int:other_id>", methods=["GET", "POST"])
@requires(MERGE_PEOPLE, "GET", "POST", fresh=True)
@writes
def merge_records(person_id: int, other_id: int) -> ResponseReturnValue:
    """Both side by side, and what happens: the first one stays, the other becomes part of it.

    Where one of them signs somebody in, this asks a second person, who meets the same page.
    """
    session, actor = db.session, current_actor()
    people = [_person(one) for one in (person_id, other_id)]
    if person_id == other_id or actor.person_id in {person_id, other_id}:
        abort(NOT_FOUND)
    waiting = queries.open_merges(session, person_id, other_id)
    if waiting and waiting[0].request.kept_id != person_id:
        return redirect(url_for(ENDPOINT, person_id=other_id, other_id=person_id), 303)
    held = {role for one in people for role in queries.roles_of(session, one.id)}
    logins = [queries.login_of(session, one.id) for one in people]
    form: MergeForm | FinishMergeForm
    if waiting:
        form = FinishMergeForm()
        begun_by_id = waiting[0].request.begun_by_id
        may = may_finish_merge(
            actor, person_id, other_id, begun_by_id=begun_by_id, their_roles=held
        )
    else:
        form = MergeForm()
        form.offer(*(login.email if login else None for login in logins))
        may = may_merge(actor, person_id, other_id, their_roles=held)
    if form.validate_on_submit():
        if not may:
            abort(403)
        sent = _sent(form, person_id, other_id, waiting[0].request.id if waiting else 0)
        if sent is not None:
            return sent
    for one in people:
        routes.note_reading(session, actor, one.id)
    sides = [_side(one, login) for one, login in zip(people, logins, strict=True)]
    return form_page(
        "accounts/merging/merge.html",
        form,
        kept=sides[0],
        gone=sides[1],
        may=may,
        may_grant=actor.can(GRANT_ROLE),
        waiting=waiting[0] if waiting else None,
        stays=sides[1 if waiting and waiting[0].request.sign_in is WhichLogin.GONE else 0].email,
        mine=bool(waiting) and waiting[0].request.begun_by_id == actor.person_id,
        takes_two=any(logins),
    )


def _sent(
    form: MergeForm | FinishMergeForm, kept_id: int, gone_id: int, request_id: int
) -> ResponseReturnValue | None:
    """Where to go when it was asked for, or done; None, with the reason at the form, when it was not."""
    session, actor = db.session, current_actor()
    two = request_id == 0 and merge_requests.takes_two(session, kept_id, gone_id)
    tried = session.begin_nested()
    try:
        if isinstance(form, MergeForm):
            sign_in = WhichLogin(form.sign_in.data) if form.sign_in else None
            do = merge_requests.ask_to_merge if two else merging.merge_people
            do(session, actor, kept_id, gone_id, reason=form.reason.data, sign_in=sign_in)
        else:
            asked = merge_requests.take_request(session, request_id)
            merging.merge_people(
                session, actor, kept_id, gone_id, reason=asked.reason, sign_in=asked.sign_in
            )
    except merging.MergeError as error:
        fault = str(MERGE_FAULTS[error.code])
    except Veto as error:
        fault = error.reason if isinstance(error.reason, str) else str(error.reason)
    except MergeFailedError as error:
        fault = _(
            "“%(part)s” could not follow. Nothing was changed. Please try again, or tell whoever keeps the "
            "computer.",
            part=error.title,
        )
    else:
        if two:
            flash(_("Now a second person has to do it. We have told the person."), "good")
            return redirect(url_for("accounts.merge_list"), 303)
        flash(_("It is one record now. We have told the person."), "good")
        return redirect(_back(kept_id), 303)
    if tried.is_active:
        tried.rollback()
    session.expire_all()
    form.refuse("", fault)
    return None


@blueprint.post("/people/<int:person_id>/same/<int:other_id>/stop")
@requires(MERGE_PEOPLE, "POST")
def stop_merge(person_id: int, other_id: int) -> ResponseReturnValue:
    """They stay two: something is not right."""
    lines = queries.open_merges(db.session, person_id, other_id)
    if not lines:
        abort(NOT_FOUND)
    try:
        merge_requests.stop_request(db.session, current_actor(), lines[0].request.id)
    except merging.MergeError:
        abort(NOT_FOUND)
    flash(_("Stopped. They stay two records."), "good")
    return redirect(url_for("accounts.merge_list"), 303)


def _side(person: Person, login: Login | None) -> Side:
    session = db.session
    return Side(
        id=person.id,
        name=person.name,
        pronouns=person.pronouns,
        language=language_name(person.language) if person.language else "",
        since=person.created_at,
        email=login.email if login else None,
        closed=login is not None and not login.active,
        ways=[
            (THEIR_ROUTE_NAMES[way.kind], way.value)
            for way in queries.routes_of(session, person.id)
        ],
        roles=[
            ROLE_NAMES.get(line.grant.role, line.grant.role)
            for line in queries.grants(session, person_id=person.id, at=clock.now())
        ],
        rows=_open_rows(following(session, person.id)),
    )


def _open_rows(parts: Sequence[FollowingPart]) -> list[tuple[Words, int]]:
    """What may be named here: whether there is anything of a special kind is not for whoever tidies up."""
    return [
        (part.source.what or part.source.purpose, part.rows)
        for part in parts
        if part.source.sensitivity != "special" and not part.source.discreet
    ]
