"""Fixtures of the browser tests. The assertions are in `harness.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import pytest

from tests.browser import harness
from tests.browser.hall import Hall
from tests.browser.sample import make_sample

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from sqlalchemy.orm import Session

    from portal.app import Portal

Open = Callable[..., AbstractContextManager[harness.Watched]]


@pytest.fixture(scope="session")
def sample_site() -> Iterator[str]:
    """A small app that has only the look: `/style`, `/display`, a form, every error."""
    with harness.served(make_sample()) as base:
        yield base


@pytest.fixture(scope="session")
def urdu_site() -> Iterator[str]:
    """The same, in a language written from right to left."""
    with harness.served(make_sample("ur")) as base:
        yield base


@pytest.fixture
def look(browser: Browser, sample_site: str) -> Open:
    """`with look(size=…, scripts=…, display=…) as site:` opens pages of the sample."""
    return lambda **options: harness.watched(browser, sample_site, **options)


@pytest.fixture
def live_app(portal_app: Portal) -> Iterator[str]:
    """The whole portal, served; its address."""
    with harness.served(portal_app) as base:
        yield base


@pytest.fixture
def visit(browser: Browser, live_app: str) -> Open:
    """`with visit(size=…) as site:` opens pages of the whole portal."""
    return lambda **options: harness.watched(browser, live_app, **options)


@pytest.fixture
def hall(session: Session, portal_app: Portal) -> Hall:
    """A session of today with five people, for the pages of the register."""
    return Hall(session, portal_app)
