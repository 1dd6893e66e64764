"""Figures about people that nobody can be found in.

Outcomes and equality data say nothing of a group with fewer than ten people in it, and nothing of a figure
between one and four. Beside a hidden figure others are hidden, until no sums and differences of what is shown
give it back. This module is arithmetic alone: it reads nothing, and knows no table.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

SMALLEST_GROUP = 10  # people; a smaller group is not shown
SMALLEST_CELL = 5  # figures from 1 up to one less are hidden

Key = TypeVar("Key", bound=Hashable)
Cell = int | None
Place = tuple[int, int]
Grid = list[list[int]]


@dataclass(frozen=True, slots=True)
class SafeTable:
    """Counts as they may be shown, with their totals. None stands where a figure is hidden."""

    cells: tuple[tuple[Cell, ...], ...]
    row_totals: tuple[Cell, ...]
    column_totals: tuple[Cell, ...]
    total: Cell


def is_shown(people: int) -> bool:
    """Whether a group of so many people may be spoken of at all."""
    return people >= SMALLEST_GROUP


def safe_share(part: int, whole: int) -> float | None:
    """What part of a group, from 0 to 1; None where the group is small, or few said so, or few did not.

    Raises:
        ValueError: the part is no part of the whole.
    """
    if not 0 <= part <= whole:
        raise ValueError("a part lies between nought and the whole")
    if not is_shown(whole) or _is_small(part) or _is_small(whole - part):
        return None
    return part / whole


def safe_counts(counts: Mapping[Key, int]) -> dict[Key, Cell]:
    """How many of one group gave each answer, as it may stand beside the group's total; in their order.

    Raises:
        ValueError: a count is below nought.
    """
    if any(value < 0 for value in counts.values()):
        raise ValueError("nobody is counted below nought")
    hidden = {key for key, value in counts.items() if _is_small(value)}
    if not is_shown(sum(counts.values())):
        hidden = set(counts)
    elif len(hidden) == 1:
        # Another one with it, or the total gives it back: the smallest, and nought only where there is no
        # other.
        others = [key for key in counts if key not in hidden]
        hidden.add(min(others, key=lambda key: (counts[key] == 0, counts[key])))
    return {key: None if key in hidden else value for key, value in counts.items()}


def safe_table(rows: Iterable[Sequence[int]]) -> SafeTable:
    """How many of each group (a row) gave each answer (a column), as it may be shown with all totals.

    Of every figure that is hidden for its own sake there is more than one value that fits all that is shown.
    Whoever is in two rows, or in none, makes the totals wrong: count each person once.

    Raises:
        ValueError: a count is below nought, or the rows are not of one length.
    """
    counts = [list(row) for row in rows]
    if len({len(row) for row in counts}) > 1:
        raise ValueError("every row has as many columns as the first")
    if any(value < 0 for row in counts for value in row):
        raise ValueError("nobody is counted below nought")
    grid = _with_totals(counts)
    protected = {place for place in _places(grid) if _must_hide(grid, place)}
    hidden = set(protected)
    if not is_shown(grid[-1][-1]):
        hidden |= {*_places(grid), _corner(grid)}
    else:
        while (more := _next_to_hide(grid, hidden, protected)) is not None:
            hidden.add(more)
    shown = [
        tuple(None if (y, x) in hidden else value for x, value in enumerate(row))
        for y, row in enumerate(grid)
    ]
    return SafeTable(
        cells=tuple(row[:-1] for row in shown[:-1]),
        row_totals=tuple(row[-1] for row in shown[:-1]),
        column_totals=shown[-1][:-1],
        total=shown[-1][-1],
    )


def _is_small(value: int) -> bool:
    return 0 < value < SMALLEST_CELL


def _with_totals(counts: Grid) -> Grid:
    """The table with its totals as a last column and a last row: whoever subtracts uses them like cells."""
    width = len(counts[0]) if counts else 0
    columns = [sum(row[x] for row in counts) for x in range(width)]
    return [*([*row, sum(row)] for row in counts), [*columns, sum(columns)]]


def _corner(grid: Grid) -> Place:
    return len(grid) - 1, len(grid[0]) - 1


def _places(grid: Grid) -> list[Place]:
    """Every cell and total, but for the total of all."""
    every = [(y, x) for y in range(len(grid)) for x in range(len(grid[0]))]
    return every[:-1]


def _must_hide(grid: Grid, place: Place) -> bool:
    """For its own sake: a small figure, or one of a small group. Of a group of nobody there is nobody to
    find.
    """
    y, x = place
    in_small_group = y < len(grid) - 1 and 0 < grid[y][-1] < SMALLEST_GROUP
    return in_small_group or _is_small(grid[y][x])


def _next_to_hide(grid: Grid, hidden: set[Place], protected: set[Place]) -> Place | None:
    """What to hide beside a figure that can still be worked out; None when none can.

    The smallest in its row or column that is not nought says least. Hiding nought would protect nobody, so it
    comes last.
    """
    for place in sorted(protected):
        if _can_be_worked_out(grid, hidden, place):
            open_ones = [one for one in _places(grid) if one not in hidden]
            return min(
                open_ones,
                key=lambda one: (
                    grid[one[0]][one[1]] == 0,
                    one[0] != place[0] and one[1] != place[1],
                    grid[one[0]][one[1]],
                    one,
                ),
                default=None,
            )
    return None


def _can_be_worked_out(grid: Grid, hidden: set[Place], place: Place) -> bool:
    """Whether every table that fits what is shown has the same figure here.

    It has another one when this figure can go up, or down, by one and others among the hidden ones make up
    for it, in its row, in their columns, and so on round to where it began, with none below nought.
    """
    y, x = place
    up = _may_rise(grid, place) and _leads(
        grid, hidden, place, start=("column", x), goal=("row", y)
    )
    down = _may_fall(grid, place) and _leads(
        grid, hidden, place, start=("row", y), goal=("column", x)
    )
    return not (up or down)


Line = tuple[str, int]


def _leads(grid: Grid, hidden: set[Place], place: Place, *, start: Line, goal: Line) -> bool:
    """Whether what is too much in a column, or too little in a row, can be handed on to where it is made up
    for.

    From a column a figure that falls leads to its row; from a row one that rises leads to its column.
    """
    seen, waiting = {start}, [start]
    while waiting:
        kind, number = waiting.pop()
        for one in hidden - {place}:
            if kind == "column" and one[1] == number and _may_fall(grid, one):
                step: Line = ("row", one[0])
            elif kind == "row" and one[0] == number and _may_rise(grid, one):
                step = ("column", one[1])
            else:
                continue
            if step == goal:
                return True
            if step not in seen:
                seen.add(step)
                waiting.append(step)
    return False


def _is_total(grid: Grid, place: Place) -> bool:
    return place[0] == len(grid) - 1 or place[1] == len(grid[0]) - 1


def _may_fall(grid: Grid, place: Place) -> bool:
    """A figure can be one less where it is not nought. A total counts against its line, so it is the other
    way.
    """
    return _is_total(grid, place) or grid[place[0]][place[1]] > 0


def _may_rise(grid: Grid, place: Place) -> bool:
    return not _is_total(grid, place) or grid[place[0]][place[1]] > 0
