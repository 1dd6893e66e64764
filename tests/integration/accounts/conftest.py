from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from portal.accounts.testing import BrowserClient
from portal.db import db, unit_of_work
from portal.messages.models import Message
from tests.factories.accounts import PASSWORD, make_login

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.models import Login
    from portal.app import Portal


@pytest.fixture
def browser(app: Portal) -> Callable[[], BrowserClient]:
    """Makes browsers that send a form's token along."""
    return lambda: BrowserClient(app, app.response_class, use_cookies=True)


@pytest.fixture
def login(session: Session) -> Login:
    """Sam, who can sign in."""
    made = make_login(session, name="Sam", email="sam@example.org")
    session.commit()
    return made


@dataclass
class Queries:
    statements: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.statements)


@pytest.fixture
def queries(app: Portal) -> Callable[[], Any]:
    """`with queries() as seen`: every statement, but for those that begin a connection."""

    @contextmanager
    def watch() -> Iterator[Queries]:
        seen = Queries()

        def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("PRAGMA", "BEGIN")):
                seen.statements.append(statement)

        with app.app_context():
            engine = db.engine
        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)

    return watch


@pytest.fixture
def look(app: Portal) -> Callable[[Any], list[Any]]:
    """What a SELECT of one column or model finds, read beside the requests and kept by no transaction."""

    def read(statement: Any) -> list[Any]:
        with app.app_context(), unit_of_work("read") as session:
            found = list(session.scalars(statement))
            session.expunge_all()
        return found

    return read


@pytest.fixture
def mails(look: Callable[[Any], list[Any]]) -> Callable[[], list[Message]]:
    """The messages that wait in the outbox, oldest first."""
    return lambda: look(sa.select(Message).order_by(Message.id))


def link_in(message: Message) -> str:
    """The path of the link in a message."""
    found = re.search(r"http://[^/]+(/\S+)", message.text or "")
    assert found is not None
    return found[1]


def token_in(page: str) -> str:
    """The CSRF token of the last form on a page."""
    return page.rsplit('name="csrf_token"', 1)[1].split('value="')[1].split('"')[0]


def enter(client: BrowserClient, email: str, password: str = PASSWORD, **more: str) -> Any:
    """Fill in the sign-in form."""
    return client.post("/sign-in", data={"email": email, "password": password, **more})


def cookie_of(client: BrowserClient, name: str = "session") -> str:
    """The cookie's value as the browser holds it."""
    cookie = client.get_cookie(name)
    assert cookie is not None
    return str(cookie.value)
