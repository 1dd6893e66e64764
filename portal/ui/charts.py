"""Small charts: the geometry here, the SVG in `ui/charts.html`, and always the same numbers in a table.

Values are counts or shares of zero or more. A value of None is a gap ("not shown": too few people), never
a zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

FULL = 100  # a bar's length, in the units of its own small picture
# A line chart is drawn for a phone and grows from there, so that its words stay readable.
WIDTH, PLOT, EDGE = 400, 190, 40
LABELS = 6  # words that fit below a line chart on a phone
LEVELS = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its words and value, and its length of at most 100."""

    label: str
    value: float | None
    length: float


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars lying down in a table, the longest filling its cell. `unit` heads the numbers."""

    title: str
    heading: str
    unit: str
    bars: tuple[Bar, ...]
    full: int = FULL


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a line: its words and value, and where it is drawn."""

    label: str
    value: float | None
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class LineChart:
    """A line over time; `paths` are its unbroken stretches as SVG point lists."""

    title: str
    heading: str
    unit: str
    points: tuple[Point, ...]
    paths: tuple[str, ...]
    every: int  # only each such point has its words below it
    grid: tuple[tuple[float, str], ...]
    width: int = WIDTH
    height: int = PLOT + EDGE
    edge: int = EDGE


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a matrix: its value, and how dark it is drawn (0 to 5)."""

    value: float | None
    level: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows by columns, darker for more. The table is the chart: its cells are the numbers."""

    title: str
    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


def bars(
    title: str, heading: str, unit: str, values: Sequence[tuple[str, float | None]]
) -> BarChart:
    """A bar for each (label, value)."""
    most = max((value for _, value in values if value is not None), default=0) or 1
    drawn = tuple(
        Bar(label, value, round(FULL * (value or 0) / most, 1)) for label, value in values
    )
    return BarChart(title, heading, unit, drawn)


def line(
    title: str, heading: str, unit: str, values: Sequence[tuple[str, float | None]]
) -> LineChart:
    """A line through (label, value) in order; a gap breaks it."""
    top = nice_top(max((value for _, value in values if value is not None), default=0))
    step = (WIDTH - 2 * EDGE) / max(len(values) - 1, 1)
    points = tuple(
        Point(
            label,
            value,
            round(EDGE + number * step, 1),
            round(EDGE / 2 + (PLOT - EDGE / 2) * (1 - (value or 0) / top), 1),
        )
        for number, (label, value) in enumerate(values)
    )
    every = max(1, math.ceil(len(points) / LABELS))
    grid = tuple(
        (round(EDGE / 2 + (PLOT - EDGE / 2) * (1 - share / 4), 1), f"{top * share / 4:g}")
        for share in range(5)
    )
    return LineChart(title, heading, unit, points, _stretches(points), every, grid)


def matrix(
    title: str,
    heading: str,
    columns: Sequence[str],
    rows: Sequence[tuple[str, Sequence[float | None]]],
) -> Matrix:
    """A table whose cells are shaded by value."""
    most = max((v for _, values in rows for v in values if v is not None), default=0) or 1
    shaded = tuple(
        (
            label,
            tuple(Cell(value, math.ceil(LEVELS * (value or 0) / most)) for value in values),
        )
        for label, values in rows
    )
    return Matrix(title, heading, tuple(columns), shaded)


def nice_top(most: float) -> float:
    """The end of a scale that holds the largest value and divides by four into round numbers."""
    if most <= 0:
        return 4
    size: float = 10 ** math.floor(math.log10(most))
    return next(top for top in (size, 2 * size, 4 * size, 8 * size, 10 * size) if top >= most)


def _stretches(points: Sequence[Point]) -> tuple[str, ...]:
    found: list[list[str]] = [[]]
    for point in points:
        if point.value is None:
            found.append([])
        else:
            found[-1].append(f"{point.x},{point.y}")
    return tuple(" ".join(stretch) for stretch in found if stretch)
