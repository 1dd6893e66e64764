"""Small groups are hidden, and nothing that is shown gives them back.

The attacker of these tests knows no trick: it writes down every table that fits what is shown.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.privacy import groups
from portal.privacy.api import SafeTable, is_shown, safe_counts, safe_share, safe_table

MOST = 24  # people in a table: so few that every table can be written down


def tables() -> st.SearchStrategy[list[list[int]]]:
    """Tables of two groups and up to three answers, with small figures and noughts in them."""
    figure = st.sampled_from((0, 0, 1, 2, 3, 4, 5, 6, 8, 10))
    return st.integers(1, 3).flatmap(
        lambda width: st.lists(
            st.lists(figure, min_size=width, max_size=width), min_size=1, max_size=2
        ).filter(lambda rows: sum(map(sum, rows)) <= MOST)
    )


def fitting(shown: SafeTable) -> Iterator[list[int]]:
    """Every table, row after row, that could stand behind what is shown."""
    width = len(shown.cells[0])
    flat = [cell for row in shown.cells for cell in row]

    def fill(known: list[int], left: int) -> Iterator[list[int]]:
        at = len(known)
        if at == len(flat):
            if left == 0 and all(_fits(known, shown)):
                yield known
            return
        if at and at % width == 0:
            total = shown.row_totals[at // width - 1]
            if total is not None and sum(known[at - width :]) != total:
                return
        cell = flat[at]
        for value in range(left + 1) if cell is None else (cell,):
            if value <= left:
                yield from fill([*known, value], left - value)

    assert shown.total is not None
    return fill([], shown.total)


def _fits(known: list[int], shown: SafeTable) -> Iterator[bool]:
    """Whether the totals that are shown are those of this table, one after the other."""
    width = len(shown.cells[0])
    rows = [known[y * width : (y + 1) * width] for y in range(len(shown.cells))]
    for row, total in zip(rows, shown.row_totals, strict=True):
        yield total is None or sum(row) == total
    for column, total in zip(zip(*rows, strict=True), shown.column_totals, strict=True):
        yield total is None or sum(column) == total


def secrets(rows: list[list[int]]) -> set[int]:
    """Which cells, counted row after row, must not be found out."""
    width = len(rows[0])
    return {
        y * width + x
        for y, row in enumerate(rows)
        for x, value in enumerate(row)
        if 0 < value < 5 or 0 < sum(row) < 10
    }


def found_out(rows: list[list[int]], shown: SafeTable) -> set[int]:
    """Secret cells that have one value in every table that fits."""
    unknown = secrets(rows)
    first: list[int] = []
    for table in fitting(shown):
        first = first or table
        unknown -= {place for place in unknown if table[place] != first[place]}
        if not unknown:
            break
    return unknown


@given(tables())
@settings(max_examples=300, deadline=None)
def test_nothing_shown_gives_a_secret_back(rows: list[list[int]]) -> None:
    shown = safe_table(rows)

    if shown.total is None:
        assert not is_shown(sum(map(sum, rows)))
        everything = (*shown.row_totals, *shown.column_totals, *sum(shown.cells, ()))
        assert set(everything) <= {None}
        return
    assert found_out(rows, shown) == set()


@given(tables())
@settings(max_examples=200, deadline=None)
def test_what_is_shown_is_true_and_never_small(rows: list[list[int]]) -> None:
    shown = safe_table(rows)

    for row, true, total in zip(shown.cells, rows, shown.row_totals, strict=True):
        assert all(cell is None or cell == value for cell, value in zip(row, true, strict=True))
        assert total in (None, sum(true))
        assert total is None or total == 0 or total >= 10
        assert all(cell is None or cell == 0 or cell >= 5 for cell in row)
    for total, column in zip(shown.column_totals, zip(*rows, strict=True), strict=True):
        assert total in (None, sum(column))
        assert total is None or total == 0 or total >= 5


def test_without_the_second_figure_it_would_be_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [[3, 9], [6, 6]]
    assert found_out(rows, safe_table(rows)) == set()
    monkeypatch.setattr(groups, "_next_to_hide", lambda *_arguments: None)
    assert found_out(rows, safe_table(rows)) == {0}


def test_table_without_anything_small_is_shown_whole() -> None:
    shown = safe_table([[12, 0], [7, 9]])

    assert shown == SafeTable(((12, 0), (7, 9)), (12, 16), (19, 9), 28)


def test_counts_of_one_group_keep_their_order_and_hide_a_second_one() -> None:
    assert safe_counts({"yes": 20, "no": 6, "rather not say": 3}) == {
        "yes": 20,
        "no": None,
        "rather not say": None,
    }
    assert safe_counts({"yes": 20, "no": 0}) == {"yes": 20, "no": 0}
    assert safe_counts({"yes": 5, "no": 4}) == {"yes": None, "no": None}


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [(5, 10, 0.5), (0, 10, 0.0), (10, 10, 1.0), (4, 10, None), (6, 10, None), (5, 9, None)],
)
def test_share_says_nothing_of_few(part: int, whole: int, share: float | None) -> None:
    assert safe_share(part, whole) == share


@given(st.lists(st.integers(0, 12), min_size=1, max_size=5))
def test_total_gives_no_count_of_one_group_back(values: list[int]) -> None:
    shown = safe_counts(dict(enumerate(values)))

    hidden = [key for key, value in shown.items() if value is None]
    assert all(value is None or value == 0 or value >= 5 for value in shown.values())
    assert len(hidden) != 1 or sum(values) < 10
    assert all(value is None or value == values[key] for key, value in shown.items())


def test_what_is_no_count_is_refused() -> None:
    for rows in ([[1, 2], [3]], [[-1, 20]]):
        with pytest.raises(ValueError, match=r"row|nought"):
            safe_table(rows)
    with pytest.raises(ValueError, match="nought"):
        safe_counts({"a": -1})
    with pytest.raises(ValueError, match="whole"):
        safe_share(11, 10)
    assert safe_table([]) == SafeTable((), (), (), None)
