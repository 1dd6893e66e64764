"""The benchmarks' arithmetic, and what of their gates needs no stopwatch: weights and queries."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from tests.bench import college, floors, rows_paying, rows_weight
from tests.bench.__main__ import gates
from tests.bench.gates import Gate, Result, State, exit_code, median_ratio
from tests.bench.load import Effort, Page, size_fault
from tests.bench.places import POSTGRES_URL, Place, place
from tests.bench.servers import Answer, Server

AT_LEAST = Gate("a", "a", 2.0, "at least")
AT_MOST = Gate("b", "b", 2.0, "at most")
EXACT = Gate("c", "c", 3, "at most", "", 0)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "postgresql" and not os.environ.get(POSTGRES_URL):
        pytest.skip(f"no PostgreSQL: {POSTGRES_URL} is not set")
    with place(request.param) as made:
        yield made


# --- arithmetic -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gate", "value", "state"),
    [
        (AT_LEAST, 2.0, State.HELD),
        (AT_LEAST, 1.71, State.HELD_WITHIN_NOISE),
        (AT_LEAST, 1.69, State.MISSED),
        (AT_MOST, 2.0, State.HELD),
        (AT_MOST, 2.29, State.HELD_WITHIN_NOISE),
        (AT_MOST, 2.31, State.MISSED),
        (EXACT, 3, State.HELD),
        (EXACT, 4, State.MISSED),
    ],
)
def test_gate_allows_noise_to_timings_and_none_to_counts(
    gate: Gate, value: float, state: State
) -> None:
    assert gate.judge(value) is state


def test_ratio_is_the_median_of_the_rounds_not_of_all_figures() -> None:
    # The machine was ten times slower in the second round, for both; the third was a hiccup of ours.
    assert median_ratio([(200, 100), (20, 10), (1, 100)]) == 2.0


def test_result_with_a_fault_counts_for_nothing_whatever_its_value() -> None:
    broken = Result(AT_LEAST, "sqlite", 100.0, fault="the page answered 500")

    assert broken.state is State.INVALID
    assert "the page answered 500" in broken.line()
    assert json.loads(json.dumps(broken.as_json()))["value"] is None


def test_exit_code_says_whether_every_gate_is_held() -> None:
    good, missed = Result(AT_MOST, "sqlite", 1.0), Result(AT_MOST, "sqlite", 9.0)

    assert exit_code([good]) == 0
    assert exit_code([good, missed]) == 1
    assert exit_code([good, Result(AT_MOST, "sqlite", 1.0, fault="no")]) == 1
    assert exit_code([]) == 1


def test_page_refuses_errors_and_other_bodies() -> None:
    page = Page(Server(0, 0), "/courses", holds=["Sleep", "&amp; us"])

    assert page.fault(Answer(200, {}, b"Sleep &amp; us", 14)) == ""
    assert "500" in page.fault(Answer(500, {}, b"Sleep &amp; us", 14))
    assert "&amp; us" in page.fault(Answer(200, {}, b"Sleep", 5))
    assert "body" in Page(Server(0, 0), "/", status=304).fault(Answer(304, {}, b"x", 1))


def test_answers_of_another_size_or_refused_spoil_a_run() -> None:
    assert size_fault("/", 10_004, 10_000, 0) == ""
    assert "bytes" in size_fault("/", 9_000, 10_000, 0)
    assert "refused" in size_fault("/", 10_000, 10_000, 1)


def test_every_row_has_a_name_of_its_own() -> None:
    from tests.bench.__main__ import MODULES

    assert len(gates()) == sum(len(module.GATES) for module in MODULES)


# --- floors -----------------------------------------------------------------------------------------


def test_floors_are_the_pages_they_are_said_to_be(
    where: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in where.floor().items():
        monkeypatch.setenv(name, value)

    listed = floors.list_app().test_client().get("/")
    mine = floors.page_app().test_client(use_cookies=False)

    assert listed.text.count("<article") == floors.SHOWN
    assert 15_000 <= len(listed.data) <= 17_000
    assert mine.get("/me").status_code == 401
    page = mine.get("/me", headers={"Cookie": floors.page_cookie()})
    assert page.text.count("<time") == 3 * len(floors.SECTIONS)
    assert "Set-Cookie" not in page.headers


# --- gates that need no stopwatch -------------------------------------------------------------------


def test_weights_and_queries_are_within_their_gates(where: Place) -> None:
    wanted = {gate.name for gate in rows_weight.GATES}

    results = list(rows_weight.measure(where, Effort(1, 1), wanted))

    assert {result.gate.name for result in results} == wanted
    assert [result.line() for result in results if not result.good] == []


def test_counting_sees_every_query(where: Place) -> None:
    app = where.portal()

    # The version, what the form offers, and the list: none of them from memory.
    assert rows_weight.queries(app, app.test_client(), "/courses") == 3
    with college.counting(app) as seen:
        app.test_client().get("/courses")
    assert len(seen) == 1  # the version, which says that what is kept still holds


def test_a_small_file_for_the_bank_is_whole(where: Place) -> None:
    made = rows_paying.exporting(where, 5)

    assert (made.fault, made.detail) == ("", "5 payments")
