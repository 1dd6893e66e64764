"""The sample plugin of the documentation, loaded as its own tutorial says."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

PACKAGE = Path(__file__).parents[3] / "docs" / "noticeboard"


@pytest.fixture(scope="session")
def portal_plugins() -> list[tuple[str, ModuleType]]:
    sys.path.insert(0, str(PACKAGE))
    import noticeboard

    return [("noticeboard", noticeboard)]
