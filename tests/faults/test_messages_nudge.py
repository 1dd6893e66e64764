"""A queued message wakes the worker: whoever waits for a code does not wait for the next minute."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.messages.api import queue_email
from portal.plugin_host.worker import worker_of
from tests.mailserver import MailServer


def queued_tasks(app: Portal) -> list[str]:
    """Take what waits in the worker's queue."""
    huey = worker_of(app).huey
    tasks = []
    while (task := huey.dequeue()) is not None:
        tasks.append(task)
    return [f"{task.name} {' '.join(task.args)}".strip() for task in tasks]


@pytest.fixture
def _empty_queue(mailing_app: Portal) -> None:
    queued_tasks(mailing_app)


@pytest.mark.usefixtures("_empty_queue")
def test_queued_message_wakes_the_worker_after_the_commit(
    mailing_app: Portal, outbox: Session, server: MailServer
) -> None:
    worker_of(mailing_app)._woken.clear()  # a test before may have woken it a moment ago
    for name in ("ama", "ben"):
        queue_email(outbox, to=f"{name}@example.org", subject="s", text="t", purpose="tests:hello")
        assert queued_tasks(mailing_app) == []
    outbox.commit()
    assert queued_tasks(mailing_app) == ["run_job messages:deliver"]
    outbox.commit()
    assert queued_tasks(mailing_app) == []
    with mailing_app.app_context():
        worker_of(mailing_app).run_job.call_local("messages:deliver")
    assert len(server.received) == 2
