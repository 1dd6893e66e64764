"""Settings of places, changed for one test; and a hall in which a register is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.plugin_host.models import SettingValue
from tests.integration.enrolment.hall import DURING, Hall, SignIn


@pytest.fixture
def set_number(session: Session) -> Callable[[str, int], None]:
    def set_number(key: str, number: int) -> None:
        session.merge(SettingValue(key=key, value={"value": number}, changed_at=clock.now()))
        session.flush()

    return set_number


@pytest.fixture
def now() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(DURING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def leader(now: time_machine.Coordinates, sign_in: SignIn) -> FlaskClient:
    return sign_in("facilitator")


@pytest.fixture
def hall(session: Session, leader: FlaskClient) -> Hall:
    return Hall(session, leader.person_id)  # type: ignore[attr-defined]
