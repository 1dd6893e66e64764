"""Engine, sessions, declarative base, column types and the two modes of a transaction.

A unit of work (request, job, command) is either *reading* or *writing*, decided before its first
statement. Reading transactions are refused any write by the database itself. On SQLite a writing one
takes the write lock at once (BEGIN IMMEDIATE): a deferred transaction that reads, then writes, lets
two units act on the same stale read.
"""

from __future__ import annotations

import inspect
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache, partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import sqlalchemy as sa
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects import postgresql as postgresql_dialect
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidatePoolError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

from portal.sqlite_limits import LimitsWrittenOut
from portal.turns import turn_of

if TYPE_CHECKING:
    from flask import Flask

    from portal.config import Settings

T = TypeVar("T")
Mode = Literal["read", "write"]

# Below this a rare WAL-reset race can corrupt the file, so the rollback journal is used instead.
SAFE_WAL = (3, 51, 3)
ATTEMPTS = 3
RETRY_STATES = frozenset({"40001", "40P01"})  # serialisation failure, deadlock
USED = "portal_used_at"  # in a pooled connection's info: when it was given back
IDLE = 1.0  # seconds after which a pooled connection is tried before it is used
LONGEST_QUESTION = 32_768  # letters; ours have 25,000 at most
LOCK_TIMEOUT = "55P03"  # waited for a row for as long as `lock_timeout` allows

_mode: ContextVar[Mode] = ContextVar("transaction_mode", default="write")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class CollisionError(IntegrityError):
    """A constraint caught two units that did the same at once: run again, this one sees the other."""


class UTCDateTime(sa.TypeDecorator[datetime]):
    """An instant: aware UTC in Python, `timestamptz` on PostgreSQL, UTC text on SQLite."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuses a naive datetime: nobody can say which instant it means."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant must carry its zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Every instant read is aware and in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def choice(kind: type[StrEnum], name: str) -> sa.Enum:
    """A text column that only holds the values of `kind`, by a CHECK constraint on both engines."""
    return sa.Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """Base of the core's models. Plugins have one of their own: `plugin_api.plugin_base`."""

    metadata = metadata
    type_annotation_map = {datetime: UTCDateTime, dict[str, Any]: sa.JSON}  # noqa: RUF012


db = SQLAlchemy()


def sqlite_module() -> ModuleType:
    """The SQLite driver whose library is the newer one."""
    try:
        import pysqlite3
    except ImportError:
        return sqlite3
    module: ModuleType = pysqlite3
    return module if pysqlite3.sqlite_version_info > sqlite3.sqlite_version_info else sqlite3


def wal_is_safe() -> bool:
    """False where the SQLite library is older than `SAFE_WAL`; the health page says so."""
    return tuple(sqlite_module().sqlite_version_info) >= SAFE_WAL


