"""A pytest plugin: the one Chromium of a process, for the core's tests and those of bundled plugins.

Two at once cannot be: Playwright's synchronous half runs once in a thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partialmethod
from typing import TYPE_CHECKING

import pytest

from tools.devtools.system import chromium as chromium_path

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Axe is read anew in each page: what of it was compiled for one page is kept for the next.
KEEP_COMPILED = "--js-flags=--no-flush-bytecode"

pytest.register_assert_rewrite("tests.browser.harness")  # its assertions explain themselves


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; each test has contexts of its own.

    A click waits for no page. Playwright's own does where the browser has told of it in time: on a busy
    machine it has not, and a test that relied on it would fail there alone.
    """
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import Locator, sync_playwright

    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Locator, "click", partialmethod(Locator.click, no_wait_after=True))
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage", KEEP_COMPILED]
        )
        yield chromium
        chromium.close()
