"""What every answer carries, whatever it is: pages, files, downloads, "not modified", refusals and faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from portal.accounts.policies import GRANTABLE
from portal.accounts.testing import BrowserClient, signed_in_client
from portal.app import Portal
from portal.courses.services.history import bump_catalogue
from portal.db import unit_of_work
from portal.plugin_api.testing import Lab, watched
from portal.ui.headers import TWO_YEARS
from tests.factories.courses import make_course
from tests.matrix.addresses import addresses

HOST = "https://localhost"
FROM = {"Referer": f"{HOST}/"}  # over TLS a form has to say so
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # no other site gets to know an address with a secret in it
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": f"max-age={TWO_YEARS}",
}
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
PERMISSIONS = ("camera", "geolocation", "microphone", "payment", "usb")
Ask = Callable[[BrowserClient], Response]


@pytest.fixture
def engine_name() -> str:
    """Headers know no database."""
    return "sqlite"


@pytest.fixture
def portal_app(
    request: pytest.FixtureRequest, portal_lab: Lab, engine_name: str
) -> Iterator[Portal]:
    """A portal behind TLS."""
    yield from watched(request, portal_lab.app(engine_name, [], base_url=HOST))


def missing(answer: Response) -> list[str]:
    """The headers that are not as they should be."""
    headers = answer.headers
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in headers.get("Content-Security-Policy", "").split(";")
    )
    wrong = [name for name, value in FIXED.items() if headers.getlist(name) != [value]]
    wrong += [name for name, value in POLICY.items() if policy.get(name) != value]
    wrong += ["unsafe"] if "unsafe" in str(policy) else []
    allowed = headers.get("Permissions-Policy", "")
    wrong += [name for name in PERMISSIONS if f"{name}=()" not in allowed]
    return wrong


def client_of(app: Portal, who: str) -> BrowserClient:
    client = signed_in_client(app, GRANTABLE) if who == "staff" else app.test_client()
    assert isinstance(client, BrowserClient)
    return client


@pytest.mark.parametrize("who", ["nobody", "staff"])
def test_every_route_answers_with_them(app: Portal, who: str) -> None:
    """By GET, as it may be or not: 200, 303, 404, 405 and what else there is."""
    client = client_of(app, who)
    routes = frozenset((rule.endpoint, "GET") for rule in app.url_map.iter_rules())
    seen, wrong = set(), []
    for (endpoint, _), address in addresses(app, routes, {}):
        with client.get(address, base_url=HOST) as answer:
            seen.add(answer.status_code)
            if found := missing(answer):
                wrong.append((endpoint, answer.status_code, found))
    assert wrong == []
    assert {200, 303, 404, 405} <= seen


def not_modified(client: BrowserClient, path: str) -> Response:
    """The second answer to the same question: from memory, where there is one to keep."""
    with client.application.app_context(), unit_of_work() as session:
        make_course(session)
        bump_catalogue(session)
    tag = {"If-None-Match": client.get(path, base_url=HOST).headers["ETag"]}
    client.get(path, base_url=HOST, headers=tag)
    return client.get(path, base_url=HOST, headers=tag)


HUGE = {"email": "x" * 3_000_000}
OTHERS: dict[str, tuple[int, str, Ask]] = {
    "form without a token": (400, "nobody", lambda one: one.post("/sign-in", csrf=False, base_url=HOST)),
    "too large": (413, "nobody", lambda one: one.post("/sign-in", data=HUGE, base_url=HOST)),
    "unknown method": (405, "nobody", lambda one: one.open("/sign-in", method="BREW", base_url=HOST)),
    "options": (200, "nobody", lambda one: one.options("/sign-in", base_url=HOST)),
    "head": (200, "nobody", lambda one: one.head("/sign-in", base_url=HOST)),
    "unknown address": (404, "nobody", lambda one: one.get("/no/such", base_url=HOST)),
    "NUL": (404, "nobody", lambda one: one.get("/courses/%00", base_url=HOST)),
    "json": (404, "nobody", lambda one: one.get("/x", headers={"Accept": "application/json"}, base_url=HOST)),
    "not modified": (304, "nobody", lambda one: not_modified(one, "/courses")),
    "download": (200, "staff", lambda one: one.post("/me/data/copy", base_url=HOST, headers=FROM)),
    "refused form": (422, "nobody", lambda one: one.post("/sign-in", base_url=HOST, headers=FROM)),
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHERS)
def test_every_other_answer_carries_them(app: Portal, kind: str) -> None:
    status, who, ask = OTHERS[kind]
    with ask(client_of(app, who)) as answer:
        assert answer.status_code == status
        assert missing(answer) == []


@pytest.mark.parametrize(
    "fault", [RuntimeError("secret"), OperationalError("secret", {}, Exception())]
)
def test_fault_carries_them_and_tells_nothing(
    app: Portal, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def fail(**_: Any) -> str:
        raise fault

    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    for endpoint, path in (("plugin_host.readyz", "/readyz"), ("accounts.sign_in", "/sign-in")):
        monkeypatch.setitem(app.view_functions, endpoint, fail)
        answer = app.test_client().get(path, base_url=HOST)
        assert answer.status_code == 500
        assert missing(answer) == []
        assert "secret" not in answer.text


def test_probes_tell_nothing_but_that_all_is_well(app: Portal) -> None:
    client = app.test_client()
    said = [client.get(path, base_url=HOST) for path in ("/healthz", "/readyz")]
    assert [answer.text for answer in said] == ["ok\n", "ready\n"]
    assert all(answer.headers["Cache-Control"] == "no-store" for answer in said)
    assert not [answer for answer in said if answer.headers.get("Set-Cookie")]


def test_cookies_are_for_this_host_alone(app: Portal) -> None:
    client = client_of(app, "nobody")
    answers = [
        client.get("/sign-in", base_url=HOST),
        client.post("/display", data={"text": "l"}, base_url=HOST, headers=FROM),
    ]
    cookies = [value for one in answers for value in one.headers.getlist("Set-Cookie")]
    assert {cookie.split("=")[0].split("-")[-1] for cookie in cookies} >= {"session"}
    for cookie in cookies:
        assert cookie.startswith("__Host-"), cookie
        for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"):
            assert part in cookie, cookie
        assert "Domain" not in cookie
