"""Nobody has sent anything from here yet."""

from __future__ import annotations

import pytest

from portal.accounts.limits import limiter
from portal.app import Portal


@pytest.fixture(autouse=True)
def _counted_anew(app: Portal) -> None:
    with app.app_context():
        limiter.reset()
