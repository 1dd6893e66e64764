"""A pytest plugin for authors of plugins: a portal with your plugin in it, on both databases.

Installed with the portal, so its fixtures are simply there. Override `portal_plugins` in your conftest
when your plugin is not installed as a package:

    @pytest.fixture(scope="session")
    def portal_plugins():
        return [("noticeboard", noticeboard.plugin)]

    def test_notices_are_shown(portal_client): ...

Every test begins with an empty, migrated database. PostgreSQL is used where PORTAL_TEST_POSTGRES_URL
names a server on which databases may be created; without it that half is skipped and says so. A fault
that the guard caught fails the test, unless it is marked `plugin_faults`. Hashes of passwords cost next to
nothing, and answers of forms about accounts do not wait for one another, unless it is marked `true_costs`.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from portal.app import Portal

# Set where the whole server goes when the tests end.
POSTGRES_THROWN_AWAY = "PORTAL_TEST_POSTGRES_THROWN_AWAY"
POSTGRES_URL = "PORTAL_TEST_POSTGRES_URL"
ENGINES = ("sqlite", "postgresql")
SECRET = "for-tests-only-and-long-enough-to-be-taken"  # noqa: S105 - guards nothing


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest about the markers."""
    config.addinivalue_line(
        "markers", "plugin_faults: the test makes a plugin fail on purpose, so faults are expected"
    )
    config.addinivalue_line(
        "markers", "true_costs: what is slow on purpose is so in this test, as in a college"
    )


class Database:
    """One throw-away database of this process, and a clean copy to begin each test from."""

    def __init__(
        self, engine_name: str, folder: Path, name: str, *, like: Database | None = None
    ) -> None:
        """An empty database, or a copy of a clean one that nobody uses meanwhile."""
        self.engine_name = engine_name
        self.folder = folder
        self.name = name
        self.url = _url(engine_name, folder, name)
        # PostgreSQL's statements, once there is a clean copy.
        self.restoring: str = like.restoring if like else ""
        self._restorer: Any = None
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


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def _url(engine_name: str, folder: Path, name: str) -> str:
    import sqlalchemy as sa

    if engine_name == "sqlite":
        return f"sqlite:///{folder / 'portal.db'}"
    server = sa.make_url(os.environ[POSTGRES_URL])
    return server.set(database=name).render_as_string(hide_password=False)


class Lab:
    """Makes apps for tests, each with a clean database; keeps what is costly to make."""

    def __init__(self, folder: Path, worker: str) -> None:
        self.folder = folder
        self.worker = worker
        self.kept: dict[Any, tuple[Portal, Database]] = {}
        self.dirty: set[int] = set()
        self._migrated: dict[Any, Database] = {}

    def app(self, engine_name: str, plugins: list[tuple[str, Any]], /, **settings: Any) -> Portal:
        """A portal with these plugins on an empty, migrated database of this engine."""
        key = (
            engine_name,
            tuple((name, id(module)) for name, module in plugins),
            tuple(sorted((name, repr(value)) for name, value in settings.items())),
        )
        if key not in self.kept:
            self.kept[key] = self._make(engine_name, plugins, settings)
            gc.freeze()  # it stays until the end: nobody need look through it for what can go
        app, database = self.kept[key]
        app.config["PROPAGATE_EXCEPTIONS"] = None  # whatever the last test wanted to see
        _forget_tries(app)
        if id(app) in self.dirty:
            database.restore()
            if database.engine_name == "sqlite":
                _dispose(app)  # its file was replaced; PostgreSQL keeps its connections
            self.dirty.discard(id(app))
        return app

    def close(self) -> None:
        """Drop every database."""
        for app, database in self.kept.values():
            _dispose(app)
            database.drop()
        for database in self._migrated.values():
            database.drop()

    def _make(
        self, engine_name: str, plugins: list[tuple[str, Any]], settings: dict[str, Any]
    ) -> tuple[Portal, Database]:
        from jinja2 import FileSystemBytecodeCache

        from portal import create_app, migrate
        from portal.accounts.testing import BrowserClient
        from portal.config import load_settings

        number = len(self.kept)
        folder = self.folder / f"{engine_name}{number}"
        folder.mkdir()
        name = f"portal_test_{os.getpid()}_{self.worker}_{number}"
        chosen = {
            "environment": "test",
            "secret_key": SECRET,
            "database_url": _url(engine_name, folder, name),
            "data_dir": folder,
            "mail_url": "",
            "sms_url": "",
            "rate_limit_store": "memory://",
            "plugins": [name for name, _ in plugins],
        } | settings
        given = [(name, module) for name, module in plugins if module is not None]
        app = create_app(load_settings(**chosen), plugins=given)
        app.test_client_class = BrowserClient
        # A template is compiled once, not once for each app.
        app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(self.folder))
        # The migrations of the same branches leave the same tables, so they run once and are copied; those
        # of a plugin go on from where the core's ended.
        branches = migrate.branch_folders(app)
        key = engine_name, tuple(sorted(branches.items()))
        migrated = self._migrated.get(key)
        core = self._migrated.get((engine_name, (("core", branches["core"]),)))
        database = Database(engine_name, folder, name, like=migrated or core)
        if migrated is None:
            migrate.upgrade(app)
            _dispose(app)
            database.keep_as_clean()
            copy = folder / "migrated"
            copy.mkdir()
            self._migrated[key] = Database(engine_name, copy, f"{name}_migrated", like=database)
        self._watch(app)
        return app, database

    def _watch(self, app: Portal) -> None:
        """Notice the first commit of a writing transaction: only then is a clean copy needed."""
        from sqlalchemy import event

        from portal.db import db, reading

        with app.app_context():
            engine = db.engine

        def note(connection: Any) -> None:  # noqa: ARG001 - SQLAlchemy's signature
            if not reading():
                self.dirty.add(id(app))

        event.listen(engine, "commit", note)


