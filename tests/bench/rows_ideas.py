"""A whole plugin: its list of 5,000 ideas, signed in, and one idea that was written fifty times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from tests.bench import college, ideas, rows_weight
from tests.bench.gates import Gate, Result
from tests.bench.load import Effort, Page, compare
from tests.bench.places import Place
from tests.bench.servers import serving

LIST = Gate("ideas", "5,000 ideas, signed in ÷ (b)", 0.4, "at least")
LIST_QUERIES = Gate("queries-ideas", "queries of 5,000 ideas, signed in", 5, "at most", "", 0)
WORKSPACE = Gate("queries-workspace", "queries of 200 remarks, 50 versions", 12, "at most", "", 0)
GATES = (LIST, LIST_QUERIES, WORKSPACE)
ADDRESS = "/proposals/"


def measure(place: Place, effort: Effort, wanted: set[str]) -> Iterator[Result]:
    """The rows of this module that are wanted, on one engine."""
    if not wanted & {gate.name for gate in GATES}:
        return
    app = place.with_ideas()
    sam = college.sign_in(app)
    if LIST_QUERIES.name in wanted:
        yield Result(LIST_QUERIES, place.engine, rows_weight.queries(app, sam.client, ADDRESS))
    if WORKSPACE.name in wanted:
        address = ideas.workspace(app, sam.client.person_id)  # type: ignore[attr-defined]
        asked = rows_weight.queries(app, sam.client, address)
        fault = _fault(sam.client.get(address).text)
        yield Result(WORKSPACE, place.engine, asked, fault=fault)
    if LIST.name in wanted:
        yield _pressed(place, effort, sam)


def _fault(page: str) -> str:
    """What is missing on the page of the idea; empty when all of it is there."""
    said = page.count("Remark ")
    if said != ideas.REMARKS or f"({ideas.VERSIONS})" not in page:
        return f"the page shows {said} remarks"
    return ""


def _pressed(place: Place, effort: Effort, who: college.Person) -> Result:
    with ExitStack() as running:
        portal = running.enter_context(
            serving("tests.bench.college:serve()", place.folder, place.settings_with_ideas())
        )
        floor = running.enter_context(
            serving("tests.bench.floors:list_app()", place.folder, place.floor())
        )
        ours = Page(portal, ADDRESS, who.headers, holds=[*ideas.first_titles(), who.name])
        theirs = Page(floor, "/", holds=["Sleep &amp; rest, group 672"])
        return compare(LIST, place.engine, ours, theirs, effort)
