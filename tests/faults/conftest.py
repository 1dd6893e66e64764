"""A portal that sends its mail to a real server, for the tests of delivery."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.db import db
from portal.plugin_api.testing import Lab, watched
from tests import telling
from tests.gateway import Gateway
from tests.mailserver import MailServer


@pytest.fixture(scope="session")
def _server() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.stop()


@pytest.fixture
def server(_server: MailServer) -> MailServer:
    _server.reset()
    return _server


@pytest.fixture(scope="session")
def _gateway() -> Iterator[Gateway]:
    gateway = Gateway()
    yield gateway
    gateway.stop()


@pytest.fixture
def gateway(_gateway: Gateway) -> Gateway:
    _gateway.reset()
    return _gateway


@pytest.fixture
def mailing_app(
    request: pytest.FixtureRequest,
    portal_lab: Lab,
    engine_name: str,
    server: MailServer,
    gateway: Gateway,
) -> Iterator[Portal]:
    app = portal_lab.app(
        engine_name,
        [telling.PLUGIN],
        mail_url=f"smtp://127.0.0.1:{server.port}",
        mail_from="College <hi@college.example>",
        sms_url=f"http://:key@127.0.0.1:{gateway.port}/messages",
    )
    telling.world.reset()
    yield from watched(request, app)


@pytest.fixture
def outbox(mailing_app: Portal) -> Iterator[Session]:
    with mailing_app.app_context(), db.sessionmaker() as session:
        yield session