def _forget_tries(app: Portal) -> None:
    """Tries are counted by ids that the next database uses again."""
    from portal.ui.limits import limiter

    limiter.count_anew(app)


def _dispose(app: Portal) -> None:
    from portal.db import db

    with app.app_context():
        db.engine.dispose()


@pytest.fixture(autouse=True)
def quick_hashes(request: pytest.FixtureRequest) -> Iterator[None]:
    """What is slow on purpose is quick."""
    if request.node.get_closest_marker("true_costs"):
        yield
        return
    from portal.accounts.testing import without_slowness

    with without_slowness():
        yield


@pytest.fixture(scope="session")
def portal_plugins() -> list[tuple[str, Any]]:
    """The plugins under test, as (name, module) pairs; None for an installed one's module. Override it."""
    return []


@pytest.fixture(scope="session")
def portal_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The maker of apps of this process."""
    lab = Lab(tmp_path_factory.mktemp("lab"), os.environ.get("PYTEST_XDIST_WORKER", "main"))
    yield lab
    lab.close()


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """`sqlite`, then `postgresql` where a server is named."""
    name: str = request.param
    if name == "postgresql" and not os.environ.get(POSTGRES_URL):
        pytest.skip(f"no PostgreSQL: {POSTGRES_URL} is not set")
    return name


@pytest.fixture
def portal_app(
    request: pytest.FixtureRequest,
    portal_lab: Lab,
    engine_name: str,
    portal_plugins: list[tuple[str, Any]],
) -> Iterator[Portal]:
    """A portal with the plugins under test, inside an app context of its own."""
    app = portal_lab.app(engine_name, portal_plugins)
    yield from watched(request, app)


def watched(request: pytest.FixtureRequest, app: Portal) -> Iterator[Portal]:
    """The app, with its faults counted: any that the test did not announce fails it."""
    from portal.db import db
    from portal.plugin_api.dispatch import HOST

    with app.app_context():
        registry = db.session.info[HOST].registry
        registry.faults.clear()
    yield app
    faults = list(registry.faults)
    registry.faults.clear()
    if faults and not request.node.get_closest_marker("plugin_faults"):
        pytest.fail(f"plugins failed behind the guard: {faults}")


@pytest.fixture
def portal_session(portal_app: Portal) -> Iterator[Session]:
    """A writing session. Commit what the portal is to see."""
    from portal.db import db

    # The context ends before the test begins: requests would share it, and with it `g` and a session.
    with portal_app.app_context():
        session = db.sessionmaker()
    with session:
        yield session


@pytest.fixture
def portal_client(portal_app: Portal) -> FlaskClient:
    """A browser without scripts, not signed in."""
    return portal_app.test_client()


@pytest.fixture
def portal_sign_in(portal_app: Portal) -> Callable[..., FlaskClient]:
    """`portal_sign_in("coordinator")`: a client signed in as a new person with these roles."""
    from portal.accounts.testing import signed_in_client

    def sign_in(*roles: str, person_id: int | None = None) -> FlaskClient:
        return signed_in_client(portal_app, roles, person_id)

    return sign_in
