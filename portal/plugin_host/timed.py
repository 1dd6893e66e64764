"""Run a stranger's work in a transaction that cannot outlive its time.

A thread that hangs cannot be killed. So its connection is cut and its session refuses another: nothing it
did is kept, nor what it does when it wakes, and on SQLite it no longer keeps everybody else from writing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.db import db, transaction_mode

if TYPE_CHECKING:
    from flask import Flask


class OutOfTimeError(Exception):
    """The work did not end within its time."""


def run_in_time(app: Flask, work: Callable[[Session], object], limit: timedelta) -> None:
    """Run `work(session)` in a writing unit and a thread of its own, and commit.

    Raises:
        OutOfTimeError: it took longer than `limit`; its thread may still be alive.
        Exception: whatever the work raised.
    """
    run = _Run(app, work)
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(limit.total_seconds())
    if thread.is_alive():
        run.cut_off()
        raise OutOfTimeError(f"longer than {limit}")
    if run.error is not None:
        raise run.error


class _Run:
    """One run, as its thread and whoever waits for it see it."""

    def __init__(self, app: Flask, work: Callable[[Session], object]) -> None:
        self.error: Exception | None = None
        self._app = app
        self._work = work
        self._session: Session | None = None
        self._cut = threading.Event()

    def __call__(self) -> None:
        """What the thread does."""
        try:
            with self._app.app_context(), transaction_mode("write"), db.sessionmaker() as session:
                self._session = session
                sa.event.listen(session, "after_begin", self._refuse_when_cut)
                self._work(session)
                session.commit()
        except Exception as caught:  # noqa: BLE001 - handed to whoever waits
            self.error = caught

    def cut_off(self) -> None:
        """End the transaction, and let no other begin."""
        self._cut.set()
        if self._session is not None:
            self._session.invalidate()

    def _refuse_when_cut(self, *_arguments: object) -> None:
        if self._cut.is_set():
            raise OutOfTimeError("its time was over")
