"""A plugin that is switched off keeps its data: it is said, given out, erased and let go of all the same."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import ModuleType

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from portal.accounts.models import Person
from portal.accounts.testing import signed_in_client
from portal.app import Portal
from portal.db import unit_of_work
from portal.plugin_api.testing import Lab, watched
from portal.plugin_host.boot import host_of
from tests.integration.noticeboard.conftest import PACKAGE
from tests.integration.privacy.conftest import archive_of
from tests.integration.privacy.test_erasing import ME, erase_ada, told_in

NOTICE = sa.table(
    "noticeboard_notice",
    sa.column("title"),
    sa.column("body"),
    sa.column("until", sa.DateTime(timezone=True)),
    sa.column("written_by"),
)


@pytest.fixture
def off(
    request: pytest.FixtureRequest, portal_lab: Lab, engine_name: str
) -> Iterator[tuple[Portal, FlaskClient]]:
    """A portal with the notice board installed and switched off, and somebody who once put a notice up."""
    sys.path.insert(0, str(PACKAGE))
    import noticeboard

    app = portal_lab.app(engine_name, [("noticeboard", noticeboard)], plugins=[])
    assert host_of(app).registry.plugins["noticeboard"].state == "disabled"
    keeper = watched(request, app)
    next(keeper)
    client = signed_in_client(app)
    person = client.person_id  # type: ignore[attr-defined]
    with app.app_context(), unit_of_work() as session:
        until = datetime(2027, 3, 1, tzinfo=UTC).replace(tzinfo=None)
        values = {"title": "Tea", "body": "On Friday", "until": until, "written_by": person}
        session.execute(sa.insert(NOTICE).values(values))
    yield app, client
    next(keeper, None)


def writers(app: Portal) -> list[int | None]:
    with app.app_context(), unit_of_work("read") as session:
        return list(session.scalars(sa.select(NOTICE.c.written_by)))


def test_it_is_said_and_given_out(off: tuple[Portal, FlaskClient]) -> None:
    _app, client = off

    assert "Notice board</a>" in client.get("/privacy").text
    assert "<caption>Notice board</caption>" in client.get("/privacy/noticeboard").text
    found = archive_of(client.post("/me/data/copy"))
    assert found["by_table"]["noticeboard_notice"] == [{"title": "Tea", "text": "On Friday"}]


def test_it_is_erased(off: tuple[Portal, FlaskClient]) -> None:
    app, client = off
    assert "Notices you put up" in client.get(ME).text

    assert erase_ada(client).status_code == 303

    assert writers(app) == [None]


@pytest.mark.plugin_faults
def test_what_cannot_be_asked_stops_the_erasure(
    off: tuple[Portal, FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, client = off
    told = told_in(client.get(ME).text)
    broken = ModuleType("broken")
    refuse: Callable[[], None] = lambda: (_ for _ in ()).throw(RuntimeError("boom"))  # noqa: E731
    broken.model_modules = refuse  # type: ignore[attr-defined]
    monkeypatch.setattr(host_of(app).registry.plugins["noticeboard"], "module", broken)

    for answer in (client.get(ME), client.post(ME, data={"sure": "y", "told": told})):
        assert answer.status_code == 503
        assert "Noticeboard" in answer.text
    assert client.post("/me/data/copy").status_code == 503
    with app.app_context(), unit_of_work("read") as session:
        person = client.person_id  # type: ignore[attr-defined]
        assert session.get_one(Person, person).erased_at is None
    assert writers(app) != [None]
