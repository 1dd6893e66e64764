"""Settings of places, changed for one test."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from portal import clock
from portal.plugin_host.models import SettingValue


@pytest.fixture
def set_number(session: Session) -> Callable[[str, int], None]:
    def set_number(key: str, number: int) -> None:
        session.merge(SettingValue(key=key, value={"value": number}, changed_at=clock.now()))
        session.flush()

    return set_number
