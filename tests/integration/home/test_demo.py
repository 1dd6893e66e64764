"""The demo college: every part of it or nothing, and never where it does not belong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from portal.accounts.api import count_people, create_person
from portal.db import unit_of_work
from portal.enrolment import reminding
from portal.home.api import DemoDataError, DemoRefusedError, PeopleHereError, seed_demo
from portal.plugin_api import SYSTEM
from tests.factories.telling import hand_out, notices, send
from tests.plugins import make_plugin

from .conftest import both_engines


def people_in(app: Any) -> int:
    with app.app_context(), unit_of_work("read") as session:
        return count_people(session)


@both_engines
def test_demo_college_holds_every_part_and_says_how_much(make_app: Any) -> None:
    def demo_data(session: Any) -> None:
        create_person(session, SYSTEM, name="Somebody of the plugin")

    app = make_app(make_plugin("gardens", demo_data=demo_data))

    with app.app_context():
        summary = seed_demo(app)

    assert summary.startswith(f"{people_in(app)} people, ")
    with app.app_context(), unit_of_work("read") as session:
        names = session.scalars(sa.text("SELECT name FROM person")).all()
    assert "Somebody of the plugin" in names
    assert len(names) > 400


def test_it_is_made_at_an_hour_at_which_somebody_leads(make_app: Any) -> None:
    """On this afternoon the first peer led at the same hour eight days later, when support was planned."""
    with time_machine.travel(datetime(2026, 11, 30, 13, 20, tzinfo=UTC), tick=True):
        app = make_app()
        with app.app_context():
            assert seed_demo(app)


@both_engines
def test_a_new_demo_college_writes_to_nobody(make_app: Any) -> None:
    app = make_app()
    with app.app_context():
        seed_demo(app)

    with app.test_request_context(), unit_of_work() as session:
        reminding.remind(session)  # as the worker does when it starts
        hand_out(session)
        assert send(session) == []
        told = notices(session, "sent")
        assert told["reminder"]
        assert told["run_cancelled"]
        assert notices(session, "by_hand"), "the desk has somebody to ring"


@both_engines
def test_part_that_fails_is_named_and_nothing_is_kept(make_app: Any) -> None:
    def demo_data(session: Any) -> None:
        create_person(session, SYSTEM, name="Somebody")
        raise RuntimeError("no soil")

    app = make_app(make_plugin("gardens", demo_data=demo_data))

    with app.app_context(), pytest.raises(DemoDataError, match=r"'gardens'.*no soil"):
        seed_demo(app)

    assert people_in(app) == 0


def test_demo_college_is_refused_where_people_are(make_app: Any) -> None:
    app = make_app()
    with app.app_context():
        with unit_of_work() as session:
            create_person(session, SYSTEM, name="Sam")
        with pytest.raises(PeopleHereError, match="nothing was changed"):
            seed_demo(app)

    assert people_in(app) == 1


def test_demo_college_is_refused_in_production(make_app: Any) -> None:
    app = make_app(environment="production")

    with app.app_context(), pytest.raises(DemoRefusedError, match="passwords are public"):
        seed_demo(app)

    assert people_in(app) == 0
