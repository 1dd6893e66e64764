"""A Wednesday in February; services run in the college's own context."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine

from portal.app import Portal

NOW = datetime(2027, 2, 10, 12, 0, tzinfo=UTC)  # a Wednesday
TODAY = date(2027, 2, 10)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def in_context(app: Portal) -> Iterator[None]:
    """For tests without pages: a request makes a context of its own, and must not share this one."""
    with app.app_context():
        yield
