"""Forms that another site sends in somebody's name: refused by every route, whatever the process did before.

One exemption anywhere would hold for the whole process from its first call on, so the process first answers
many who are not signed in. Under SOAK=1 those are a thousand.
"""

from __future__ import annotations

import itertools
import os
from typing import Any

import pytest

from portal.accounts.policies import GRANTABLE
from portal.accounts.testing import BrowserClient, signed_in_client
from portal.app import Portal
from portal.backup.digests import digests
from portal.db import db
from tests.matrix.addresses import Route, addresses

SOAK = os.environ.get("SOAK") == "1"
ANONYMOUS = 1_000 if SOAK else 100
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
REFUSED = 400
UNTOUCHED = frozenset({"login_session"})  # but for when somebody was last seen


@pytest.fixture
def engine_name() -> str:
    """The token is asked for before any database is."""
    return "sqlite"


def unsafe_routes(app: Portal) -> list[tuple[str, str]]:
    """(method, address) of every route × method that may change something."""
    found = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - SAFE
    }
    known: dict[Route, str] = dict(addresses(app, frozenset(found), {}))
    return [(method, address) for (_, method), address in known.items()]


def state(app: Portal) -> dict[str, Any]:
    with app.app_context(), db.engine.connect() as connection:
        found = digests(connection)
    return {name: digest for name, digest in found.items() if name not in UNTOUCHED}


def send(client: BrowserClient, method: str, address: str, **data: str) -> int:
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = client.open(address, method=method, data=data, headers=headers)
    return int(answer.status_code)


@pytest.mark.soak
def test_forms_without_a_token_of_the_same_session_are_refused(app: Portal) -> None:
    routes = unsafe_routes(app)
    assert len(routes) > 100
    stranger = BrowserClient(app, app.response_class, use_cookies=True)
    for _, (method, address) in zip(range(ANONYMOUS), itertools.cycle(routes), strict=False):
        send(stranger, method, address)
    # Whoever may do everything, so that nothing but the token can be the reason.
    victim = signed_in_client(app, GRANTABLE)
    other = signed_in_client(app, GRANTABLE)
    assert isinstance(other, BrowserClient)
    assert isinstance(victim, BrowserClient)
    tokens = {
        "none": {},
        "another's": {"csrf_token": other.csrf_token()},
        "made up": {"csrf_token": "x"},
    }
    before = state(app)

    taken = [
        (kind, method, address, status)
        for method, address in routes
        for kind, token in tokens.items()
        if (status := send(victim, method, address, **token)) != REFUSED
    ]

    assert taken == []
    assert state(app) == before


def test_token_of_the_same_session_is_what_makes_the_difference(app: Portal) -> None:
    client = signed_in_client(app)
    assert isinstance(client, BrowserClient)
    assert send(client, "POST", "/me/details/name", name="Sam") == REFUSED
    assert (
        send(client, "POST", "/me/details/name", name="Sam", csrf_token=client.csrf_token()) == 303
    )
