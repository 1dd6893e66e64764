"""Fixtures of all tests: short names for those that the portal offers to authors of plugins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser
    from sqlalchemy.orm import Session

    from portal.app import Portal

pytest_plugins = ["tests.strict"]
pytest.register_assert_rewrite("tests.browser.harness")  # its assertions explain themselves


@pytest.fixture
def app(portal_app: Portal) -> Portal:
    return portal_app


@pytest.fixture
def session(portal_session: Session) -> Session:
    return portal_session


@pytest.fixture
def client(portal_client: FlaskClient) -> FlaskClient:
    return portal_client


@pytest.fixture
def sign_in(portal_sign_in: Callable[..., FlaskClient]) -> Callable[..., FlaskClient]:
    return portal_sign_in


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; each test has contexts of its own."""
    from tests.browser import harness

    path = harness.chromium_path()
    if path is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield chromium
        chromium.close()
