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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from portal.plugin_api.trial_databases import POSTGRES_URL, Branches, Database, Migrated, url_of

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from portal.app import Portal

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


class Lab:
    """Makes apps for tests, each with a clean database; keeps what is costly to make."""

    def __init__(self, folder: Path, worker: str, shared: Path | None = None) -> None:
        """`folder` is this process's own; `shared` is known to all processes of the run."""
        self.folder = folder
        self.worker = worker
        self.shared = shared or folder
        self.kept: dict[Any, tuple[Portal, Database]] = {}
        self.dirty: set[int] = set()
        self._migrated = Migrated(self.shared, folder)

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

    def migrated(self, engine_name: str, folder: Path, name: str) -> Database:
        """A database like every portal's, for a test that makes its own portal: copied, not migrated anew."""
        branches = _branches(self.app(engine_name, []))
        copy = Database(engine_name, folder, name, like=self._migrated.find(engine_name, branches))
        copy.forget_clean()
        return copy

    def close(self) -> None:
        """Drop every database."""
        for app, database in self.kept.values():
            _dispose(app)
            database.drop()
        self._migrated.drop()

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
            "database_url": url_of(engine_name, folder, name),
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
        app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(self.shared))
        # The migrations of the same branches leave the same tables, so they run once and are copied; those
        # of a plugin go on from where the core's ended.
        branches = _branches(app)
        core = tuple(branch for branch in branches if branch[0] == migrate.CORE)
        with self._migrated.turn(engine_name, branches):
            migrated = self._migrated.find(engine_name, branches)
            like = migrated or self._migrated.find(engine_name, core)
            database = Database(engine_name, folder, name, like=like)
            if migrated is None:
                migrate.upgrade(app)
                _dispose(app)
                database.keep_as_clean()
                self._migrated.keep(engine_name, branches, database)
        self._watch(app)
        if engine_name == "sqlite":
            _wait_for_no_disk(app)
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


def _branches(app: Portal) -> Branches:
    from portal import migrate

    return tuple(sorted(migrate.branch_folders(app).items()))


def _wait_for_no_disk(app: Portal) -> None:
    """Commits of a database that nobody keeps need not reach the disk, as on the tests' PostgreSQL."""
    from sqlalchemy import event

    from portal.db import db

    def hurry(connection: Any, record: Any) -> None:  # noqa: ARG001 - SQLAlchemy's signature
        connection.execute("PRAGMA synchronous=OFF")

    with app.app_context():
        event.listen(db.engine, "connect", hurry)  # after the portal's own settings


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
    folder, worker = tmp_path_factory.mktemp("lab"), os.environ.get("PYTEST_XDIST_WORKER")
    # Each of pytest-xdist's workers has a folder in the one of the whole run.
    lab = Lab(folder, worker or "main", tmp_path_factory.getbasetemp().parent if worker else folder)
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
