"""Who holds which role, and what each role may do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from portal import clock
from portal.accounts import queries
from portal.accounts.course_book import course_book
from portal.accounts.forms.account import MOST_COURSES, GrantForm, RevokeForm
from portal.accounts.models import Person, RoleGrant
from portal.accounts.policies import GRANT_ROLE, GRANTABLE, ROLES, may_close, may_grant
from portal.accounts.services import roles
from portal.accounts.views.blueprint import blueprint, form_page
from portal.accounts.views.helping import may_be_helped
from portal.accounts.views.scopes import end_of, scope_names
from portal.accounts.words import GRANT_FAULTS, ROLE_NAMES, ROLE_TASKS, last_day
from portal.db import db
from portal.plugin_api import current_actor, public, requires
from portal.ui.fields import clean

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

BUNDLES = "portal_role_permissions"
LABELS = "portal_permission_labels"  # in app.extensions: permission → words
LONGEST_SEARCH = 100
PAGE = 25  # grants on a page
SOON = timedelta(days=30)  # a grant that ends within it is one to think about


@blueprint.get("/roles")
@public
def role_guide() -> str:
    """What each role can see and do: made from the same data that is asked on every click."""
    bundles: dict[str, frozenset[str]] = current_app.extensions.get(BUNDLES, {})
    labels: dict[str, object] = current_app.extensions.get(LABELS, {})
    everybody = bundles.get(ROLES[0], frozenset())
    guide = [
        (
            role,
            ROLE_NAMES[role],
            ROLE_TASKS[role],
            sorted(
                str(labels.get(key, key))
                for key in bundles.get(role, frozenset())
                if role == ROLES[0] or key not in everybody
            ),
        )
        for role in ROLES
    ]
    return render_template("accounts/role_guide.html", guide=guide)


@blueprint.get("/people")
@requires(GRANT_ROLE)
def people() -> str:
    """Find somebody by name; until then, who holds which role: since and until when, by whom, and why."""
    session, now = db.session, clock.now()
    words = (clean(request.args.get("q")) or "")[:LONGEST_SEARCH]
    role = request.args.get("role", "")
    role = role if role in GRANTABLE else ""
    soon = request.args.get("soon") == "1"
    found = queries.people_matching(session, words)
    grants = (
        []
        if words
        else queries.grants(
            session,
            at=now,
            role=role,
            ends_before=now + SOON if soon else None,
            before=request.args.get("before", type=int),
            limit=PAGE + 1,
        )
    )
    more, grants = len(grants) > PAGE, grants[:PAGE]
    return render_template(
        "accounts/people.html",
        words=words,
        role=role,
        soon=soon,
        first="before" not in request.args,
        found=found,
        emails=queries.emails_of(session, [person.id for person in found]),
        grants=grants,
        older=grants[-1].grant.id if more else None,
        ends_soon=now + SOON,
        roles=GRANTABLE,
        role_names=ROLE_NAMES,
        scope_name=scope_names(session, [line.grant for line in grants]),
        last_day=last_day,
    )


@blueprint.route("/people/<int:person_id>/roles", methods=["GET", "POST"])
@requires(GRANT_ROLE, "GET", "POST", fresh=True)
def person_roles(person_id: int) -> ResponseReturnValue:
    """One person's roles, past and present, and a form to give one."""
    session = db.session
    person = session.get(Person, person_id)
    if person is None or person.erased_at is not None:
        abort(404)
    form = GrantForm()
    wanted = form.asks_for_course
    form.offer(course_book().matching(session, wanted, MOST_COURSES + 1) if wanted else ())
    own = not may_grant(current_actor(), person_id)
    if form.validate_on_submit():
        if own:
            abort(403)
        try:
            roles.grant_role(
                session,
                current_actor(),
                person_id,
                form.role.data,
                scope=form.scope,
                reason=form.reason.data,
                valid_to=end_of(form.last_day.data) if form.last_day.data else None,
            )
        except roles.RoleError as error:
            form.refuse(*GRANT_FAULTS[error.code])
        else:
            flash(_("The role is given. It works from the next click."), "good")
            return redirect(url_for("accounts.person_roles", person_id=person_id), 303)
    grants = queries.grants(session, person_id=person_id)
    login = queries.login_of(session, person_id)
    return form_page(
        "accounts/person_roles.html",
        form,
        person=person,
        may_help=may_be_helped(person.id),
        may_close=login is not None and may_close(current_actor(), person_id),
        can_sign_in=login is not None and login.active,
        own=own,
        now=clock.now(),
        grants=grants,
        role_names=ROLE_NAMES,
        scope_name=scope_names(session, [line.grant for line in grants]),
        last_day=last_day,
    )


@blueprint.route("/people/grants/<int:grant_id>/end", methods=["GET", "POST"])
@requires(GRANT_ROLE, "GET", "POST", fresh=True)
def end_role(grant_id: int) -> ResponseReturnValue:
    """End a role now, with a reason."""
    session = db.session
    grant = session.get(RoleGrant, grant_id)
    if grant is None or not may_grant(current_actor(), grant.person_id):
        abort(404)
    form = RevokeForm()
    if form.validate_on_submit():
        try:
            roles.revoke_role(session, current_actor(), grant_id, reason=form.reason.data)
        except roles.RoleError as error:
            form.refuse(*GRANT_FAULTS[error.code])
        else:
            flash(_("The role has ended. It stops working from the next click."), "good")
            return redirect(url_for("accounts.person_roles", person_id=grant.person_id), 303)
    return form_page(
        "accounts/end_role.html",
        form,
        grant=grant,
        person=session.get_one(Person, grant.person_id),
        role=ROLE_NAMES.get(grant.role, grant.role),
        scope=scope_names(session, [grant])(grant.scope),
    )
