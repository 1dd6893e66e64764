"""How often one may try: everybody apart, and while the store is down too."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

import portal.ui.limits
from portal.accounts import limits
from tests.factories.accounts import make_login
from tests.integration.accounts.conftest import enter

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.models import Login
    from portal.accounts.testing import BrowserClient
    from portal.messages.models import Message

Browser = Callable[[], "BrowserClient"]


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
    monkeypatch.setattr(limits.limiter.storage, "check", lambda: False)
    monkeypatch.setattr(portal.ui.limits, "_here", MovingWindowRateLimiter(MemoryStorage()))
    answers = [enter(browser(), "sam@example.org", "not it").status_code for _ in range(8)]
    assert answers == [422] * 5 + [429] * 3
    for _ in range(6):
        browser().post("/sign-in/email", data={"email": "sam@example.org"})
    assert len(mails()) == 4
