"""A page that still holds is confirmed from memory, and only to whom and while that is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
import time_machine
from flask import request_started
from sqlalchemy.exc import OperationalError

from portal.confirm import SECONDS, Promise
from portal.courses.services.history import bump_catalogue
from portal.db import db
from tests.factories import courses as make

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

    from portal.app import Portal

NOW = datetime(2027, 3, 1, 8, tzinfo=UTC)
ADDRESS = "/courses"


@pytest.fixture(autouse=True)
def at_eight() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def tag(app: Portal, session: Session, client: FlaskClient) -> dict[str, str]:
    """The header of a browser that has the page, after Flask confirmed it once."""
    make.make_course(session, title="Sleep")
    bump_catalogue(session)
    session.commit()
    header = {"If-None-Match": client.get(ADDRESS).headers["ETag"]}
    assert client.get(ADDRESS, headers=header).status_code == 304
    return header


@contextmanager
def requests_that_reach_flask(app: Portal) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(*_: object, **__: object) -> None:
        seen.append("asked")

    with request_started.connected_to(note, app):
        yield seen


def asked(app: Portal, ask: Callable[[], TestResponse]) -> tuple[int, bool]:
    """(status, whether Flask was asked)."""
    with requests_that_reach_flask(app) as seen:
        return ask().status_code, bool(seen)


def test_page_is_confirmed_from_memory_with_the_same_headers(
    app: Portal, client: FlaskClient, tag: dict[str, str]
) -> None:
    with requests_that_reach_flask(app) as seen:
        short = client.get(ADDRESS, headers=tag)
    assert (short.status_code, short.data, seen) == (304, b"", [])
    app.confirmations = type(app.confirmations)()
    whole = client.get(ADDRESS, headers=tag)
    assert sorted(short.headers) == sorted(whole.headers)
    assert "Content-Security-Policy" in short.headers


def test_page_is_not_confirmed_after_the_catalogue_changed(
    app: Portal, client: FlaskClient, session: Session, tag: dict[str, str]
) -> None:
    bump_catalogue(session)
    session.commit()
    assert asked(app, lambda: client.get(ADDRESS, headers=tag)) == (200, True)


def test_page_is_not_confirmed_on_the_next_day(
    app: Portal, client: FlaskClient, tag: dict[str, str]
) -> None:
    midnight = datetime(2027, 3, 2, 0, 0, 1, tzinfo=UTC)
    with time_machine.travel(midnight - timedelta(seconds=2), tick=False):
        assert client.get(ADDRESS, headers=tag).status_code == 304
    with time_machine.travel(midnight, tick=False):
        assert asked(app, lambda: client.get(ADDRESS, headers=tag)) == (200, True)


def test_flask_is_asked_again_when_the_time_is_over(
    app: Portal, client: FlaskClient, tag: dict[str, str]
) -> None:
    with time_machine.travel(NOW + timedelta(seconds=SECONDS - 1), tick=False):
        assert asked(app, lambda: client.get(ADDRESS, headers=tag)) == (304, False)
    with time_machine.travel(NOW + timedelta(seconds=SECONDS), tick=False):
        assert asked(app, lambda: client.get(ADDRESS, headers=tag)) == (304, True)


def test_nobody_with_a_session_is_answered_from_memory(
    app: Portal, sign_in: Callable[..., FlaskClient], tag: dict[str, str]
) -> None:
    student = sign_in("student")
    assert asked(app, lambda: student.get(ADDRESS, headers=tag)) == (200, True)


@pytest.mark.parametrize(
    "other",
    [
        {"Accept-Language": "cy"},
        {"Host": "elsewhere.example"},
        {"If-None-Match": '"another"'},
    ],
)
def test_another_question_is_never_answered_from_memory(
    app: Portal, client: FlaskClient, tag: dict[str, str], other: dict[str, str]
) -> None:
    assert asked(app, lambda: client.get(ADDRESS, headers={**tag, **other}))[1]
    assert asked(app, lambda: client.get(f"{ADDRESS}?free=1", headers=tag)) == (200, True)
    assert asked(app, lambda: client.post(ADDRESS, headers=tag)) == (405, True)
    client.set_cookie("display", "text-l")
    assert asked(app, lambda: client.get(ADDRESS, headers=tag)) == (200, True)


def test_promise_that_cannot_be_looked_at_does_not_hold() -> None:
    def broken() -> tuple[int, ...]:
        raise OperationalError("SELECT 1", None, Exception("gone"))

    assert Promise((1,), lambda: (1,)).holds()
    assert not Promise((1,), lambda: (2,)).holds()
    assert not Promise((1,), broken).holds()


def test_connection_that_the_server_closed_is_replaced(
    app: Portal, engine_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine_name == "sqlite":
        return
    monkeypatch.setattr("portal.db.IDLE", 0.0)
    with app.app_context():
        with db.engine.connect() as connection:
            backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        server = sa.create_engine(db.engine.url, poolclass=sa.NullPool)
        with server.connect() as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({backend}, 5000)")
        for _ in range(3):
            with db.engine.connect() as connection:
                assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1
