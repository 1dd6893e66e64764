"""Small charts: the geometry here, the SVG in `ui/charts.html`, and always the same numbers in a table.

Values are counts or shares of zero or more. A value of None is a gap ("not shown": too few people), never
a zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

STRIP_HEIGHT, COLUMNS_HEIGHT = 30, 96
NARROW = 20  # more columns than that have no numbers in them: the table has them
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


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its words, how many there are and how many of them are marked, and where it is drawn."""

    label: str
    value: int
    marked: int
    x: float
    top: float
    mark_top: float


@dataclass(frozen=True, slots=True)
class Box:
    """One box of a strip. `kind` 0 is empty, 1 some, 2 all that there is room for, 3 more than that."""

    value: int
    kind: int
    x: float


@dataclass(frozen=True, slots=True)
class Strip:
    """Something over time, one box below each column; `y` is where its words stand."""

    label: str
    boxes: tuple[Box, ...]
    y: int


@dataclass(frozen=True, slots=True)
class TimeChart:
    """Columns over time with strips of boxes below them. `says` is the picture in a sentence or two."""

    title: str
    says: str
    columns: tuple[Column, ...]
    strips: tuple[Strip, ...]
    every: int  # only each such column has its words below it
    numbered: bool  # whether the numbers fit
    step: float
    floor: int
    height: int
    width: int = WIDTH
    box_height: int = STRIP_HEIGHT - 8


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


def over_time(
    title: str,
    says: str,
    columns: Sequence[tuple[str, int, int]],
    strips: Sequence[tuple[str, Sequence[tuple[int, int]]]],
) -> TimeChart:
    """A column for each (label, value, marked), and below them a strip for each (label, (value, kind)s).

    The tables beside it are the caller's: what is in them leads to pages.
    """
    step = WIDTH / max(len(columns), 1)
    top = max((value for _, value, _ in columns), default=0) or 1
    floor = COLUMNS_HEIGHT + EDGE // 2

    def height(value: int) -> float:
        return round(floor - COLUMNS_HEIGHT * value / top, 1)

    drawn = tuple(
        Column(label, value, marked, round(number * step, 1), height(value), height(marked))
        for number, (label, value, marked) in enumerate(columns)
    )
    begins = floor + EDGE
    placed = tuple(
        Strip(
            label,
            tuple(Box(*box, round(at * step, 1)) for at, box in enumerate(boxes)),
            begins + number * (STRIP_HEIGHT + EDGE // 2),
        )
        for number, (label, boxes) in enumerate(strips)
    )
    return TimeChart(
        title,
        says,
        drawn,
        placed,
        every=max(1, math.ceil(len(drawn) / LABELS)),
        numbered=len(drawn) <= NARROW,
        step=round(step, 1),
        floor=floor,
        height=begins + len(placed) * (STRIP_HEIGHT + EDGE // 2),
    )


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
