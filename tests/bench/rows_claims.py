"""A college with 50,000 claims: one’s own, one’s money, the desk of those who decide, and what is to pay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from tests.bench import claims, college, rows_weight
from tests.bench.gates import Gate, Result
from tests.bench.load import Effort, Page, compare
from tests.bench.places import Place
from tests.bench.servers import serving

MINE = Gate("claims-mine", "my claims of 50,000, signed in ÷ (b)", 0.4, "at least")
DESK = Gate("claims-desk", "the desk of 50,000 claims, signed in ÷ (b)", 0.4, "at least")
MINE_QUERIES = Gate("queries-claims-mine", "queries of my claims", 5, "at most", "", 0)
DESK_QUERIES = Gate("queries-claims-desk", "queries of the desk", 5, "at most", "", 0)
PAY = Gate("claims-pay", "5,000 claims to pay, signed in ÷ (b)", 0.4, "at least")
MONEY = Gate("claims-money", "my money, signed in ÷ (b)", 0.4, "at least")
PAY_QUERIES = Gate("queries-claims-pay", "queries of 5,000 claims to pay", 5, "at most", "", 0)
MONEY_QUERIES = Gate("queries-claims-money", "queries of my money", 5, "at most", "", 0)
GATES = (MINE, DESK, PAY, MONEY, MINE_QUERIES, DESK_QUERIES, PAY_QUERIES, MONEY_QUERIES)
PRESSED = (MINE, DESK, PAY, MONEY)
ADDRESSES = {
    MINE: "/claims/mine",
    DESK: "/claims/desk",
    MINE_QUERIES: "/claims/mine",
    DESK_QUERIES: "/claims/desk",
    PAY: "/claims/pay",
    PAY_QUERIES: "/claims/pay",
    MONEY: "/claims/",
    MONEY_QUERIES: "/claims/",
}


def measure(place: Place, effort: Effort, wanted: set[str]) -> Iterator[Result]:
    """The rows of this module that are wanted, on one engine."""
    if not wanted & {gate.name for gate in GATES}:
        return
    app = place.with_claims()
    kim = college.sign_in(app, "coordinator", "treasurer")
    claims.give(app, kim.client.person_id)  # type: ignore[attr-defined]
    for gate in (MINE_QUERIES, DESK_QUERIES, PAY_QUERIES, MONEY_QUERIES):
        if gate.name in wanted:
            asked = rows_weight.queries(app, kim.client, ADDRESSES[gate])
            fault = _fault(kim.client.get(ADDRESSES[gate]).text, _holds(gate))
            yield Result(gate, place.engine, asked, fault=fault)
    pressed = [gate for gate in PRESSED if gate.name in wanted]
    if pressed:
        yield from _pressed(place, effort, kim, pressed)


def _holds(gate: Gate) -> list[str]:
    """What the first and the last claim of a page are called."""
    paid = claims.CLAIMS - claims.WAITING - claims.OWED
    first, last = {
        "/claims/mine": (paid, paid - claims.MINE + 1),
        "/claims/desk": (claims.CLAIMS - claims.WAITING + 1, claims.CLAIMS - claims.WAITING + 25),
        "/claims/pay": (paid + 1, paid + 25),
        "/claims/": (paid, paid - claims.MINE + 1),
    }[ADDRESSES[gate]]
    return [claims.what_of(first), claims.what_of(last)]


def _fault(text: str, holds: Sequence[str]) -> str:
    missing = [words for words in holds if words not in text]
    return f"the page does not hold {missing[0]!r}" if missing else ""


def _pressed(
    place: Place, effort: Effort, who: college.Person, gates: Sequence[Gate]
) -> Iterator[Result]:
    with ExitStack() as running:
        portal = running.enter_context(
            serving("tests.bench.college:serve()", place.folder, place.settings_with_claims())
        )
        floor = running.enter_context(
            serving("tests.bench.floors:list_app()", place.folder, place.floor())
        )
        theirs = Page(floor, "/", holds=["Sleep &amp; rest, group 672"])
        for gate in gates:
            ours = Page(portal, ADDRESSES[gate], who.headers, holds=[*_holds(gate), who.name])
            yield compare(gate, place.engine, ours, theirs, effort)
