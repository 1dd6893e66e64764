"""What the desk does by itself: close what is not needed any more."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from portal.desk.queries import open_tasks
from portal.desk.services import close_task
from portal.logs import describe
from portal.plugin_api import Job
from portal.plugin_api.dispatch import task_kinds

log = structlog.get_logger(__name__)
_LOOKED_AT = 1_000


def close_unneeded(session: Session) -> None:
    """Ask each kind about its open tasks. One that cannot answer keeps them."""
    briefs = {name: kind.brief for name, kind in task_kinds(session).items() if kind.brief}
    for task in open_tasks(session, briefs.keys(), limit=_LOOKED_AT):
        try:
            with session.begin_nested():
                brief = briefs[task.kind](session, task)
        except Exception as error:  # noqa: BLE001 - a kind's own code: its fault must not keep the others
            log.error("task_not_asked", kind=task.kind, **describe(error))
            continue
        if brief is None:
            close_task(session, task.key)


JOBS = (Job("close_unneeded", every=timedelta(minutes=15), run=close_unneeded),)
