"""What grows with the data: the catalogue at 1,000 and at 100,000 courses, and an import of 10,000 rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from werkzeug.test import EnvironBuilder

from tests.bench import college, floors
from tests.bench.gates import Gate, Result, median_ratio
from tests.bench.load import Effort
from tests.bench.places import LARGE, SMALL, Place
from tests.factories.prospectus import generated, write_csv

if TYPE_CHECKING:
    from pathlib import Path

    from portal.app import Portal

GROWTH = Gate("growth", "catalogue, time at 100,000 ÷ 1,000 courses: worst", 1.3, "at most")
IMPORT = {
    "sqlite": Gate("import", "import of 10,000 rows ÷ raw executemany", 8, "at most"),
    "postgresql": Gate("import", "import of 10,000 rows ÷ raw executemany", 4, "at most"),
}
GATES = (GROWTH, IMPORT["sqlite"])

# What people ask of the catalogue. "paintnig" is how somebody in a hurry asks for painting.
QUESTIONS = {
    "soonest first": "/courses",
    "by title": "/courses?sort=title",
    "page 2 by title": "/courses?sort=title&after=3-{later}",
    "filtered": "/courses?topic=topic-2&topic=topic-3&how=in_person&day=mon&day=wed&free=1",
    "one venue, evenings": "/courses?venue=venue-3&time=evening&free=1",
    "search": "/courses?q=painting",
    "misspelt": "/courses?q=paintnig",
    "search, filtered": "/courses?q=painting&how=online&topic=topic-2",
}
TIMES = 5  # each question is asked this often in a round; the median counts
IMPORTED = 10_000


def measure(place: Place, effort: Effort, wanted: set[str]) -> Iterator[Result]:
    """The rows of this module that are wanted, on one engine."""
    if IMPORT[place.engine].name in wanted:
        yield importing(place, IMPORTED, effort.rounds)
    if GROWTH.name in wanted:
        yield growth(place, effort.rounds)


def growth(place: Place, rounds: int) -> Result:
    """The whole request, answered without the lists that the portal keeps in memory."""
    askers = {size: _asker(place.portal(size)) for size in (SMALL, LARGE)}
    ratios: dict[str, float] = {}
    slowest = 0.0
    for name, address in QUESTIONS.items():
        paths = {size: address.format(later=size // 2) for size in askers}
        for size, ask in askers.items():
            status, body, _ = ask(paths[size])
            if status != 200 or b"<article" not in body:
                fault = f"{name}: {status} and no course at {size} courses"
                return Result(GROWTH, place.engine, 0, fault=fault)
        pairs = []
        for _ in range(rounds):
            taken = {
                size: median(ask(paths[size])[2] for _ in range(TIMES))
                for size, ask in askers.items()
            }
            pairs.append((taken[LARGE], taken[SMALL]))
            slowest = max(slowest, taken[LARGE])
        ratios[name] = median_ratio(pairs)
    each = ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items())
    detail = f"slowest round {slowest * 1000:.0f} ms; {each}"
    return Result(GROWTH, place.engine, max(ratios.values()), detail)


def _asker(app: Portal) -> Callable[[str], tuple[int, bytes, float]]:
    """`ask(path)` → (status, body, seconds) of a request that finds nothing kept."""

    def ask(path: str) -> tuple[int, bytes, float]:
        college.forget(app)
        environ = EnvironBuilder(path).get_environ()
        heads: list[str] = []

        def start_response(status: str, _headers: Any, _fault: Any = None) -> Any:
            heads.append(status)

        began = time.perf_counter()
        answer = app.wsgi_app(environ, start_response)
        body = b"".join(answer)
        close = getattr(answer, "close", None)
        if close is not None:
            close()
        return int(heads[0].split()[0]), body, time.perf_counter() - began

    return ask


def importing(place: Place, rows: int, rounds: int) -> Result:
    """Read, check and write a prospectus, against the driver writing the same rows to the same table."""
    gate = IMPORT[place.engine]
    path = write_csv(place.folder / "prospectus.csv", generated(rows))
    pairs, plain = [], []
    # Each round is three fresh databases, so few of them: the work is long enough to be steady.
    for number in range(min(rounds, 3)):
        ours, theirs, bare = (_empty(place, f"import{number}{which}") for which in "abc")
        seconds = _import(ours, path)
        columns, values, topics = _raw_rows(ours)
        if len(values) != rows:
            fault = f"{len(values)} courses were written, not {rows}"
            return Result(gate, place.engine, 0, fault=fault)
        pairs.append((seconds, _insert(theirs, columns, values, topics)))
        plain.append((seconds, _insert(bare, columns, values, topics, search=False)))
    best = min(pairs)
    detail = (
        f"{best[0]:.2f} s ÷ {best[1]:.2f} s at best; "
        f"÷ {min(base for _, base in plain):.2f} s where the table keeps no search index: "
        f"{median_ratio(plain):.1f}"
    )
    return Result(gate, place.engine, median_ratio(pairs), detail)


def _empty(place: Place, name: str) -> Portal:
    app = college.make_app(place.folder, place.database(name))
    college.make_tables(app)
    return app


def _import(app: Portal, path: Path) -> float:
    from portal.courses.services import prospectus
    from portal.db import unit_of_work
    from portal.plugin_api import SYSTEM

    with app.app_context():
        began = time.perf_counter()
        with unit_of_work() as session, prospectus.check(session, path) as checked:
            prospectus.apply(session, SYSTEM, checked)
        return time.perf_counter() - began


def _raw_rows(app: Portal) -> tuple[list[str], list[Any], list[Any]]:
    """The names of the columns, the courses and the topics, as the driver itself gives them."""
    from portal.courses.models import Course, Topic
    from portal.db import db

    columns = [column.name for column in Course.__table__.columns if column.name != "id"]
    names = ", ".join(f'"{name}"' for name in columns)
    with app.app_context(), db.engine.connect() as connection:
        cast = "" if connection.dialect.name == "sqlite" else "::text"
        json = {"filled", "imported"}  # the driver reads JSON as objects, and takes it as text
        names = ", ".join(f'"{name}"{cast if name in json else ""}' for name in columns)
        rows = connection.exec_driver_sql(f"SELECT {names} FROM course ORDER BY id").all()
        topics = connection.execute(sa.select(Topic.id, Topic.slug, Topic.name)).all()
    with app.app_context():
        db.engine.dispose()
    return columns, [tuple(row) for row in rows], [row._asdict() for row in topics]


def _insert(
    app: Portal, columns: list[str], values: list[Any], topics: list[Any], *, search: bool = True
) -> float:
    """Seconds for the same rows in the same table, with or without what keeps search up to date."""
    from portal.courses.ddl import drop_search
    from portal.courses.models import Topic
    from portal.db import db, unit_of_work

    with app.app_context():
        with unit_of_work() as session:
            session.execute(sa.insert(Topic), topics)
        if not search:
            with db.engine.begin() as connection:
                drop_search(connection)
        try:
            return floors.insert_rows(db.engine, "course", columns, values)
        finally:
            db.engine.dispose()
