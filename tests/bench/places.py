"""Where one engine is measured: a temporary folder, its databases, and the portal on them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from tests.bench import claims, college, floors, ideas

if TYPE_CHECKING:
    from portal.app import Portal

POSTGRES_URL = "PORTAL_TEST_POSTGRES_URL"
SMALL, LARGE = 1_000, 100_000  # courses
IDEAS_BESIDE = 2  # courses beside the ideas, or the claims


@dataclass(slots=True)
class Place:
    """One engine's folder and databases. What is costly is made when it is first asked for."""

    engine: str
    folder: Path
    _stack: ExitStack
    _apps: dict[int, Portal] = field(default_factory=dict)
    _floor: str = ""
    _ideas: Portal | None = None
    _claims: Portal | None = None

    def database(self, name: str) -> str:
        """The URL of a new, empty database, which goes when the place does."""
        if self.engine == "sqlite":
            return f"sqlite:///{self.folder / name}.db"
        full = f"portal_bench_{os.getpid()}_{name}"
        _administer(f"CREATE DATABASE {full}")
        self._stack.callback(_administer, f"DROP DATABASE IF EXISTS {full} WITH (FORCE)")
        url = sa.make_url(os.environ[POSTGRES_URL]).set(database=full)
        return url.render_as_string(hide_password=False)

    def portal(self, courses: int = SMALL) -> Portal:
        """A portal in this process over a college with this many courses."""
        if courses not in self._apps:
            url = self.database(f"college{courses}")
            app = college.make_app(self.folder, url)
            college.make_tables(app)
            college.fill(app, courses)
            self._stack.callback(_release, app)
            self._apps[courses] = app
        return self._apps[courses]

    def settings(self, courses: int = SMALL) -> dict[str, str]:
        """The same portal's settings, for a server; this process lets go of its connections."""
        app = self.portal(courses)
        _release(app)
        return college.settings_of(self.folder, app.settings.sqlalchemy_url)

    def with_ideas(self) -> Portal:
        """A portal in this process with the plugin of ideas too, over 5,000 of them."""
        if self._ideas is None:
            app = college.make_app(self.folder, self.database("ideas"), college.WITH_IDEAS)
            college.make_tables(app)
            college.fill(app, IDEAS_BESIDE)
            ideas.fill(app)
            self._stack.callback(_release, app)
            self._ideas = app
        return self._ideas

    def settings_with_ideas(self) -> dict[str, str]:
        """The same portal's settings, for a server."""
        app = self.with_ideas()
        _release(app)
        return college.settings_of(self.folder, app.settings.sqlalchemy_url, college.WITH_IDEAS)

    def with_claims(self) -> Portal:
        """A portal in this process with the plugin of claims too, over 50,000 of them."""
        if self._claims is None:
            app = college.make_app(self.folder, self.database("claims"), college.WITH_CLAIMS)
            college.make_tables(app)
            college.fill(app, IDEAS_BESIDE)
            claims.fill(app)
            self._stack.callback(_release, app)
            self._claims = app
        return self._claims

    def settings_with_claims(self) -> dict[str, str]:
        """The same portal's settings, for a server."""
        app = self.with_claims()
        _release(app)
        return college.settings_of(self.folder, app.settings.sqlalchemy_url, college.WITH_CLAIMS)

    def floor(self) -> dict[str, str]:
        """The settings of the floors, for a server."""
        if not self._floor:
            self._floor = self.database("floor")
            floors.fill(self._floor)
        return {floors.DATABASE: self._floor}


@contextmanager
def place(engine: str) -> Iterator[Place]:
    """A place for one engine; nothing is left of it afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="portal-bench-") as folder,
        ExitStack() as stack,
    ):
        yield Place(engine, Path(folder), stack)


def _release(app: Portal) -> None:
    from portal.db import db

    with app.app_context():
        db.engine.dispose()


def _administer(statement: str) -> None:
    import psycopg

    url = os.environ[POSTGRES_URL].replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())