def engine_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for `create_engine`, as Flask-SQLAlchemy-Lite takes them."""
    url = sa.make_url(settings.sqlalchemy_url)
    if url.get_backend_name() == "sqlite":
        return {"url": url, "module": sqlite_module(), "hide_parameters": True}
    return {
        "url": url,
        "hide_parameters": True,  # what people typed stays out of errors, and so out of logs
        # No JIT: lists stop after a page, and compiling for all that they might read costs 200 ms.
        "connect_args": {"options": "-c lock_timeout=3000 -c timezone=utc -c jit=off"},
    }


def init_app(app: Flask, settings: Settings) -> None:
    """Give the app its engine and sessions, with the rules of this module attached."""
    # For nobody else on this machine: the database holds what people trusted the college with.
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    app.config["SQLALCHEMY_ENGINES"] = {"default": engine_options(settings)}
    db.init_app(app)
    # The extension also closes asynchronous sessions, of which there are none: Flask would start an
    # event loop at the end of every request for it.
    app.teardown_appcontext_funcs = [
        function
        for function in app.teardown_appcontext_funcs
        if not inspect.iscoroutinefunction(function)
    ]
    with app.app_context():
        attach_rules(db.engine)


def attach_rules(engine: sa.Engine) -> None:
    """Install the connection settings and the read and write modes on an engine."""
    if engine.dialect.name == "sqlite":
        engine.dialect.statement_compiler = LimitsWrittenOut
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        _keep_long_questions()
        event.listen(engine, "begin", _begin_postgresql)
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", partial(_test_if_idle, engine.dialect))


def _keep_long_questions() -> None:
    """psycopg reads a question for what is given with it, and remembers what it found: but of none as long as
    those of our lists, as others make theirs anew each time.
    """
    from psycopg import _queries  # it has no setting for this

    _queries.MAX_CACHED_STATEMENT_LENGTH = LONGEST_QUESTION


def _on_sqlite_connect(connection: Any, record: Any) -> None:  # noqa: ARG001
    connection.isolation_level = None  # the driver must not open transactions of its own
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.execute(f"PRAGMA journal_mode={'WAL' if wal_is_safe() else 'DELETE'}")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    reading = _mode.get() == "read"
    # Neither takes a lock, so neither can fail for being busy: no need of SQLAlchemy's way, which costs more.
    driver: Any = connection.connection.driver_connection
    if connection.info.get("query_only") is not reading:
        driver.execute(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
        connection.info["query_only"] = reading
    if reading:
        driver.execute("BEGIN")
    else:
        _begin_writing(connection)


def _begin_writing(connection: sa.Connection) -> None:
    """BEGIN IMMEDIATE, in turn with everybody else who wants to write; at most for the busy timeout."""
    driver: Any = connection.connection.driver_connection
    path = connection.engine.url.database
    (patience,) = driver.execute("PRAGMA busy_timeout").fetchone()  # milliseconds
    driver.execute("PRAGMA busy_timeout=0")  # one asks at a time, and `Turn` says when again
    try:
        if not path or not turn_of(path).wait(lambda: _try_to_begin(driver), patience / 1000):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        driver.execute(f"PRAGMA busy_timeout={patience}")


def _try_to_begin(driver: Any) -> bool:
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite_module().OperationalError as error:
        if "locked" not in str(error):
            raise
        return False
    return True


def _begin_postgresql(connection: sa.Connection) -> None:
    """Reading, each statement stands alone: READ COMMITTED gives a longer transaction no one view of the
    data either, and to begin and end one are two more round trips on every page. The server refuses
    writes all the same.
    """
    reading = _mode.get() == "read"
    if connection.info.get("reading", False) is reading:
        return
    driver: Any = connection.connection.driver_connection
    driver.autocommit = True  # nothing is sent yet, and what follows must outlast a rollback
    driver.execute(f"SET default_transaction_read_only = {'on' if reading else 'off'}")
    driver.autocommit = reading
    connection.info["reading"] = reading


def _note_use(_connection: Any, record: Any) -> None:
    record.info[USED] = time.monotonic()


def _test_if_idle(dialect: sa.Dialect, connection: Any, record: Any, _proxy: Any) -> None:
    """Replace a connection that the server has closed meanwhile.

    SQLAlchemy's `pool_pre_ping` asks each time, which is a round trip on every page.

    Raises:
        DisconnectionError: the pool opens a new connection instead, and drops all others as old.
    """
    used = record.info.get(USED)
    if used is None or time.monotonic() - used < IDLE:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


@contextmanager
def transaction_mode(mode: Mode) -> Iterator[None]:
    """Set the mode of every transaction begun inside the block."""
    token = _mode.set(mode)
    try:
        yield
    finally:
        _mode.reset(token)


def reading() -> bool:
    """True while the current unit of work may not write."""
    return _mode.get() == "read"


@contextmanager
def before_writing() -> Iterator[Session]:
    """The request's session for a look before writing, or before slow work such as hashing a password.

    It reads only, and its transaction ends with the block, so that nobody waits meanwhile. Take plain
    values out of it, and ask again when writing what must still be true: it may have changed.

    Raises:
        RuntimeError: something waits to be written already, and would be lost.
    """
    session = db.session
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("look before you write: the session holds changes")
    session.rollback()  # whoever asks was read in a writing transaction
    with transaction_mode("read"):
        try:
            yield session
        finally:
            session.rollback()


@contextmanager
def unit_of_work(mode: Mode = "write") -> Iterator[Session]:
    """A session of its own for a job or command: commits at the end, rolls back on any error.

    Needs an app context. Independent of the request's session.
    """
    with transaction_mode(mode), db.sessionmaker() as session:
        yield session
        if mode == "write":
            session.commit()


def is_retryable(error: BaseException) -> bool:
    """True when the database says that the same unit of work may succeed if run again."""
    if isinstance(error, CollisionError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if getattr(error.orig, "sqlstate", None) in RETRY_STATES:
        return True
    return isinstance(error, OperationalError) and "database is locked" in str(error.orig)


def is_busy(error: BaseException) -> bool:
    """True when the database could not take this now, and may in a moment."""
    waited_too_long = (
        isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == LOCK_TIMEOUT
    )
    return waited_too_long or is_retryable(error)


def run_unit(work: Callable[[Session], T]) -> T:
    """Run `work(session)` in a writing unit of its own, up to `ATTEMPTS` times on conflicts.

    Returns what `work` returned. `work` must have no effect outside the session.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            with unit_of_work() as session:
                return work(session)
        except DBAPIError as error:
            if not is_retryable(error):
                raise
    with unit_of_work() as session:
        return work(session)


