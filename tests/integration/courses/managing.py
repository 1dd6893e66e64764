"""What the tests of the staff pages share: a coordinator's browser, and how a form is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.db import db

SignIn = Callable[..., FlaskClient]
KEY = re.compile(r'name="form_key"[^>]*value="([0-9a-f]{32})"')


def letting_go(client: FlaskClient, session: Session) -> FlaskClient:
    """On SQLite one writer holds the database, so the test lets go of it before each request."""
    opened = client.open

    def letting_go(*arguments: Any, **keywords: Any) -> Any:
        session.rollback()
        return opened(*arguments, **keywords)

    client.open = letting_go  # type: ignore[method-assign]
    return client


def form_key_of(client: FlaskClient, address: str) -> str:
    match = KEY.search(client.get(address).text)
    assert match, f"{address} shows no form key"
    return match[1]


def send_form(client: FlaskClient, address: str, **data: Any) -> Any:
    """Open the page and send its form, with the key it was shown with."""
    return client.post(address, data={"form_key": form_key_of(client, address), **data})


@contextmanager
def counting(app: Any) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


PLAN = {
    "first_on": ["1", "3", "2027"],
    "starts": "10am",
    "minutes": "120",
    "count": "6",
    "skip_bank_holidays": "y",
    "mode": "in_person",
    "learning_cap": "12",
}
