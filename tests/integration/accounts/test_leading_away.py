"""No page leads to another site, and no message names one, whatever was asked for."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from html import unescape
from typing import TYPE_CHECKING

import pytest

from tests.factories.accounts import PASSWORD
from tests.integration.accounts.conftest import cookie_of, enter

if TYPE_CHECKING:
    from portal.accounts.models import Login
    from portal.accounts.testing import BrowserClient
    from portal.messages.models import Message

Browser = Callable[[], "BrowserClient"]


def hostile_targets() -> list[str]:
    """Addresses of another site, in the many spellings that some browser or library reads as one."""
    slashes = (
        "//",
        "///",
        "////",
        "/\\",
        "\\/",
        "\\\\",
        "/\t/",
        "/\n/",
        "/\r/",
        "\t//",
        "\x00//",
        "/\x00/",
    )
    schemes = (
        "https:",
        "HTTPS:",
        "ftp:",
        "data:text/html,",
        "vbscript:",
        "\tjavascript:",
        "java\nscript:",
    )
    doubled = (
        "/./\\evil.example",
        "/.//\\evil.example",
    )
    hosts = ("evil.example", "localhost@evil.example", "evil.example:80", "[::1]", "0x7f.1")
    return [
        *(start + host for start in slashes for host in hosts),
        *(scheme + "//evil.example" for scheme in schemes),
        *(scheme + "alert(1)" for scheme in schemes),
        *doubled,
        "/me\\@evil.example",
        "?next=//evil.example",
        "#//evil.example",
        "\ufeff//evil.example",
        "\u2028//evil.example",
        "．evil.example",
    ]


HOSTILE_TARGETS = hostile_targets()


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        " //evil.example",
        "http:evil.example",
        "evil.example",
        *HOSTILE_TARGETS,
    ],
)
def test_next_leads_only_to_our_own_pages(target: str, login: Login, browser: Browser) -> None:
    client = browser()
    answer = enter(client, "sam@example.org", next=target)
    assert answer.headers["Location"] == "/"
    again = client.get("/sign-in", query_string={"next": target})
    assert again.headers["Location"] == "/"


def test_every_way_in_leads_only_to_our_own_pages(browser: Browser) -> None:
    """Whatever stands in `next` of any page that takes it: what the page keeps of it is ours, or nothing."""
    assert len(HOSTILE_TARGETS) >= 50
    client = browser()
    for path, target in itertools.product(
        ("/sign-in", "/sign-in/email", "/display"), HOSTILE_TARGETS
    ):
        page = client.get(path, query_string={"next": target}).text
        kept = re.search(r'name="next"[^>]*?value="([^"]*)"', page)
        assert kept is None or unescape(kept[1]) in {"", "/"}, (path, target)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
        {"Forwarded": "host=evil.example"},
        {"X-Original-Host": "evil.example", "X-Host": "evil.example"},
    ],
)
def test_links_in_messages_never_take_the_host_that_was_asked_for(
    headers: dict[str, str], login: Login, browser: Browser, mails: Callable[[], list[Message]]
) -> None:
    client = browser()
    client.csrf_token()
    client.set_cookie("session", cookie_of(client), domain="evil.example")
    answers = [
        client.post(path, data=data, headers=headers)
        for path, data in (
            ("/reset", {"email": "sam@example.org"}),
            ("/sign-in/email", {"email": "sam@example.org"}),
            ("/register", {"name": "Jo", "email": "jo@example.org", "password": PASSWORD}),
            ("/confirm", {"email": "jo@example.org"}),
        )
    ]
    assert len(mails()) == 4
    assert not [m.uid for m in mails() if "evil" in (m.text or "") + (m.html or "")]
    assert not [a.location for a in answers if "evil" in (a.location or "")]
