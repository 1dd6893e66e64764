"""Every route × method × everybody who might call it: refused without a trace, or it works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import url_for
from flask.testing import FlaskClient

from portal import clock
from portal.accounts.models import Login, RoleGrant
from portal.accounts.policies import GRANTABLE, ROLES
from portal.accounts.services.logins import set_active
from portal.accounts.services.roles import revoke_role
from portal.accounts.testing import signed_in_client
from portal.app import Portal
from portal.courses.api import sample_session
from portal.courses.models import Run
from portal.db import unit_of_work
from portal.plugin_api import SYSTEM, RouteSample
from portal.plugin_api.testing import Lab
from portal.plugin_api.trials import rows_of
from portal.plugin_host.boot import host_of
from tests.factories.demo import engine_or_skip
from tests.matrix.access import GONE_ALREADY, PUBLIC, ROLES_OF, SIGNED_IN
from tests.matrix.addresses import Route, addresses
from tests.matrix.samples import ELSEWHERE, SAMPLES

EVERYBODY_ELSE = ("anonymous", "disabled", "revoked")
REFUSED, FIRST_ERROR, NOT_FOUND = frozenset({403, 404}), 400, 404
NOBODY = 999_999_999  # an id that no record has


@pytest.fixture
def engine_name() -> str:
    """What a person may do does not depend on the database; the rules are asked before it is."""
    return "sqlite"


@pytest.fixture
def known(app: Portal) -> dict[str, Any]:
    """Records that exist, by the names they have in addresses."""
    day = clock.now().date() + timedelta(weeks=5)
    with app.app_context(), unit_of_work() as session:
        run_id, session_id = sample_session(session, day)
        course_id = session.get_one(Run, run_id).course_id
    ids = {"run_id": run_id, "session_id": session_id, "course_id": course_id}
    return ids | {"kind": "course", "subject_id": course_id}


def call(
    client: FlaskClient, route: Route, address: str, payload: Mapping[str, Any] | None = None
) -> Any:
    if route[1] == "GET":
        return client.get(address)
    return client.post(address, data=dict(payload or {}))


def allowed_to(role: str) -> frozenset[Route]:
    return frozenset(route for route, roles in ROLES_OF.items() if role in roles)


def visitor(app: Portal, who: str) -> tuple[FlaskClient, frozenset[Route]]:
    """A client, and the routes beyond the public ones that it may call."""
    if who == "anonymous":
        return app.test_client(), frozenset()
    if who in ROLES:
        return signed_in_client(app, [who]), SIGNED_IN | allowed_to(who)
    signed_in_client(app, ["administrator"])  # the last one's role cannot be taken
    client = signed_in_client(app, GRANTABLE)  # whoever had every right there is
    person_id = client.person_id  # type: ignore[attr-defined]
    client.get("/me")
    with app.app_context(), unit_of_work() as session:
        if who == "disabled":
            login = session.scalars(sa.select(Login).where(Login.person_id == person_id)).one()
            set_active(session, SYSTEM, login, active=False, reason="for a test")
            return client, frozenset()
        for grant in session.scalars(sa.select(RoleGrant).where(RoleGrant.person_id == person_id)):
            revoke_role(session, SYSTEM, grant.id, reason="for a test")
    return client, SIGNED_IN


def test_every_route_stands_in_the_reviewed_table(app: Portal) -> None:
    routes = set(host_of(app).registry.access)
    tabled = [*PUBLIC, *SIGNED_IN, *ROLES_OF]

    assert len(tabled) == len(set(tabled)), "a route stands in the table twice"
    assert set(tabled) == routes


@pytest.mark.parametrize("who", [*ROLES, *EVERYBODY_ELSE])
def test_what_is_not_theirs_is_refused_without_a_trace(
    app: Portal, known: dict[str, Any], who: str
) -> None:
    client, allowed = visitor(app, who)
    signed_in = who in ROLES or who == "revoked"
    denied = frozenset({*SIGNED_IN, *ROLES_OF}) - allowed
    before = rows_of(app)
    wrong = []
    for route, address in addresses(app, denied, known):
        answer = call(client, route, address)
        if signed_in:
            good = answer.status_code in REFUSED
        else:
            good = answer.status_code in {303, 401, 403} and "/sign-in" in (
                answer.location or answer.text
            )
        if not good:
            wrong.append((route, answer.status_code))

    assert not wrong, "\n".join(map(str, wrong))
    assert denied
    assert rows_of(app) == before


@pytest.mark.parametrize("who", ROLES)
def test_a_record_that_is_missing_is_a_404(app: Portal, who: str) -> None:
    client, allowed = visitor(app, who)
    keys = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if any(type(one).__name__ == "Key" for one in rule._converters.values())
    }
    asked = frozenset(route for route in allowed if route[0] in keys)
    nothing = dict.fromkeys(
        {name for rule in app.url_map.iter_rules() for name in rule.arguments}, NOBODY
    )

    wrong = [
        (route, answer.status_code)
        for route, address in addresses(app, asked - GONE_ALREADY, nothing)
        if (answer := call(client, route, address)).status_code != NOT_FOUND
    ]

    assert not wrong, "\n".join(map(str, wrong))
    assert asked


@pytest.mark.parametrize("role", GRANTABLE)
def test_a_role_that_is_taken_away_opens_nothing_from_the_next_click(
    app: Portal, known: dict[str, Any], role: str
) -> None:
    signed_in_client(app, ["administrator"])  # the last one's role cannot be taken
    client = signed_in_client(app, [role])
    person_id = client.person_id  # type: ignore[attr-defined]
    asked = allowed_to(role)
    pages = frozenset(route for route in asked if route[1] == "GET")
    opened = [
        call(client, route, address).status_code for route, address in addresses(app, pages, known)
    ]
    with app.app_context(), unit_of_work() as session:
        grant = sa.select(RoleGrant.id).where(RoleGrant.person_id == person_id)
        revoke_role(session, SYSTEM, session.scalars(grant).one(), reason="for a test")

    later = [
        (route, answer.status_code)
        for route, address in addresses(app, asked, known)
        if (answer := call(client, route, address)).status_code not in REFUSED
    ]

    assert later == []
    assert bool(pages) == (200 in opened)


def samples_of(role: str) -> Iterator[RouteSample]:
    """What this role is there for; what belongs to everybody is tried as a student, or as nobody."""
    for sample in SAMPLES:
        route = (sample.endpoint, sample.method)
        everybody = {"anonymous": PUBLIC, "student": SIGNED_IN}.get(role, frozenset[Route]())
        if route in everybody or route in allowed_to(role):
            yield sample


@pytest.mark.parametrize("role", ["anonymous", *ROLES])
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_what_is_theirs_works(portal_lab: Lab, engine: str, role: str) -> None:
    wrong = []
    for sample in samples_of(role):
        app = portal_lab.app(engine_or_skip(engine), [])  # as it was: each makes what it needs
        client = visitor(app, role)[0]
        answer = call_sample(app, client, sample, getattr(client, "person_id", 0))
        if answer.status_code >= FIRST_ERROR:
            wrong.append((sample.method, sample.endpoint, answer.status_code))

    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("role", ["student", "administrator"])
def test_what_is_ones_own_opens_for_nobody_else(portal_lab: Lab, role: str) -> None:
    wrong = []
    rules = portal_lab.app("sqlite", []).url_map.iter_rules()
    named = {rule.endpoint for rule in rules if rule.arguments}  # the rest is each one's own page
    for sample in SAMPLES:
        if sample.arrange_own is None or sample.endpoint not in named:
            continue
        app = portal_lab.app("sqlite", [])
        owner, other = signed_in_client(app), signed_in_client(app, [role])
        person_id = owner.person_id  # type: ignore[attr-defined]
        answer = call_sample(app, other, sample, person_id)
        if answer.status_code != NOT_FOUND:
            wrong.append((sample.method, sample.endpoint, answer.status_code))

    assert not wrong, "\n".join(map(str, wrong))


def call_sample(app: Portal, client: FlaskClient, sample: RouteSample, owner: int) -> Any:
    """Make what the sample needs, of this owner where it is somebody's own, and call it."""
    with app.test_request_context():
        with unit_of_work() as session:
            own = sample.arrange_own
            values = own(session, owner) if own else sample.arrange(session)
        address = url_for(sample.endpoint, **values)
    payload = sample.payload(values) if callable(sample.payload) else sample.payload
    return call(client, (sample.endpoint, sample.method), address, payload)


def test_every_route_has_a_sample_that_works() -> None:
    sampled = {(sample.endpoint, sample.method) for sample in SAMPLES}

    assert {*PUBLIC, *SIGNED_IN, *ROLES_OF} - sampled == ELSEWHERE
