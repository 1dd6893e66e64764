"""Whatever is asked of any address, by anybody, the answer is never an error of ours.

Addresses, query strings and forms are generated for every route of the portal, half from what its own
pages offer and half from nowhere. Under SOAK=1 there are ten thousand; otherwise two in a hundred.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.app import Portal
from portal.db import unit_of_work
from tests.factories.courses import make_assignment, make_course, make_run, make_session

SOAK = os.environ.get("SOAK") == "1"
EXAMPLES = 5_000 if SOAK else 100  # on each of two databases
# These would end the session that the other requests are made with.
LEFT_OUT = {"accounts.sign_out", "accounts.end_sign_in", "accounts.end_all_sign_ins"}
ROLES = ("coordinator", "administrator", "data_guardian", "board_member")

NASTY = st.sampled_from(
    [
        "",
        " ",
        "0",
        "-1",
        "99999999999999999999",
        "1e309",
        "NaN",
        "null",
        "\x00",
        "\U0001f600",
        "'; DROP TABLE person; --",
        '"a" OR * NEAR(b)',
        "%s%n{0}{{7*7}}",
        "<script>alert(1)</script>",
        "../../../etc/passwd",
        "\u202eevil",
        "a" * 5_000,
        "2027-02-30",
        "2027-03-28T01:30",
        "31",
        "//elsewhere.example",
        "=cmd()",
        "%",
        "_",
        "\\",
        "٣",
    ]
)
VALUE = st.one_of(NASTY, st.text(st.characters(codec="utf-8"), max_size=40), st.integers().map(str))


@dataclass(frozen=True)
class Route:
    """An address with its method; `fields` are names that its page offers."""

    endpoint: str
    method: str
    rule: str
    parts: tuple[str, ...]


def routes(app: Portal) -> list[Route]:
    found = [
        Route(rule.endpoint, method, rule.rule, tuple(sorted(rule.arguments)))
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
        if rule.endpoint not in LEFT_OUT
    ]
    return sorted(found, key=lambda route: (route.rule, route.method))


def names_on(page: str) -> list[str]:
    """The names of the controls of a page, with those that are usual in addresses."""
    found = {unescape(name) for name in re.findall(r'\bname="([^"]+)"', page)} - {"csrf_token"}
    return sorted(found | {"q", "page", "after", "before", "next", "lang", "topic", "when", "from"})


class Asker:
    """Sends one generated request and says what came back."""

    def __init__(self, clients: list[FlaskClient], known: dict[str, str]) -> None:
        self.clients = clients
        self.known = known
        self.names: dict[str, list[str]] = {}

    def address(self, route: Route, draw: Callable[[Any], Any]) -> str:
        def fill(match: re.Match[str]) -> str:
            name = match[1].rpartition(":")[2]
            usual = self.known.get(name, "1")
            return str(draw(st.one_of(st.just(usual), st.integers(0, 9).map(str), SEGMENT)))

        return re.sub(r"<([^>]+)>", fill, route.rule)

    def fields(self, route: Route, address: str, draw: Callable[[Any], Any]) -> dict[str, Any]:
        if route.endpoint not in self.names:
            page = self.clients[0].get(address)
            text = page.text if page.mimetype == "text/html" else ""
            self.names[route.endpoint] = names_on(text)
        chosen = draw(st.lists(st.sampled_from(self.names[route.endpoint]), max_size=12))
        return {name: draw(st.one_of(VALUE, st.lists(VALUE, max_size=4))) for name in chosen}


SEGMENT = st.text(
    st.characters(codec="utf-8", exclude_characters="/?#%\\", exclude_categories=("Cc", "Cs")),
    min_size=1,
    max_size=20,
)


@pytest.mark.soak
def test_no_request_is_answered_with_an_error_of_ours(
    app: Portal, client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    member = sign_in(*ROLES)
    with app.app_context(), unit_of_work() as session:
        course = make_course(session, slug="calm-days", title="Calm days")
        run = make_run(session, course_id=course.id)
        meeting = make_session(session, run_id=run.id)
        make_assignment(session, session_id=meeting.id, person_id=member.person_id)
        known = {"slug": course.slug, "course_slug": course.slug, "reference": run.reference}
        known |= {"course_id": str(course.id), "run_id": str(run.id), "session_id": str(meeting.id)}
    asker = Asker([member, client], known)
    every = routes(app)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=not SOAK,
    )
    @given(data=st.data(), route=st.sampled_from(every), asked_by=st.integers(0, 1))
    def ask(data: Any, route: Route, asked_by: int) -> None:
        address = asker.address(route, data.draw)
        fields = asker.fields(route, address, data.draw)
        one = asker.clients[asked_by]
        if route.method == "GET":
            answer = one.get(address, query_string=fields)
        else:
            answer = one.post(address, data=fields)
        assert answer.status_code < 500, f"{route.method} {address} {fields!r}"

    ask()
    for route in every:
        if route.method == "GET" and not route.parts:
            answer = member.get(f"{route.rule}?q=%ff%fe&after=%00&lang=%c3%28")
            assert answer.status_code < 500, f"GET {route.rule} with bytes that are no text"
    assert member.get("/me").status_code == 200, "the session did not last through the test"
