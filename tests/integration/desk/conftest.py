"""A portal with the made-up plugin that tells people things, and its own kind of task."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.desk.models import DeskTask
from portal.messages.api import tell
from portal.messages.services.outbox import claim
from portal.messages.setup import messages_of_app
from tests import checking, telling

NOW = datetime(2027, 3, 25, 10, tzinfo=UTC)  # the Thursday before Good Friday


@pytest.fixture(scope="session")
def portal_plugins() -> list[tuple[str, Any]]:
    return [telling.PLUGIN, checking.PLUGIN]


@pytest.fixture(autouse=True)
def traveller() -> Iterator[time_machine.Traveller]:
    telling.world.reset()
    checking.LOGGED.clear()
    checking.SETTLED.clear()
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def coordinator(sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    return sign_in("coordinator")


@pytest.fixture
def by_hand(app: Portal, session: Session) -> Callable[[int], DeskTask]:
    """Tell a person something that no machine can bring; the task that it becomes."""

    def make(person: int, number: int = 1) -> DeskTask:
        tell(session, person, telling.OFFER, {"offer": number}, key=f"offer:{number}")
        with app.app_context():
            claim(session, messages_of_app().ways())
        session.commit()
        task = session.query(DeskTask).filter_by(person_id=person).one()
        session.expunge_all()
        session.rollback()  # on SQLite an open transaction would keep the pages out
        return task

    return make
