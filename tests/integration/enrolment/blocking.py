"""What tests of stopped places share: who decides, and what came of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.desk.models import DeskTask
from portal.enrolment.models import Enrolment, EnrolmentState
from portal.enrolment.services import (
    blocks,
)
from portal.plugin_api import SYSTEM, Actor
from portal.plugin_api.events import OutboxEvent
from tests.factories.accounts import make_login
from tests.factories.enrolment import NOON

ZONE = "Europe/London"
LAST, REVIEW = date(2027, 2, 28), date(2027, 2, 1)
OVER = datetime(2027, 3, 1, 0, 0, tzinfo=UTC)
REASON = "Shouted at others, twice, after we had talked about it"


def coordinator(session: Session, name: str = "Alex") -> Actor:
    login = make_login(session, name=name, roles=("coordinator",))
    return Actor(person_id=login.person_id, name=name)


def decide(session: Session, person_id: int, actor: Actor = SYSTEM, **values: Any) -> int:
    given: dict[str, Any] = {
        "reason": REASON,
        "last_day": LAST,
        "review_on": REVIEW,
        "zone": ZONE,
        "at": NOON,
    }
    return blocks.decide(session, actor, person_id, **{**given, **values})


def state(session: Session, enrolment_id: int) -> tuple[EnrolmentState, str]:
    one = session.get_one(Enrolment, enrolment_id, populate_existing=True)
    return one.state, one.ended_why


def tasks(session: Session, kind: str) -> list[DeskTask]:
    found = sa.select(DeskTask).where(DeskTask.kind == kind, DeskTask.state == "open")
    return list(session.scalars(found.execution_options(populate_existing=True)))


def events(session: Session, name: str) -> list[dict[str, Any]]:
    found = sa.select(OutboxEvent.payload).where(OutboxEvent.type == f"enrolment:{name}")
    return list(session.scalars(found.order_by(OutboxEvent.id)))
