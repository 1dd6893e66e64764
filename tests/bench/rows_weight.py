"""What does not depend on the machine: bytes on the wire, and queries. Held exactly, without allowance."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.bench import college
from tests.bench.gates import Gate, Result
from tests.bench.load import Effort
from tests.bench.places import SMALL, Place

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from portal.app import Portal

FIRST = Gate("first-visit", "first visit, all files, gzipped: heaviest", 40, "at most", "kB", 0)
LATER = Gate("later-page", "later page, gzipped: heaviest", 6, "at most", "kB", 0)
CATALOGUE = Gate("queries-catalogue", "queries of the catalogue, nothing kept", 3, "at most", "", 0)
SIGNED_IN = Gate("queries-plugin", "queries of a plugin's list, signed in", 5, "at most", "", 0)
MY_PAGE = Gate("queries-my-page", "queries of My page, 6 plugins", 9, "at most", "", 0)
ROWS = Gate("queries-rows", "queries more for 3 rows than for 1", 0, "at most", "", 0)
GATES = (FIRST, LATER, CATALOGUE, SIGNED_IN, MY_PAGE, ROWS)

PUBLIC_PAGES = (
    "/",
    "/courses",
    "/courses/course-2",
    "/courses/course-2/run-2",
    "/sign-in",
    "/about",
)
SIGNED_IN_PAGES = ("/me", "/noticeboard/", "/courses", "/me/details")
KILO = 1000
# Whatever a browser fetches by itself: style sheets, icons, scripts, pictures, and the styles' own.
_FETCHED = re.compile(
    r'<link[^>]*rel="(?:stylesheet|icon|preload|manifest)"[^>]*href="([^"]+)"'
    r'|<(?:script|img)[^>]*src="([^"]+)"'
)
_HREF_FIRST = re.compile(r'<link[^>]*href="([^"]+)"[^>]*rel="(?:stylesheet|icon|preload|manifest)"')
_IN_STYLES = re.compile(r"url\(\s*[\"']?([^\"')]+)")


def measure(place: Place, effort: Effort, wanted: set[str]) -> Iterator[Result]:
    """The rows of this module that are wanted, on one engine."""
    if {FIRST.name, LATER.name} & wanted:
        yield from _weights(place, wanted)
    for gate, path, signed_in in (
        (CATALOGUE, "/courses", False),
        (SIGNED_IN, "/noticeboard/", True),
        (MY_PAGE, "/me", True),
    ):
        if gate.name in wanted:
            app = place.portal(SMALL)
            client = college.sign_in(app).client if signed_in else app.test_client()
            yield Result(gate, place.engine, queries(app, client, path))
    if ROWS.name in wanted:
        one, three = (_catalogue_queries(place.portal(courses)) for courses in (2, 6))
        yield Result(ROWS, place.engine, abs(three - one), f"{one} and {three}")


def queries(app: Portal, client: FlaskClient, path: str) -> int:
    """How many statements a page costs when nothing of the catalogue is kept."""
    client.get(path)  # what is made once per process is not the page's cost
    college.forget(app)
    with college.counting(app) as seen:
        answer = client.get(path)
    if answer.status_code != 200:
        raise AssertionError(f"{path} answered {answer.status_code}")
    return len(seen)


def _catalogue_queries(app: Portal) -> int:
    return queries(app, app.test_client(), "/courses")


def _weights(place: Place, wanted: set[str]) -> Iterator[Result]:
    app = place.portal(SMALL)
    visitor, person = app.test_client(), college.sign_in(app).client
    first: dict[str, int] = {}
    later: dict[str, int] = {}
    for client, paths in ((visitor, PUBLIC_PAGES), (person, SIGNED_IN_PAGES)):
        for path in paths:
            name = f"{path} signed in" if client is person else path
            later[name], files = weigh(client, path)
            first[name] = later[name] + files
    for gate, weights in ((FIRST, first), (LATER, later)):
        if gate.name in wanted:
            heaviest = max(weights, key=lambda name: weights[name])
            each = ", ".join(f"{name} {size / KILO:.1f}" for name, size in weights.items())
            yield Result(gate, place.engine, weights[heaviest] / KILO, each)


def weigh(client: FlaskClient, path: str) -> tuple[int, int]:
    """(bytes of the page's HTML, bytes of all the files it makes a browser fetch), gzipped.

    HTML is compressed as a web server in front would, at level 6.

    Raises:
        AssertionError: a page or file is not there.
    """
    page = client.get(path)
    if page.status_code != 200:
        raise AssertionError(f"{path} answered {page.status_code}")
    files = 0
    waiting = fetched(page.text)
    known: set[str] = set()
    while waiting:
        address = waiting.pop()
        if address in known or address.startswith("data:"):
            continue
        known.add(address)
        answer = client.get(address, headers={"Accept-Encoding": "gzip"})
        if answer.status_code != 200:
            raise AssertionError(f"{address} answered {answer.status_code}")
        files += len(answer.data)
        if answer.mimetype == "text/css":
            waiting += _IN_STYLES.findall(gzip.decompress(answer.data).decode())
    return len(gzip.compress(page.data, 6)), files


def fetched(html: str) -> list[str]:
    """The addresses that a browser fetches by itself for this page."""
    pairs = _FETCHED.findall(html)
    return [one or other for one, other in pairs] + _HREF_FIRST.findall(html)
