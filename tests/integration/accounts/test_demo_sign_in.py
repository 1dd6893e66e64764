"""The demo college's published sign-ins: they open a demonstration and nothing in production."""

from __future__ import annotations

from typing import Any

import pytest

from portal.accounts.demo import check_no_demo_sign_ins, demo_sign_ins, seed_people
from portal.accounts.testing import BrowserClient
from portal.app import Portal
from portal.db import unit_of_work
from portal.home.demo import DemoRefusedError, seed_demo
from tests.factories.accounts import PASSWORD, make_login
from tests.integration.accounts.conftest import enter

SIGN_IN = next(demo_sign_ins())


def _seeded(app: Portal) -> Portal:
    with app.app_context(), unit_of_work() as session:
        seed_people(session)
    return app


def _signs_in(app: Portal, email: str = SIGN_IN.email, password: str = SIGN_IN.password) -> bool:
    browser = BrowserClient(app, app.response_class, use_cookies=True)
    return bool(enter(browser, email, password).status_code == 303)


@pytest.fixture
def production(portal_lab: Any, engine_name: str) -> Portal:
    app: Portal = portal_lab.app(engine_name, [], environment="production")
    return app


def test_demo_sign_in_works_where_the_college_is_shown(app: Portal) -> None:
    assert _signs_in(_seeded(app))
    with app.app_context(), unit_of_work("read") as session:
        assert check_no_demo_sign_ins(session).ok


def test_demo_sign_in_is_refused_in_production_and_named_by_a_check(production: Portal) -> None:
    with production.app_context(), unit_of_work("read") as session:
        assert check_no_demo_sign_ins(session).ok
    assert not _signs_in(_seeded(production))
    with production.app_context(), unit_of_work() as session:
        make_login(session, name="Sam", email="sam@example.org")
    assert _signs_in(production, "sam@example.org", PASSWORD)
    with production.app_context(), unit_of_work("read") as session:
        found = check_no_demo_sign_ins(session)
    assert not found.ok
    assert "everybody knows" in found.message


def test_demo_college_is_not_made_in_production(production: Portal) -> None:
    with production.app_context(), pytest.raises(DemoRefusedError, match="refused in production"):
        seed_demo(production)
