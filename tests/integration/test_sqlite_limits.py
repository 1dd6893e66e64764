"""SQLite prepares a list's question once, however often it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from portal.db import attach_rules, sqlite_module

number = sa.table("number", sa.column("id", sa.Integer))
ALL = sa.select(number.c.id).order_by(number.c.id)


@pytest.fixture
def engine(tmp_path: Path) -> sa.Engine:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'numbers.db'}", module=sqlite_module())
    attach_rules(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE number (id INTEGER PRIMARY KEY)")
        connection.execute(sa.insert(number), [{"id": one} for one in range(10)])
    return engine


@contextmanager
def watched(engine: sa.Engine) -> Iterator[tuple[sa.Connection, list[str]]]:
    """A connection, and each column of which SQLite asked, while it prepared a question, who may read it."""
    asked: list[str] = []
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.set_authorizer(lambda _what, _table, column, *_rest: asked.append(column) or 0)
        yield connection, asked
        driver.set_authorizer(None)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        (ALL.limit(3), [0, 1, 2]),
        (ALL.limit(3).offset(2), [2, 3, 4]),
        (ALL.offset(7), [7, 8, 9]),
        (sa.select(ALL.limit(4).subquery()).limit(2), [0, 1]),
    ],
)
def test_a_limit_is_written_into_the_question(
    engine: sa.Engine, question: Any, found: list[int]
) -> None:
    with watched(engine) as (connection, asked):
        assert connection.scalars(question).all() == found
        assert asked
        asked.clear()
        assert connection.scalars(question).all() == found
    assert asked == []


def test_a_limit_that_is_given_with_each_asking_still_is(engine: sa.Engine) -> None:
    question = ALL.limit(sa.bindparam("most", type_=sa.Integer))
    with engine.connect() as connection:
        assert connection.scalars(question, {"most": 2}).all() == [0, 1]
        assert connection.scalars(question, {"most": 3}).all() == [0, 1, 2]
