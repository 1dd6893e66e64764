"""How to call each page of the desk with success: for the generated access tests."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal import clock
from portal.desk.kinds import ERRAND
from portal.desk.models import DeskTask
from portal.desk.services import open_task
from portal.plugin_api import RouteSample

_ROLES = ("coordinator",)
_TASKS = ["900001", "900002"]


def _errand(session: Session) -> Mapping[str, Any]:
    day = clock.now().date()
    key = f"sample:{uuid.uuid4().hex}"
    task = open_task(session, kind=ERRAND, key=key, due=day, about={"what": "A sample"})
    return {"task_id": task}


def _two_errands(session: Session) -> Mapping[str, Any]:
    """Two, by the ids that the payloads name."""
    for number in _TASKS:
        key, about = f"sample:{number}", {"what": "A sample"}
        session.merge(
            DeskTask(
                id=int(number), kind=ERRAND, key=key, about=about, link="", tries=0, state="open",
                due=clock.now().date(), opened_at=clock.now(), finished_at=None,
            )
        )  # fmt: skip
    session.flush()
    return {}


def _in_a_week() -> list[str]:
    day = clock.now().date() + timedelta(weeks=1)
    return [str(day.day), str(day.month), str(day.year)]


SAMPLES = (
    RouteSample("desk.index", "GET", roles=_ROLES),
    RouteSample("desk.letters", "GET", roles=_ROLES),
    RouteSample("desk.calls", "GET", roles=_ROLES),
    RouteSample("desk.several", "GET", roles=_ROLES),
    RouteSample("desk.several", "POST", _two_errands, {"tasks": _TASKS, "outcome": "done"}, _ROLES),
    RouteSample(
        "desk.several_done",
        "POST",
        _two_errands,
        {"picks": "900001-0 900002-0", "outcome": "done"},
        _ROLES,
    ),
    RouteSample("desk.new", "GET", roles=_ROLES),
    RouteSample(
        "desk.new", "POST", payload={"what": "A sample", "due": _in_a_week()}, roles=_ROLES
    ),
    RouteSample("desk.task", "GET", _errand, roles=_ROLES),
    RouteSample("desk.task", "POST", _errand, {"outcome": "done", "tries": "0"}, _ROLES),
)
