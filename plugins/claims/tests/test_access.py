"""Every page × everybody who might call it: refused without a trace, or it works."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from flask import url_for
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.models import State
from plugins.claims.samples import SAMPLES, own
from plugins.claims.tests.access import PUBLIC, ROLES_OF, SIGNED_IN, Route
from portal.plugin_api import RouteSample

# Whoever holds a right of this plugin, and some who hold none.
WHO = (
    "anonymous",
    "student",
    "contributor",
    "facilitator",
    "coordinator",
    "treasurer",
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
) -> Iterator[tuple[RouteSample, str, Mapping[str, Any]]]:
    """Each sample with the address and form of something that was made for it."""
    for sample in samples:
        with app.test_request_context():
            mine = sample.arrange_own
            values = mine(session, owner) if mine else sample.arrange(session)
            session.commit()
            named = app.url_map._rules_by_endpoint[sample.endpoint][0].arguments
            address = url_for(
                sample.endpoint, **{name: values[name] for name in named if name in values}
            )
        payload = sample.payload(values) if callable(sample.payload) else sample.payload
        yield sample, address, payload


def test_every_page_stands_in_the_reviewed_table(app: Any) -> None:
    found = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint.startswith("claims.")
    }
    tabled = [*PUBLIC, *SIGNED_IN, *ROLES_OF]

    assert len(tabled) == len(set(tabled)), "a page stands in the table twice"
    assert set(tabled) == found


def test_every_page_has_a_sample() -> None:
    sampled = {(sample.endpoint, sample.method) for sample in SAMPLES}

    assert {*PUBLIC, *SIGNED_IN, *ROLES_OF} == sampled


def theirs(role: str) -> frozenset[Route]:
    return PUBLIC if role == "anonymous" else PUBLIC | SIGNED_IN | may(role)


def visitor(app: Any, sign_in: SignIn, role: str) -> FlaskClient:
    client: FlaskClient = app.test_client() if role == "anonymous" else sign_in(role)
    return client


@pytest.mark.parametrize("role", WHO)
def test_what_is_theirs_works(app: Any, session: Session, sign_in: SignIn, role: str) -> None:
    client = visitor(app, sign_in, role)
    owner = getattr(client, "person_id", 0)
    samples = [one for one in SAMPLES if (one.endpoint, one.method) in theirs(role)]
    wrong = [
        (sample.method, address, answer.status_code)
        for sample, address, payload in made(app, session, samples, owner)
        if (answer := call(client, sample.method, address, payload)).status_code >= FIRST_ERROR
    ]

    assert samples
    assert not wrong, "\n".join(map(str, wrong))


def test_the_rest_is_refused(app: Any, session: Session, sign_in: SignIn) -> None:
    """Made once for all: whoever is refused changes nothing."""
    owner: int = sign_in().person_id  # type: ignore[attr-defined]
    clients = {role: visitor(app, sign_in, role) for role in WHO}
    wrong, asked = [], 0
    for sample, address, payload in made(app, session, list(SAMPLES), owner):
        for role, client in clients.items():
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

    assert not wrong, "\n".join(map(str, wrong))
    assert asked == sum(
        len({(one.endpoint, one.method) for one in SAMPLES} - theirs(role)) for role in WHO
    )


@pytest.mark.parametrize("role", ["student", "treasurer", "administrator"])
def test_claims_of_others_are_not_there(
    app: Any, session: Session, sign_in: SignIn, role: str
) -> None:
    owner, other = sign_in(), sign_in(role)
    samples = [one for one in SAMPLES if one.arrange_own is not None]
    key = owner.person_id  # type: ignore[attr-defined]
    found = {
        (sample.endpoint, sample.method): call(other, sample.method, address, payload).status_code
        for sample, address, payload in made(app, session, samples, key)
    }

    assert set(found.values()) == {404}
    assert len(found) > 24


def test_deciders_do_not_see_their_own_claims_on_the_desk(
    app: Any, session: Session, sign_in: SignIn
) -> None:
    decider = sign_in("treasurer")
    with app.test_request_context():
        values = own(State.SUBMITTED)(session, decider.person_id)  # type: ignore[attr-defined]
        session.commit()

    for page in ("", "/ask", f"/lines/{values['line_id']}/file"):
        assert decider.get(f"/claims/desk/{values['ref']}{page}").status_code == 404
    assert values["ref"] not in decider.get("/claims/desk").text
