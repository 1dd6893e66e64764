"""Numbers for machines: only with the token, about endpoints and never people, of all processes together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.app import Portal
from portal.plugin_api import Check, CheckResult
from portal.plugin_api.testing import Lab
from tests.plugins import make_plugin
from tests.portal_server import Server, ask

TOKEN = "a token that only the watching machine has"
SHOWN = {"Authorization": f"Bearer {TOKEN}"}
COUNT = re.compile(r"^portal_requests_total\{(.*)\} (\d+)", re.MULTILINE)


@pytest.fixture
def engine_name() -> str:
    """What is counted does not depend on the database."""
    return "sqlite"


@pytest.fixture
def watched_app(portal_lab: Lab) -> Portal:
    broken = make_plugin(
        "broken",
        checks=lambda: [Check("kettle", lambda _session: CheckResult(ok=False, message="cold"))],
    )
    return portal_lab.app("sqlite", [broken], metrics_token=TOKEN)


def counts(text: str) -> dict[str, int]:
    return {labels: int(number) for labels, number in COUNT.findall(text)}


@pytest.mark.parametrize("shown", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}])
def test_whoever_has_no_token_finds_nothing(watched_app: Portal, shown: dict[str, str]) -> None:
    assert watched_app.test_client().get("/metrics", headers=shown).status_code == 404


def test_without_a_token_in_the_settings_there_is_nothing(app: Portal) -> None:
    client = app.test_client()

    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    assert client.get("/metrics").status_code == 404


def test_requests_are_counted_by_endpoint_and_never_by_address(watched_app: Portal) -> None:
    client = watched_app.test_client()
    before = counts(client.get("/metrics", headers=SHOWN).text)
    for _ in range(3):
        client.get("/courses?q=panic")
    client.get("/courses/secret-words")
    client.open("/nowhere/ada@college.example", method="BREW")

    answer = client.get("/metrics", headers=SHOWN)

    after = counts(answer.text)
    listed = 'endpoint="courses.index",method="GET",status="200"'
    assert after[listed] - before.get(listed, 0) == 3
    unknown = 'endpoint="none",method="ANY",status="404"'
    assert after[unknown] - before.get(unknown, 0) == 1
    for word in ("panic", "secret-words", "ada@", "nowhere", "BREW"):
        assert word not in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert 'portal_request_seconds_count{endpoint="courses.index"}' in answer.text


def test_checks_of_plugins_are_shown(watched_app: Portal) -> None:
    text = watched_app.test_client().get("/metrics", headers=SHOWN).text

    assert 'portal_check_ok{check="kettle",plugin="broken"} 0.0' in text
    assert re.search(r'portal_check_ok\{check="database",plugin="\w+"\} 1\.0', text)


@pytest.fixture
def server(portal_lab: Lab, tmp_path: Path) -> Iterator[Server]:
    server = Server(portal_lab.app("sqlite", [], metrics_token=TOKEN), tmp_path)
    server.start()
    yield server
    server.kill()


def test_processes_are_counted_together(server: Server) -> None:
    for _ in range(40):
        assert ask(server.port, "GET", "/healthz").status == 200

    seen = {
        counts(ask(server.port, "GET", "/metrics", SHOWN).text)[
            'endpoint="plugin_host.healthz",method="GET",status="200"'
        ]
        for _ in range(10)
    }

    assert seen == {40}
