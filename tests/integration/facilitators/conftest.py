"""A Wednesday in February, in the college's own context: words are made where they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.app import Portal
from portal.plugin_host.models import SettingValue
from tests.integration.courses.managing import letting_go

NOW = datetime(2027, 2, 10, 12, 0, tzinfo=UTC)  # a Wednesday


@pytest.fixture
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _in_context(now: object, app: Portal) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def browse(session: Session, sign_in: Callable[..., FlaskClient]) -> Callable[..., FlaskClient]:
    """Signs in, and lets go of the test's own transaction before that and before each request."""

    def browse(*roles: str, **values: int) -> FlaskClient:
        session.rollback()
        return letting_go(sign_in(*roles, **values), session)

    return browse


@pytest.fixture
def set_value(session: Session) -> Callable[[str, bool | int], None]:
    def set_value(key: str, value: bool | int) -> None:
        session.merge(SettingValue(key=key, value={"value": value}, changed_at=clock.now()))
        session.flush()

    return set_value
