"""Fixtures of all tests: short names for those that the portal offers to authors of plugins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from portal.app import Portal

pytest_plugins = ["tests.strict"]


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
