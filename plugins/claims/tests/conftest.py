"""A portal with this plugin alone, and short names for what the contract offers to tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.claims.tests.making import Claims
from plugins.claims.tests.making_offers import Offers


@pytest.fixture(scope="session")
def portal_plugins() -> list[tuple[str, Any]]:
    return [("claims", None)]


@pytest.fixture
def app(portal_app: Any) -> Any:
    return portal_app


@pytest.fixture
def session(portal_session: Session) -> Session:
    # What was made is read after the commit, and that must not begin another writing transaction.
    portal_session.expire_on_commit = False
    return portal_session


@pytest.fixture
def client(portal_client: FlaskClient) -> FlaskClient:
    return portal_client


@pytest.fixture
def sign_in(portal_sign_in: Callable[..., FlaskClient]) -> Callable[..., FlaskClient]:
    return portal_sign_in


@pytest.fixture
def claims(session: Session) -> Claims:
    """People and their claims, made with the plugin's own services."""
    return Claims(session)


@pytest.fixture
def offers(session: Session) -> Offers:
    """Offers and answers, made with the plugin's own services."""
    return Offers(session)
