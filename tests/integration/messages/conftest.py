"""A portal with the made-up plugin that tells people things."""

from __future__ import annotations

from typing import Any

import pytest

from tests import telling


@pytest.fixture(scope="session")
def portal_plugins() -> list[tuple[str, Any]]:
    return [telling.PLUGIN]


@pytest.fixture(autouse=True)
def _new_world() -> None:
    telling.world.reset()
