"""Run one plugin's code so that what it breaks stays its own.

In a reading request the host has nothing unsaved and each statement stands alone: after a fault what is
open is simply dropped. In a writing request each call stands in a SAVEPOINT of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from sqlalchemy import event
from sqlalchemy.orm import Session

from portal import clock
from portal.db import dialect_name, reading
from portal.logs import describe
from portal.plugin_api.types import Veto
from portal.plugin_host.registry import Fault, Registry, own_work

T = TypeVar("T")
log = structlog.get_logger(__name__)


class GuardedError(Exception):
    """A plugin's code failed and its traces are gone; the cause is logged."""


class LeftBehindError(Exception):
    """A hook that only reads left unsaved changes or a broken transaction."""


class TransactionLostError(Exception):
    """A hook ended the host's transaction and what it had written with it: the whole unit must fail."""


def guarded(
    registry: Registry, plugin: str, hook: str, session: Session, work: Callable[[], T]
) -> T:
    """Return `work()`, or undo all it did.

    Raises:
        Veto: passed through.
        TransactionLostError: more is gone than the call itself did.
        GuardedError: anything else that went wrong, after it is logged and undone.
    """
    try:
        return read_only(session, work) if reading() else _in_savepoint(session, work)
    except Veto:
        raise
    except TransactionLostError as error:
        note_fault(registry, plugin, hook, error)
        raise
    except Exception as error:  # the one place where a stranger's bug must not spread
        note_fault(registry, plugin, hook, error)
        raise GuardedError(f"{plugin}: {hook}") from error


def note_fault(registry: Registry, plugin: str, hook: str, error: BaseException) -> None:
    """Log a fault and keep it for the health page: its kind and place, never the values it met."""
    registry.faults.append(Fault(clock.now(), plugin, hook, type(error).__name__))
    log.error("plugin_fault", plugin=plugin, hook=hook, **describe(error))


def read_only(session: Session, work: Callable[[], T]) -> T:
    """Return `work()`, which may only read: afterwards the session is as clean as before.

    Raises:
        LeftBehindError: it left changes or a failed transaction behind; both are gone now.
        Exception: whatever `work` raised, after the transaction was dropped.
    """
    autoflush, session.autoflush = session.autoflush, False
    try:
        result = work()
        if own_work(session):
            raise LeftBehindError("a reading hook left unsaved changes in the session")
        # A statement that failed has undone itself alone; a session can still be past use.
        if session.in_transaction() and not session.is_active:
            raise LeftBehindError("a reading hook left a failed transaction behind")
    except BaseException:
        session.rollback()
        raise
    finally:
        session.autoflush = autoflush
    return result


def _in_savepoint(session: Session, work: Callable[[], T]) -> T:
    outer = session.get_transaction() or session.begin()
    savepoint = session.begin_nested()

    def refuse_commit(_session: Session) -> None:
        if session.get_nested_transaction() is savepoint:
            raise LeftBehindError("a hook tried to commit what is not its own")

    try:
        # Afterwards would be too late: what the host has half done would be kept.
        event.listen(session, "before_commit", refuse_commit)
        try:
            result = work()
        finally:
            event.remove(session, "before_commit", refuse_commit)
        if not savepoint.is_active:
            raise LeftBehindError("a hook ended a transaction that is not its own")
        if _is_poisoned(session):
            raise LeftBehindError("a hook left a failed transaction behind")
        savepoint.commit()
    except BaseException as error:
        if savepoint.is_active:
            savepoint.rollback()
        if session.get_transaction() is not outer:
            raise TransactionLostError("what the host had written is gone") from error
        raise
    return result


def _is_poisoned(session: Session) -> bool:
    if not session.in_transaction():
        return False
    if not session.is_active:
        return True
    if dialect_name(session) == "sqlite":
        return False  # a failed statement undoes only itself
    driver: Any = session.connection().connection.driver_connection
    # By name: to import psycopg takes a college on SQLite 50 ms at each start.
    return bool(driver.info.transaction_status.name == "INERROR")
