"""Who uses the staff pages."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.integration.courses.managing import SignIn, letting_go


@pytest.fixture
def coordinator(sign_in: SignIn, session: Session) -> FlaskClient:
    return letting_go(sign_in("coordinator"), session)
