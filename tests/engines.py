"""A pytest plugin: a test that opens pages runs on one of the two databases, half of them on each.

What reads and writes data has tests of its own, which run on both, and so has every route (`tests/matrix`).
A page's test that is about the database is marked `both_databases`. All run on both with `--both`, when they
are named one by one, and on SQLite where there is no PostgreSQL.
"""

from __future__ import annotations

import hashlib
import os

import pytest

from portal.plugin_api.testing import ENGINES, POSTGRES_URL

OPENS_PAGES = {"portal_client", "portal_sign_in", "browser"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--both", action="store_true", help="pages' tests on both databases, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    named = any("::" in argument for argument in config.args)
    if config.getoption("both") or named or not os.environ.get(POSTGRES_URL):
        return
    left_out = [item for item in items if isinstance(item, pytest.Function) and _is_other(item)]
    config.hook.pytest_deselected(items=left_out)
    gone = set(left_out)
    items[:] = [item for item in items if item not in gone]


def _is_other(item: pytest.Function) -> bool:
    """Whether it opens pages on the database that its name does not fall to."""
    engine = item.callspec.params.get("engine_name") if hasattr(item, "callspec") else None
    if engine is None or not OPENS_PAGES & set(item.fixturenames):
        return False
    if item.get_closest_marker("both_databases") or item.get_closest_marker("soak"):
        return False
    name = item.nodeid.replace(engine, "")
    return engine != ENGINES[hashlib.sha256(name.encode()).digest()[0] % len(ENGINES)]
