"""One unit of work a request: all of it or none of it, and a reading request writes nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import abort
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError, OperationalError

from portal import create_app
from portal.app import Portal
from portal.config import load_settings
from portal.courses.models import Term
from portal.db import UTCDateTime, db, lock_rows, run_unit, unit_of_work
from portal.plugin_api import public, signed_in, writes
from portal.plugin_api.testing import Lab, watched
from tests.plugins import blueprint, make_plugin

pytestmark = pytest.mark.both_databases

FULL = 2  # SQLite's number for it
SECRET_WORD = "mulberry"
CALLS: list[str] = []


def add_term(slug: str = "spring") -> None:
    db.session.add(
        Term(slug=slug, name=SECRET_WORD, starts_on=date(2027, 1, 4), ends_on=date(2027, 4, 1))
    )
    db.session.flush()


@public("POST")
def done() -> str:
    add_term()
    return "done"


@public("POST")
def refused() -> tuple[str, int]:
    add_term()
    return "mend your form", 422


@public("POST")
def aborted() -> str:
    add_term()
    abort(409)


@public("POST")
def crashed() -> str:
    add_term()
    raise RuntimeError(SECRET_WORD)


@public("POST")
def collides_once() -> str:
    CALLS.append("called")
    add_term()
    if len(CALLS) == 1:
        raise _conflict()
    return "done"


@public("POST")
def collides_always() -> str:
    CALLS.append("called")
    raise _conflict()


@public("POST")
def doubled() -> str:
    CALLS.append("called")
    add_term()
    db.session.add(
        Term(slug="spring", name="again", starts_on=date(2027, 1, 4), ends_on=date(2027, 4, 1))
    )
    db.session.flush()
    return "never"


@signed_in("POST")
def waits_for_a_row() -> str:
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.text("SET LOCAL lock_timeout = 50"))
    lock_rows(db.session, Term, db.session.scalars(sa.select(Term.id)).all())
    return "done"


@public
def reading_that_writes() -> str:
    add_term()
    return "never"


@writes
@public
def reading_that_may_write() -> str:
    add_term()
    return "done"


def _conflict() -> OperationalError:
    class SerialisationError(Exception):
        sqlstate = "40001"

    return OperationalError("UPDATE", {}, SerialisationError())


VIEWS = {
    "/done": done,
    "/refused": refused,
    "/aborted": aborted,
    "/crashed": crashed,
    "/collides-once": collides_once,
    "/collides-always": collides_always,
    "/doubled": doubled,
    "/waits": waits_for_a_row,
}


def blueprints() -> list[Any]:
    made = blueprint("unit", {"/reads": reading_that_writes, "/may": reading_that_may_write})
    for address, view in VIEWS.items():
        made.add_url_rule(address, view_func=view, methods=["POST"])
    return [made]


PLUGIN = make_plugin("unit", blueprints=blueprints)


@pytest.fixture
def portal_app(
    request: pytest.FixtureRequest, portal_lab: Lab, engine_name: str
) -> Iterator[Portal]:
    CALLS.clear()
    app = portal_lab.app(engine_name, [PLUGIN])
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield from watched(request, app)


def terms(app: Portal) -> list[str]:
    with app.app_context(), unit_of_work("read") as session:
        return list(session.scalars(sa.select(Term.slug)))


@pytest.mark.parametrize(
    ("address", "status", "kept"),
    [
        ("/unit/done", 200, ["spring"]),
        ("/unit/refused", 422, []),
        ("/unit/aborted", 409, []),
        ("/unit/crashed", 500, []),
        ("/unit/doubled", 500, []),
    ],
)
def test_post_keeps_all_or_nothing(
    app: Portal, client: FlaskClient, address: str, status: int, kept: list[str]
) -> None:
    assert client.post(address).status_code == status
    assert terms(app) == kept


def test_conflict_runs_the_view_again(app: Portal, client: FlaskClient) -> None:
    assert client.post("/unit/collides-once").status_code == 200
    assert (len(CALLS), terms(app)) == (2, ["spring"])


def test_lasting_conflict_ends_after_three_times(app: Portal, client: FlaskClient) -> None:
    assert client.post("/unit/collides-always").status_code == 503
    assert (len(CALLS), terms(app)) == (3, [])


def test_busy_database_is_said_so_wherever_it_is_met(
    app: Portal, sign_in: Callable[..., FlaskClient]
) -> None:
    """On SQLite it is met before the view: whoever asks is read in the writing transaction."""
    client = sign_in()
    with app.app_context():
        engine = db.engine
        run_unit(lambda session: session.add(_term_of_length(0)))
        engine.dispose()
    with impatient(engine), app.app_context(), unit_of_work() as session:
        assert lock_rows(session, Term, session.scalars(sa.select(Term.id)).all())
        answer = client.post("/unit/waits")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert client.post("/unit/waits").status_code == 200


@contextmanager
def impatient(engine: sa.Engine) -> Iterator[None]:
    """New connections to SQLite wait for a lock for 50 ms instead of 5 s."""

    def hurry(connection: Any, _record: Any) -> None:
        if engine.dialect.name == "sqlite":
            connection.execute("PRAGMA busy_timeout=50")

    sa.event.listen(engine, "connect", hurry)
    try:
        yield
    finally:
        sa.event.remove(engine, "connect", hurry)
        engine.dispose()


def test_commit_on_sqlite_is_on_the_disk_before_anybody_is_told(tmp_path: Path) -> None:
    """In a college. The databases of these tests do not wait for the disk."""
    settings = load_settings(environment="test", data_dir=tmp_path, plugins=[])
    with create_app(settings).app_context(), db.engine.connect() as connection:
        found = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    assert found == FULL


def test_other_database_errors_are_not_repeated(app: Portal, client: FlaskClient) -> None:
    client.post("/unit/doubled")

    assert CALLS == ["called"]


def test_get_is_refused_a_write_by_the_database(app: Portal, client: FlaskClient) -> None:
    assert client.get("/unit/reads").status_code == 500
    assert terms(app) == []
    assert client.get("/unit/may").status_code == 200
    assert terms(app) == ["spring"]


def test_reading_unit_is_refused_a_write_and_the_next_one_may(app: Portal) -> None:
    with app.app_context():
        with pytest.raises(DBAPIError), unit_of_work("read") as session:
            session.execute(sa.delete(Term))
        with unit_of_work() as session:
            session.execute(sa.delete(Term))


def test_failed_request_is_logged_without_what_was_typed(
    client: FlaskClient, capfd: pytest.CaptureFixture[str]
) -> None:
    client.post("/unit/crashed?q=mulberry")
    client.post("/unit/doubled")

    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if "{" in line]
    assert [line["endpoint"] for line in lines] == ["unit.crashed", "unit.doubled"]
    assert any("test_unit_of_work" in place for place in lines[0]["where"])
    assert SECRET_WORD not in json.dumps(lines)


def test_increments_by_many_units_are_all_counted(app: Portal) -> None:
    """Each unit reads, then writes what it read plus one: nothing may be lost between the two."""
    with app.app_context():
        run_unit(lambda session: session.add(_term_of_length(0)))

    def increment() -> None:
        def work(session: Any) -> None:
            term_id = session.scalars(sa.select(Term.id)).one()
            [term] = lock_rows(session, Term, [term_id])
            term.name = str(int(term.name) + 1)

        with app.app_context():
            for _ in range(10):
                run_unit(work)

    threads = [threading.Thread(target=increment) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with app.app_context(), unit_of_work("read") as session:
        assert session.scalars(sa.select(Term.name)).one() == "60"


def _term_of_length(count: int) -> Term:
    return Term(slug="t", name=str(count), starts_on=date(2027, 1, 4), ends_on=date(2027, 4, 1))


def test_instant_without_zone_is_refused() -> None:
    dialect = sa.create_engine("sqlite://").dialect
    naive = datetime(2027, 3, 1, 10)  # noqa: DTZ001 - the fault under test
    with pytest.raises(ValueError, match="zone"):
        UTCDateTime().process_bind_param(naive, dialect)


def test_instants_come_back_aware_and_in_utc(app: Portal, session: Any) -> None:
    instant = datetime(2027, 6, 1, 9, 0, tzinfo=UTC)

    assert session.scalar(sa.select(sa.literal(instant, UTCDateTime()))) == instant
