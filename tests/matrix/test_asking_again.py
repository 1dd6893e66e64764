"""Which pages ask whoever is signed in to show again that it is them: those of a list written by people."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from portal import clock
from portal.accounts.testing import signed_in_client
from portal.app import Portal
from portal.plugin_api.access import FRESH_FOR
from portal.plugin_host.boot import host_of
from tests.matrix.access import FRESH

PROVE = "/me/prove"


@pytest.fixture
def engine_name() -> str:
    """What asks again does not depend on the database."""
    return "sqlite"


def test_those_that_ask_again_are_those_that_should(app: Portal) -> None:
    found = {route for route, access in host_of(app).registry.access.items() if access.fresh}

    assert found == FRESH


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("data_guardian", "/manage/records/1"),
        ("data_guardian", "/manage/records/1/letter"),
        ("coach", "/manage/supporting/1"),
        ("facilitator", "/me/support/adjustments"),
    ],
)
def test_what_is_most_private_asks_again_after_ten_minutes(
    app: Portal, role: str, path: str
) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False) as traveller:
        client = signed_in_client(app, [role])
        traveller.shift(FRESH_FOR - timedelta(seconds=1))
        assert PROVE not in (client.get(path).location or "")
        traveller.shift(timedelta(seconds=1))
        assert client.get(path).location == f"{PROVE}?next={path}"
