"""A demo college that the tests of a module share: made once for each database, then only looked at.

A test may change what it likes in its session: that is never committed, so the next one finds the college
as it was.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import pytest
import time_machine
from sqlalchemy.orm import Session

from portal.accounts.api import DemoPeople
from portal.app import Portal
from portal.db import db
from portal.plugin_api.testing import POSTGRES_URL, SECRET, Lab


@dataclass(frozen=True)
class College:
    """A portal with a demo college of one day in it, and its people."""

    app: Portal
    people: DemoPeople
    at: datetime


def engine_or_skip(name: str) -> str:
    """The name of a database engine, where there is one to test on."""
    if name == "postgresql" and not os.environ.get(POSTGRES_URL):
        pytest.skip(f"no PostgreSQL: {POSTGRES_URL} is not set")
    return name


def make_college(
    lab: Lab, engine_name: str, name: str, at: datetime, seed: Callable[[Session], DemoPeople]
) -> College:
    """`seed(session)` fills it. `name` sets its database apart from those that begin each test empty."""
    app = lab.app(engine_name, [], secret_key=f"{SECRET}:{name}")
    with app.app_context(), time_machine.travel(at, tick=False):
        session = db.sessionmaker()
        with session:
            people = seed(session)
            session.commit()
    return College(app, people, at)


@contextmanager
def looked_at(college: College) -> Iterator[Session]:
    """A session in the college on its own day; whatever it did is taken back."""
    with college.app.app_context(), time_machine.travel(college.at, tick=False):
        session = db.sessionmaker()
        with session:
            yield session
            session.rollback()
