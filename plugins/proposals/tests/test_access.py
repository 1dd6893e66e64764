"""Every page × everybody who might call it: refused without a trace, or it works."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from flask import url_for
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.proposals.samples import SAMPLES
from plugins.proposals.tests.access import ELSEWHERE, PUBLIC, ROLES_OF, SIGNED_IN, Route
from portal.plugin_api import RouteSample

# Whoever holds a right of this plugin, and some who hold none.
WHO = (
    "anonymous",
    "student",
    "contributor",
    "facilitator",
    "coordinator",
    "board_member",
    "co_chair",
    "administrator",
)
FIRST_ERROR = 400
REFUSED = frozenset({403, 404})
SignIn = Callable[..., FlaskClient]


@pytest.fixture
def engine_name() -> str:
    """What a person may do does not depend on the database."""
    return "sqlite"


def may(role: str) -> frozenset[Route]:
    return frozenset(route for route, roles in ROLES_OF.items() if role in roles)


def call(client: FlaskClient, method: str, address: str, payload: Mapping[str, Any]) -> Any:
    return client.get(address) if method == "GET" else client.post(address, data=dict(payload))


def made(
    app: Any, session: Session, samples: list[RouteSample], owner: int
) -> list[tuple[RouteSample, str, Mapping[str, Any]]]:
    """Each sample with the address and form of something that was made for it, all in one transaction."""
    found = []
    rules = app.url_map._rules_by_endpoint
    with app.test_request_context():
        for sample in samples:
            own = sample.arrange_own
            values = own(session, owner) if own else sample.arrange(session)
            named = rules[sample.endpoint][0].arguments
            address = url_for(
                sample.endpoint, **{name: values[name] for name in named if name in values}
            )
            payload = sample.payload(values) if callable(sample.payload) else sample.payload
            found.append((sample, address, payload))
    session.commit()
    return found


def test_every_page_stands_in_the_reviewed_table(app: Any) -> None:
    found = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint.startswith("proposals.")
    }
    tabled = [*PUBLIC, *SIGNED_IN, *ROLES_OF]

    assert len(tabled) == len(set(tabled)), "a page stands in the table twice"
    assert set(tabled) == found


def test_every_page_has_a_sample() -> None:
    sampled = {(sample.endpoint, sample.method) for sample in SAMPLES}

    assert {*PUBLIC, *SIGNED_IN, *ROLES_OF} - sampled == ELSEWHERE


def theirs(role: str) -> frozenset[Route]:
    return PUBLIC if role == "anonymous" else PUBLIC | SIGNED_IN | may(role)


@pytest.mark.parametrize("role", WHO)
def test_what_is_theirs_works(app: Any, session: Session, sign_in: SignIn, role: str) -> None:
    client = app.test_client() if role == "anonymous" else sign_in(role)
    owner = getattr(client, "person_id", 0)
    samples = [one for one in SAMPLES if (one.endpoint, one.method) in theirs(role)]
    wrong = [
        (sample.method, address, status)
        for sample, address, payload in made(app, session, samples, owner)
        if (status := call(client, sample.method, address, payload).status_code) >= FIRST_ERROR
    ]

    assert samples
    assert wrong == []


def test_the_rest_is_refused(app: Any, session: Session, sign_in: SignIn) -> None:
    """Made once for all: whoever is refused changes nothing."""
    owner: int = sign_in().person_id  # type: ignore[attr-defined]
    everything = made(app, session, list(SAMPLES), owner)
    wrong, asked = [], 0
    for role in WHO:
        client = app.test_client() if role == "anonymous" else sign_in(role)
        for sample, address, payload in everything:
            if (sample.endpoint, sample.method) in theirs(role):
                continue
            answer = call(client, sample.method, address, payload)
            asked += 1
            if role == "anonymous":
                good = "/sign-in" in (answer.location or answer.text)
            else:
                good = answer.status_code in REFUSED
            if not good:
                wrong.append((role, sample.method, address, answer.status_code))

    assert wrong == []
    assert asked > len(SAMPLES)


@pytest.mark.parametrize("role", ["student", "co_chair", "administrator"])
def test_what_others_make_is_not_there(
    app: Any, session: Session, sign_in: SignIn, role: str
) -> None:
    """But for what a chair reads before deciding."""
    owner, other = sign_in(), sign_in(role)
    own = [one for one in SAMPLES if one.arrange_own is not None]
    key = owner.person_id  # type: ignore[attr-defined]
    found = {
        (sample.endpoint, sample.method): call(other, sample.method, address, payload).status_code
        for sample, address, payload in made(app, session, own, key)
    }
    reads = {("proposals.said", "GET")} if role == "co_chair" else set()

    assert {route for route, status in found.items() if status != 404} == reads
    assert len(found) > 20
