"""Many who write to one SQLite file at once: each has their turn, in this process and among processes."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from portal.db import attach_rules, sqlite_module
from portal.turns import Turn, turn_of
from tests.processes import FORKED

BUSY = 0.01  # seconds that each holds the file
EACH = 25
PATIENCE = 60


def engine_on(path: str) -> sa.Engine:
    engine = sa.create_engine(f"sqlite:///{path}", module=sqlite_module())
    attach_rules(engine)
    return engine


def write_often(path: str, start: Any, waits: Any) -> None:
    """Four threads that want to write again and again, and how long each had to wait at worst."""
    engine = engine_on(path)

    def work() -> None:
        worst = 0.0
        for _ in range(EACH):
            begun = time.perf_counter()
            with engine.begin() as connection:
                worst = max(worst, time.perf_counter() - begun)
                connection.exec_driver_sql("UPDATE counted SET n = n + 1")
                time.sleep(BUSY)
        waits.put(worst)

    threads = [threading.Thread(target=work) for _ in range(4)]
    start.wait(PATIENCE)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)


def test_nobody_is_passed_over_for_long(tmp_path: Path) -> None:
    path = str(tmp_path / "turns.db")
    engine = engine_on(path)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE counted (n INTEGER)")
        connection.exec_driver_sql("INSERT INTO counted VALUES (0)")
    start, waits = FORKED.Barrier(3), FORKED.Queue()
    workers = [FORKED.Process(target=write_often, args=(path, start, waits)) for _ in range(3)]
    for worker in workers:
        worker.start()
    worst = max(waits.get(timeout=PATIENCE) for _ in range(12))
    for worker in workers:
        worker.join(PATIENCE)
    with engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT n FROM counted").scalar() == 12 * EACH
    # Twelve in a queue need 0.2 s each round. Left to SQLite, some wait for a second and more.
    assert worst < 1.0


def test_file_that_stays_locked_is_said_to_be_after_the_busy_timeout(tmp_path: Path) -> None:
    engine = engine_on(str(tmp_path / "held.db"))
    with engine.begin(), engine.connect() as other:
        driver: Any = other.connection.driver_connection
        driver.execute("PRAGMA busy_timeout=50")
        begun = time.perf_counter()
        with pytest.raises(OperationalError, match="locked"):
            other.begin()
        assert 0.05 <= time.perf_counter() - begun < 2
        assert driver.execute("PRAGMA busy_timeout").fetchone() == (50,)


def test_whoever_dies_while_waiting_holds_up_nobody(tmp_path: Path) -> None:
    path = str(tmp_path / "dead.db")
    parent, child = FORKED.Pipe()
    process = FORKED.Process(target=_wait_for_ever, args=(path, child))
    process.start()
    assert parent.recv() == "asks"
    process.kill()
    process.join(PATIENCE)
    assert Turn(path).wait(lambda: True, 5)


def _wait_for_ever(path: str, pipe: Any) -> None:
    said = False

    def attempt() -> bool:
        nonlocal said
        if not said:
            pipe.send("asks")
            said = True
        return False

    Turn(path).wait(attempt, PATIENCE)


def test_queue_of_a_file_is_one_and_is_for_nobody_else_to_read(tmp_path: Path) -> None:
    path = str(tmp_path / "one.db")
    assert turn_of(path) is turn_of(path)
    assert turn_of(path).wait(lambda: True, 1)
    assert Path(f"{path}-turn").stat().st_mode & 0o077 == 0
