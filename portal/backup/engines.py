"""What each engine does: a whole copy of its database in one file, and the way back."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from portal import clock
from portal.backup.digests import Digest, differences, digests
from portal.backup.errors import BackupError
from portal.db import sqlite_module

_NOT_ALLOWED = "42501"  # PostgreSQL's state: insufficient privilege


class Database(Protocol):
    """The database of one engine."""

    name: str

    def copy_to(self, target: Path) -> dict[str, Digest]:
        """Write one moment of the database to a new file; the digests of that same moment."""

    def revisions(self) -> frozenset[str]:
        """The migrations it stands at; none where it is empty."""

    def check(self, copy: Path, expected: dict[str, Digest]) -> str:
        """Look at every row of the copy, changing nothing; why that cannot be done here, or "".

        Raises:
            BackupError: the copy is not what its digests say.
        """

    def holds(self, expected: dict[str, Digest]) -> bool:
        """Whether every row of the database is what these digests say: it was put back already."""

    def put_back(self, copy: Path, expected: dict[str, Digest], *, replace: bool) -> str:
        """Make the database what the copy says; what became of the one before, as a sentence or "".

        Raises:
            BackupError: there is a database and `replace` was not said; somebody uses it; or the copy is
                not what its digests say. The database is then what it was.
        """


def database_of(url: str) -> Database:
    """The database at a SQLAlchemy URL."""
    found = sa.make_url(url)
    return Sqlite(found) if found.get_backend_name() == "sqlite" else Postgresql(found)


class Sqlite:
    """One file, copied by SQLite's own backup, which readers and writers do not notice."""

    name = "sqlite"

    def __init__(self, url: sa.URL) -> None:
        self._path = Path(url.database or "")

    def copy_to(self, target: Path) -> dict[str, Digest]:
        """See `Database`."""
        if not self._path.is_file():
            raise BackupError(f"There is no database at {self._path}.")
        module = sqlite_module()
        with (
            closing(module.connect(self._path)) as source,
            closing(module.connect(target)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
        with self._reading(target) as connection:
            return digests(connection)

    def revisions(self) -> frozenset[str]:
        """See `Database`."""
        if not self._path.is_file():
            return frozenset()
        with self._reading(self._path) as connection:
            return _revisions(connection)

    def check(self, copy: Path, expected: dict[str, Digest]) -> str:
        """See `Database`."""
        with self._reading(copy) as connection:
            faults = differences(expected, digests(connection))
            said = connection.exec_driver_sql("PRAGMA integrity_check").scalars()
            faults += [line for line in said if line != "ok"]
            faults += [str(row) for row in connection.exec_driver_sql("PRAGMA foreign_key_check")]
        if faults:
            raise BackupError(_damaged(faults))
        return ""

    def holds(self, expected: dict[str, Digest]) -> bool:
        """See `Database`."""
        if not self._has_tables():
            return False
        with self._reading(self._path) as connection:
            return not differences(expected, digests(connection))

    def put_back(self, copy: Path, expected: dict[str, Digest], *, replace: bool) -> str:
        """See `Database`. The file before is kept beside the new one."""
        self.check(copy, expected)
        kept = ""
        full = self._has_tables()
        if full and not replace:
            raise BackupError(
                f"There is a database at {self._path}. To put the backup in its place, add --replace: "
                "the one that is there is kept beside it."
            )
        if self._path.exists():
            self._alone()
        if full:
            before = self._path.with_name(f"{self._path.name}.before-{clock.now():%Y%m%d-%H%M%S}")
            self._path.rename(before)
            kept = f"The database before is kept at {before}."
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        copy.chmod(0o600)
        shutil.move(copy, self._path)
        return kept

    def _has_tables(self) -> bool:
        """False where there is no file, or one that was only opened."""
        if not self._path.is_file():
            return False
        with self._reading(self._path) as connection:
            return bool(sa.inspect(connection).get_table_names())

    def _alone(self) -> None:
        """Nobody has the file open, and nothing of it lies in a journal beside it."""
        module = sqlite_module()
        with closing(module.connect(self._path, timeout=1)) as connection:
            try:
                # Succeeds only for whoever is alone with the file.
                (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
            except module.OperationalError as error:
                mode = str(error)
        if mode != "delete":
            raise BackupError(
                "The portal is running. Stop `portal serve` and `portal worker` first."
            )

    @contextmanager
    def _reading(self, path: Path) -> Iterator[sa.Connection]:
        engine = sa.create_engine(f"sqlite:///{path}", module=sqlite_module(), poolclass=NullPool)
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()


class Postgresql:
    """`pg_dump` and `pg_restore`, of PostgreSQL's own client programs."""

    name = "postgresql"

    def __init__(self, url: sa.URL) -> None:
        self._url = url

    def copy_to(self, target: Path) -> dict[str, Digest]:
        """See `Database`. One snapshot serves the copy and the digests."""
        with self._connected() as connection:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            snapshot = connection.scalar(sa.text("SELECT pg_export_snapshot()"))
            self._run("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={target}")
            return digests(connection)

    def revisions(self) -> frozenset[str]:
        """See `Database`."""
        with self._connected() as connection:
            return _revisions(connection)

    def check(self, copy: Path, expected: dict[str, Digest]) -> str:
        """See `Database`. In a database of its own on the same server, which goes afterwards."""
        trial = self._url.set(database=f"portal_check_{secrets.token_hex(6)}")
        try:
            self._on_server(f"CREATE DATABASE {trial.database}")
        except sa.exc.ProgrammingError as error:
            if getattr(error.orig, "sqlstate", None) != _NOT_ALLOWED:
                raise
            return (
                f"Its rows were not looked at: {self._url.username} may not make a database to put them "
                "in (ALTER ROLE … CREATEDB)."
            )
        try:
            Postgresql(trial).put_back(copy, expected, replace=False)
        finally:
            self._on_server(f"DROP DATABASE {trial.database} WITH (FORCE)")
        return ""

    def holds(self, expected: dict[str, Digest]) -> bool:
        """See `Database`."""
        with self._connected() as connection:
            return not differences(expected, digests(connection))

    def put_back(self, copy: Path, expected: dict[str, Digest], *, replace: bool) -> str:  # noqa: ARG002 - nothing is replaced on a server
        """See `Database`. Only into an empty database: a server's may hold more than the portal's."""
        with self._connected() as connection:
            if sa.inspect(connection).get_table_names():
                raise BackupError(
                    f"The database {self._url.database!r} is not empty. Make a new one, name it in "
                    "PORTAL_DATABASE_URL, and put the backup back there."
                )
        self._run("pg_restore", "--single-transaction", "--no-owner", "--no-privileges", str(copy))
        with self._connected() as connection:
            faults = differences(expected, digests(connection))
        if faults:
            raise BackupError(
                f"What was put back is not what was saved; do not use it: {faults[0]}."
            )
        return ""

    def _on_server(self, statement: str) -> None:
        """What PostgreSQL does outside of transactions alone."""
        with self._connected() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(statement)

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        options = {"options": "-c timezone=utc"}
        engine = sa.create_engine(self._url, poolclass=NullPool, connect_args=options)
        try:
            with engine.connect() as connection:
                yield connection
        except sa.exc.OperationalError as error:
            raise BackupError(f"PostgreSQL does not answer: {error.orig}") from error
        finally:
            engine.dispose()

    def _run(self, program: str, *arguments: str) -> None:
        path = shutil.which(program)
        if path is None:
            raise BackupError(
                f"{program} is not installed here; it comes with PostgreSQL's client programs."
            )
        # The password goes by the environment: everybody on the machine can read a command line.
        address = self._url.set(drivername="postgresql", password=None).render_as_string()
        secret = {"PGPASSWORD": self._url.password} if self._url.password else {}
        done = subprocess.run(  # noqa: S603 - the program is PostgreSQL's, its arguments our own
            [path, f"--dbname={address}", *arguments],
            env={**os.environ, **secret},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = done.stderr.strip().splitlines() or ["no reason given"]
            raise BackupError(f"{program} failed: {said[0]}")


def _damaged(faults: list[str]) -> str:
    return f"The backup is damaged; nothing was changed: {faults[0]}."


_VERSIONS = sa.table("alembic_version", sa.column("version_num", sa.String))


def _revisions(connection: sa.Connection) -> frozenset[str]:
    if not sa.inspect(connection).has_table(_VERSIONS.name):
        return frozenset()
    return frozenset(connection.scalars(sa.select(_VERSIONS.c.version_num)))