def lock_rows(session: Session, model: type[T], ids: Sequence[int]) -> list[T]:
    """Lock rows by id, in id order so that two units cannot deadlock, and return them fresh.

    On SQLite the writing transaction already holds the only write lock.
    """
    key = sa.inspect(model).mapper.primary_key[0]
    statement = sa.select(model).where(key.in_(sorted(set(ids)))).order_by(key)
    statement = statement.with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(statement))


def insert_row(session: Session, model: type[DeclarativeBase], **values: Any) -> int:
    """Write one row at once and return its id, where no object of it is needed: a fifth of the unit of
    work's price. What the session holds back is written first, so that it may refer to it.

    Raises:
        IntegrityError: a constraint says no.
    """
    session.flush()
    done = session.execute(_insert(table_of(model)), values)
    key: int = cast("Any", done).inserted_primary_key[0]
    return key


def insert_once(session: Session, model: type[DeclarativeBase], **values: Any) -> bool:
    """Write one row unless a unique constraint has one like it; False when it was there already.

    Another transaction that is writing the same is waited for.
    """
    session.flush()
    statement = _insert_once(table_of(model), dialect_name(session))
    return bool(cast("sa.CursorResult[Any]", session.execute(statement, values)).rowcount)


def forget_loaded(session: Session, model: type[DeclarativeBase], key: int) -> None:
    """Let an object that is in memory be read again when it is next asked for: its row has changed."""
    loaded = session.identity_map.get(sa.inspect(model).identity_key_from_primary_key((key,)))
    if loaded is not None:
        session.expire(loaded)


@cache
def table_of(model: type[DeclarativeBase]) -> sa.Table:
    """The model's table, for statements that need none of its objects."""
    table = sa.inspect(model).local_table
    if not isinstance(table, sa.Table):
        raise TypeError(f"{model.__name__} has no table of its own")
    return table


def rows_of(
    session: Session, question: sa.Executable, given: Mapping[str, Any] | None = None
) -> Sequence[Any]:
    """The rows of a question that asks for columns alone, never for objects, seen as the session sees them.

    What `Session.execute` does beside asking, such as looking for objects, takes as long as the rows of a
    page: this is for lists that are asked for often.
    """
    if session.autoflush:
        session.flush()
    return session.connection().execute(question, given).all()


@cache
def _insert(table: sa.Table) -> sa.Insert:
    return sa.insert(table)


@cache
def _insert_once(table: sa.Table, dialect: str) -> sa.Insert:
    kind = sqlite_dialect if dialect == "sqlite" else postgresql_dialect
    statement: sa.Insert = kind.insert(table).on_conflict_do_nothing()
    return statement.execution_options(preserve_rowcount=True)  # else only an UPDATE's is kept


def dialect_name(session: Session) -> str:
    """`sqlite` or `postgresql`."""
    return session.get_bind().dialect.name
