"""How often one may try: for everybody apart, in all processes together, and while the store is down."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import time_machine
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

import portal.ui.limits
from portal.accounts import limits
from portal.limit_store import FileStorage, address
from tests.factories.accounts import make_login
from tests.integration.accounts.conftest import enter

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.models import Login
    from portal.accounts.testing import BrowserClient
    from portal.messages.models import Message

Browser = Callable[[], "BrowserClient"]
SPAWN = multiprocessing.get_context("spawn")
FIVE = RateLimitItemPerMinute(5)


def test_college_of_one_address_is_kept_out_by_nobodys_slips(
    session: Session, login: Login, browser: Browser
) -> None:
    """Everybody here comes from the same address: forty of them mistype, and Sam comes in."""
    for number in range(40):
        make_login(session, email=f"p{number}@example.org")
    session.commit()
    for number in range(40):
        assert enter(browser(), f"p{number}@example.org", "not it").status_code == 422
    assert enter(browser(), "sam@example.org").status_code == 303


def test_limits_hold_while_their_store_is_down(
    login: Login,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
    mails: Callable[[], list[Message]],
) -> None:
    def down(*_: object, **__: object) -> bool:
        raise ConnectionError("nobody there")

    for name in ("hit", "test", "get_window_stats"):
        monkeypatch.setattr(limits.limiter.limiter, name, down)
    monkeypatch.setattr(limits.limiter.storage, "check", down)
    monkeypatch.setattr(portal.ui.limits, "_here", MovingWindowRateLimiter(MemoryStorage()))
    answers = [enter(browser(), "sam@example.org", "not it").status_code for _ in range(8)]
    assert answers == [422] * 5 + [429] * 3
    for _ in range(6):
        browser().post("/sign-in/email", data={"email": "sam@example.org"})
    assert len(mails()) == 4


@pytest.fixture(autouse=True)
def store_that_lives() -> Iterator[None]:
    """One test takes the store away; the library would remember that in the next."""
    yield
    limits.limiter._storage_dead = False
    limits.limiter.reset()


def try_often(folder: Path, times: int, taken: multiprocessing.Queue[int]) -> None:
    """What each process does."""
    counter = MovingWindowRateLimiter(FileStorage(address(folder)))
    taken.put(sum(counter.hit(FIVE, "somebody") for _ in range(times)))


def test_processes_count_together(tmp_path: Path) -> None:
    taken: multiprocessing.Queue[int] = SPAWN.Queue()
    processes = [SPAWN.Process(target=try_often, args=(tmp_path, 10, taken)) for _ in range(3)]
    for process in processes:
        process.start()
    assert sum(taken.get(timeout=120) for _ in processes) == 5
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


def test_store_names_nobody(tmp_path: Path, portal_lab: object) -> None:
    """Neither an address of the network nor one of a person is in the file."""
    from portal.plugin_api.testing import Lab

    assert isinstance(portal_lab, Lab)
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
