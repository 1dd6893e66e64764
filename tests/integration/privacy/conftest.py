"""Plugins that keep something about people, and two people who share a good deal."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.plugin_api import Erasure, PrivacySource
from portal.plugin_api.testing import Lab, watched
from tests.factories.sharing import Sharing, make_sharing
from tests.plugins import Plugin, make_plugin

Rows = Sequence[Mapping[str, Any]]


def source(table: str, **values: Any) -> PrivacySource:
    """A declaration with sensible values, which keeps nothing."""
    given: dict[str, Any] = {
        "subject": "person_id",
        "purpose": f"To test {table}",
        "lawful_basis": "Consent",
        "sensitivity": "ordinary",
        "retention": "Two years",
        "export": lambda _session, _person_id: [],
        "erase": lambda _session, _person_id, _mode: Erasure(table),
    }
    return PrivacySource(table=table, **{**given, **values})


@pytest.fixture
def keeping() -> Callable[..., Plugin]:
    """`keeping("beans", source(…), …)`: a made-up plugin with these declarations."""
    return lambda name, *sources, **hooks: make_plugin(
        name, privacy_sources=lambda: list(sources), **hooks
    )


def archive_of(answer: Any) -> dict[str, Any]:
    """What a downloaded archive holds: its JSON, and the readable page as `html`."""
    with zipfile.ZipFile(io.BytesIO(answer.data)) as file:
        assert file.testzip() is None
        data: dict[str, Any] = json.loads(file.read("your-data.json"))
        data["html"] = file.read("your-data.html").decode()
    data["by_table"] = {one["table"]: one["rows"] for one in data["kept"]}
    return data


@pytest.fixture
def making(
    request: pytest.FixtureRequest, portal_lab: Lab, engine_name: str
) -> Callable[..., Portal]:
    def make(*plugins: Plugin) -> Portal:
        keeper = watched(request, portal_lab.app(engine_name, list(plugins)))
        app = next(keeper)
        request.addfinalizer(lambda: next(keeper, None))
        return app

    return make


@pytest.fixture
def sharing(app: Portal, session: Session) -> Sharing:
    with app.test_request_context():
        made = make_sharing(session)
        session.commit()
    return made
