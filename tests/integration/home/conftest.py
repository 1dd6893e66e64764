from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from flask import Blueprint

from portal.accounts.testing import signed_in_client
from portal.db import db
from portal.plugin_api import Card
from portal.plugin_api.testing import POSTGRES_URL, Lab, watched
from tests.plugins import Plugin, make_plugin

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from portal.app import Portal

CARD = "<h2>{{ title }}</h2><p>{{ _('Hello') }} {{ count }}</p>"
MakeApp = Callable[..., "Portal"]
# Most of this room's tests are about pages and ask little of the database; these few ask both.
both_engines = pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def engine_name(request: pytest.FixtureRequest) -> str:
    """SQLite, unless the test is marked `both_engines`."""
    name: str = getattr(request, "param", "sqlite")
    if name == "postgresql" and not os.environ.get(POSTGRES_URL):
        pytest.skip(f"no PostgreSQL: {POSTGRES_URL} is not set")
    return name


@pytest.fixture
def make_app(
    request: pytest.FixtureRequest, portal_lab: Lab, engine_name: str
) -> Iterator[MakeApp]:
    """`make_app(*plugins, **settings)`: a portal with these plugins on an empty database."""
    keepers: list[Iterator[Portal]] = []

    def make(*plugins: Plugin, **settings: Any) -> Portal:
        keeper = watched(request, portal_lab.app(engine_name, list(plugins), **settings))
        keepers.append(keeper)
        return next(keeper)

    yield make
    for keeper in keepers:
        next(keeper, None)


@pytest.fixture
def card_plugin(tmp_path: Path) -> Callable[..., Plugin]:
    """`card_plugin("alpha", template=…, order=…)`: a plugin with one card, which costs one query."""

    def make(name: str, *, template: str = CARD, order: int = 100, title: str = "") -> Plugin:
        folder = tmp_path / name / "templates" / name
        folder.mkdir(parents=True)
        (folder / "card.html").write_text(template)
        views = Blueprint(
            name, __name__, root_path=str(tmp_path / name), template_folder="templates"
        )

        def dashboard_cards(session: Any) -> list[Card]:
            count = session.scalar(sa.text("SELECT count(*) FROM person"))
            return [Card(f"{name}/card.html", {"title": title or name, "count": count}, order)]

        return make_plugin(name, blueprints=lambda: [views], dashboard_cards=dashboard_cards)

    return make


@pytest.fixture
def enter() -> Callable[..., FlaskClient]:
    """`enter(app, "coordinator")`: a client signed in to that app as a new person."""
    return lambda app, *roles: signed_in_client(app, roles)


@contextmanager
def counted(app: Portal) -> Iterator[list[str]]:
    """Every statement that reaches the database inside the block, but for how a transaction begins."""
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
