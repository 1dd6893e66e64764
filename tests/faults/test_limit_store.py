"""The file in which all processes of a machine count how often something was tried."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from limits import RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from portal.limit_store import FileStorage, address
from portal.ui.limits import limiter
from tests.processes import FORKED

if TYPE_CHECKING:
    from portal.plugin_api.testing import Lab

FIVE = RateLimitItemPerMinute(5)
PATIENCE = 150  # seconds


def try_often(folder: Path, times: int, taken: Any) -> None:
    """What each process does."""
    counter = MovingWindowRateLimiter(FileStorage(address(folder)))
    taken.put(sum(counter.hit(FIVE, "somebody") for _ in range(times)))


def test_processes_count_together(tmp_path: Path) -> None:
    taken = FORKED.Queue()
    processes = [FORKED.Process(target=try_often, args=(tmp_path, 10, taken)) for _ in range(3)]
    for process in processes:
        process.start()
    assert sum(taken.get(timeout=PATIENCE) for _ in processes) == 5
    for process in processes:
        process.join()


def test_tries_come_back_one_by_one(tmp_path: Path) -> None:
    counter = MovingWindowRateLimiter(FileStorage(address(tmp_path)))
    with time_machine.travel(1_800_000_000, tick=False) as now:
        for _ in range(5):
            assert counter.hit(FIVE, "somebody")
            now.shift(10)
        assert not counter.hit(FIVE, "somebody")
        assert counter.hit(FIVE, "somebody else")
        assert counter.get_window_stats(FIVE, "somebody").reset_time == 1_800_000_060
        now.shift(10)
        assert counter.hit(FIVE, "somebody")
        assert not counter.hit(FIVE, "somebody")
        counter.storage.clear(FIVE.key_for("somebody"))
        assert counter.hit(FIVE, "somebody")
        assert counter.storage.reset() == 2


def test_store_that_is_nowhere_says_so(tmp_path: Path) -> None:
    store = FileStorage(address(tmp_path / "no such folder"))
    assert not store.check()
    with pytest.raises(store.base_exceptions):
        store.acquire_entry("somebody", 5, 60)


def test_store_names_nobody(
    tmp_path: Path, portal_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither an address of the network nor one of a person is in the file."""
    portal_lab.app("sqlite", [])
    for name in ("_storage", "_limiter"):  # one for the process: what comes next counts as before
        monkeypatch.setattr(limiter, name, getattr(limiter, name))
    app = portal_lab.app("sqlite", [], rate_limit_store=address(tmp_path))
    client = app.test_client()
    for _ in range(3):
        data = {"email": "sam@example.org", "password": "not the password"}
        client.post("/sign-in", data=data, environ_base={"REMOTE_ADDR": "198.51.100.7"})
        client.post("/reset", data=data, environ_base={"REMOTE_ADDR": "198.51.100.7"})
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"accounts" in kept
    assert b"198.51" not in kept
    assert b"sam@" not in kept
