"""Throw-away databases for tests: migrated once for all processes of a run, copied, put back in a moment."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # no such locks here: each process migrates for itself
    fcntl = None  # type: ignore[assignment]

# Set where the whole server goes when the tests end.
POSTGRES_THROWN_AWAY = "PORTAL_TEST_POSTGRES_THROWN_AWAY"
POSTGRES_URL = "PORTAL_TEST_POSTGRES_URL"
# The branches of migrations, each with its folders.
Branches = tuple[tuple[str, Any], ...]


class Database:
    """One throw-away database of this process, and a clean copy to begin each test from."""

    def __init__(
        self,
        engine_name: str,
        folder: Path,
        name: str,
        *,
        like: Database | None = None,
        restoring: str | None = None,
    ) -> None:
        """An empty database, or a copy of a clean one that nobody uses meanwhile.

        `restoring`: it is there already, another process made it, and these are its statements.
        """
        self.engine_name = engine_name
        self.folder = folder
        self.name = name
        self.url = url_of(engine_name, folder, name)
        # PostgreSQL's statements, once there is a clean copy.
        self.restoring: str = restoring or (like.restoring if like else "")
        self._restorer: Any = None
        if restoring is not None:
            return
        if engine_name == "sqlite":
            if like:
                shutil.copyfile(like.folder / "clean.db", folder / "clean.db")
                self.restore()
        else:
            self._run(os.environ[POSTGRES_URL], f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            source = f" TEMPLATE {like.name}" if like else ""
            self._run(os.environ[POSTGRES_URL], f"CREATE DATABASE {name}{source}")

    def keep_as_clean(self) -> None:
        """Remember the present content as what each test begins with."""
        if self.engine_name == "sqlite":
            shutil.copyfile(self.folder / "portal.db", self.folder / "clean.db")
            return
        tables = self._column("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        # Set back, not restarted: a restart gives each sequence a new file, forty for each test.
        begun = self._column(
            # To where the clean rows left it: a migration may have brought some.
            "SELECT format('setval(%L, %s, %L)', quote_ident(sequencename),"
            " coalesce(last_value, start_value), last_value IS NOT NULL)"
            " FROM pg_sequences WHERE schemaname = 'public'"
        )
        asked = [f"""SELECT '{name}' WHERE EXISTS (SELECT FROM "{name}")""" for name in tables]
        filled = self._column(" UNION ALL ".join(asked)) if asked else []
        copies = [f'CREATE TABLE clean."{name}" AS TABLE public."{name}"' for name in filled]
        anew = ("DROP SCHEMA IF EXISTS clean CASCADE", "CREATE SCHEMA clean")
        self._run(self.url, "; ".join([*anew, *copies]))
        # Emptying is far quicker than a new database, and quicker than TRUNCATE for a few rows. As a
        # replica PostgreSQL runs no triggers, so append-only tables are emptied too.
        self.restoring = "; ".join(
            [
                "SET session_replication_role = replica",
                *(f'DELETE FROM "{name}"' for name in tables),
                *([f"SELECT {', '.join(begun)}"] if begun else []),
                *(f'INSERT INTO "{name}" SELECT * FROM clean."{name}"' for name in filled),
            ]
        )

    def restore(self) -> None:
        """Put the clean content in place of whatever a test left."""
        if self.engine_name == "postgresql":
            import psycopg

            # Kept open: a new connection would first learn every table again.
            if self._restorer is None:
                self._restorer = psycopg.connect(_plain(self.url), autocommit=True)
            self._restorer.execute(self.restoring.encode())
            return
        for leftover in self.folder.glob("portal.db*"):
            leftover.unlink()
        shutil.copyfile(self.folder / "clean.db", self.folder / "portal.db")

    def forget_clean(self) -> None:
        """Hold what a college's database holds, and no clean copy beside it: there is no way back."""
        if self.engine_name == "sqlite":
            (self.folder / "clean.db").unlink()
        else:
            self._run(self.url, "DROP SCHEMA clean CASCADE")

    def drop(self) -> None:
        """Leave nothing behind."""
        if self._restorer is not None:
            self._restorer.close()
        if self.engine_name == "postgresql" and not os.environ.get(POSTGRES_THROWN_AWAY):
            self._run(os.environ[POSTGRES_URL], f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def _column(self, query: str) -> list[Any]:
        import psycopg

        with psycopg.connect(_plain(self.url)) as connection:
            return [row[0] for row in connection.execute(query.encode())]

    @staticmethod
    def _run(url: str, statements: str) -> None:
        import psycopg

        with psycopg.connect(_plain(url), autocommit=True) as connection:
            connection.execute(statements.encode())


class Migrated:
    """Databases that nobody uses and others are copied from: for each engine, one per set of branches.

    The processes of one run (pytest-xdist) give them to each other, in a folder that all of them know: the
    first to need one migrates it while the others wait. On a PostgreSQL server that outlives the run, each
    process makes and drops its own.
    """

    def __init__(self, shared: Path, own: Path) -> None:
        self.shared, self.own = shared, own
        self._known: dict[tuple[str, Branches], Database] = {}

    @contextmanager
    def turn(self, engine_name: str, branches: Branches) -> Iterator[None]:
        """Meanwhile no other process migrates the same."""
        if fcntl is None or not _may_share(engine_name):
            yield
            return
        with self._place(engine_name, branches).with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def find(self, engine_name: str, branches: Branches) -> Database | None:
        """The one for these branches, made by whatever process; None when there is none yet."""
        key = engine_name, branches
        note = self._place(*key).with_suffix(".json")
        if key not in self._known and _may_share(engine_name) and note.exists():
            said = json.loads(note.read_text("utf-8"))
            self._known[key] = Database(engine_name, Path(said.pop("folder")), **said)
        return self._known.get(key)

    def keep(self, engine_name: str, branches: Branches, database: Database) -> None:
        """Copy this one, which was migrated just now, for whoever needs the same."""
        place = self._place(engine_name, branches)
        folder = place if _may_share(engine_name) else self.own / place.name
        folder.mkdir()
        name = f"{database.name}_migrated"
        copy = Database(engine_name, folder, name, like=database)
        self._known[engine_name, branches] = copy
        said = {"folder": str(folder), "name": name, "restoring": copy.restoring}
        note = place.with_suffix(".new")
        note.write_text(json.dumps(said), "utf-8")
        note.replace(place.with_suffix(".json"))  # there at once, or not at all

    def drop(self) -> None:
        """Leave nothing behind on a server that stays."""
        for database in self._known.values():
            database.drop()

    def _place(self, engine_name: str, branches: Branches) -> Path:
        digest = hashlib.sha256(repr((engine_name, branches)).encode()).hexdigest()
        return self.shared / f"migrated-{engine_name}-{digest[:16]}"


def _may_share(engine_name: str) -> bool:
    return engine_name == "sqlite" or bool(os.environ.get(POSTGRES_THROWN_AWAY))


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def url_of(engine_name: str, folder: Path, name: str) -> str:
    """Where a database of this engine is: on SQLite by its folder, on PostgreSQL by its name."""
    import sqlalchemy as sa

    if engine_name == "sqlite":
        return f"sqlite:///{folder / 'portal.db'}"
    server = sa.make_url(os.environ[POSTGRES_URL])
    return server.set(database=name).render_as_string(hide_password=False)
