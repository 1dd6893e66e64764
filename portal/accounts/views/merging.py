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
from portal.accounts.forms.merging import MergeForm
from portal.accounts.models import Login, Person
from portal.accounts.policies import EDIT_CONTACT, GRANT_ROLE, MERGE_PEOPLE, may_merge
from portal.accounts.services import merging, routes
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


@blueprint.route("/people/<int:person_id>/same/<int:other_id>", methods=["GET", "POST"])
@requires(MERGE_PEOPLE, "GET", "POST", fresh=True)
@writes
def merge_records(person_id: int, other_id: int) -> ResponseReturnValue:
    """Both side by side, and what happens: the first one stays, the other becomes part of it."""
    session, actor = db.session, current_actor()
    people = [_person(one) for one in (person_id, other_id)]
    if person_id == other_id or actor.person_id in {person_id, other_id}:
        abort(NOT_FOUND)
    held = {role for one in people for role in queries.roles_of(session, one.id)}
    logins = [queries.login_of(session, one.id) for one in people]
    form = MergeForm()
    form.offer(*(login.email if login else None for login in logins))
    may = may_merge(actor, person_id, other_id, their_roles=held)
    if form.validate_on_submit():
        if not may:
            abort(403)
        if _merged(form, person_id, other_id):
            flash(_("It is one record now. We have told the person."), "good")
            return redirect(_back(person_id), 303)
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
    )


def _merged(form: MergeForm, kept_id: int, gone_id: int) -> bool:
    """Try it; what is in the way is said at the form, with nothing changed."""
    tried = db.session.begin_nested()
    sign_in = form.sign_in.data if form.sign_in else None
    try:
        merging.merge_people(
            db.session,
            current_actor(),
            kept_id,
            gone_id,
            reason=form.reason.data,
            sign_in=sign_in,
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
        return True
    if tried.is_active:
        tried.rollback()
    db.session.expire_all()
    form.refuse("", fault)
    return False


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
