"""What people are promised about how long it is kept is enacted: every table, by a job of the night."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.accounts.models import EmailChange, LoginCode, SecondTry
from portal.app import Portal
from portal.concerns.models import Concern, ConcernStep, Outcome, StepKind
from portal.concerns.services.raising import raise_concern
from portal.db import metadata, unit_of_work
from portal.plugin_api import ANONYMOUS, PrivacySource
from portal.plugin_api.dispatch import privacy_parts
from portal.plugin_host.boot import host_of
from portal.privacy import letting_go
from tests.factories.accounts import make_login
from tests.factories.sharing import Sharing
from tests.integration.privacy.conftest import source

LATER = datetime(2067, 3, 1, 3, 0, tzinfo=UTC)
TIME = re.compile(r"\b(day|week|month|year)s?\b", re.IGNORECASE)

# Rows that go with others, or by a job of the room's own: reviewed here, and held to it below.
BY_JOB = {
    "email_change": "accounts:change-addresses",
    "concern": "concerns:forget",
    "concern_step": "concerns:forget",
}
WITH_PARENT = {"desk_try": "desk_task"}


# In the college of these tests: an agreement that holds, a task that is open, messages that wait to be sent.
STANDING = {"agreement", "desk_task", "message"}


def not_enacted(sources: Iterable[PrivacySource]) -> set[str]:
    """Tables that promise a time which nothing enacts."""
    return {
        one.table
        for one in sources
        if TIME.search(str(one.retention))
        and not one.keeping
        and one.table not in {*BY_JOB, *WITH_PARENT}
    }


@pytest.fixture
def sources(app: Portal) -> list[PrivacySource]:
    """Every declaration of the core's own parts, in English."""
    with app.app_context(), unit_of_work("read") as session:
        return [one for part in privacy_parts(session) for one in part.sources]


def test_every_time_that_is_promised_is_enacted(sources: list[PrivacySource]) -> None:
    assert not_enacted(sources) == set()


def test_time_that_nothing_enacts_is_found(sources: list[PrivacySource]) -> None:
    promised = [one for one in sources if TIME.search(str(one.retention))]
    assert len(promised) > 10

    assert not_enacted([*sources, source("beans", retention="Two years")]) == {"beans"}
    assert not_enacted([*sources, source("beans", retention="Until you remove it")]) == set()


def test_rows_that_go_with_others_hang_on_them_in_the_schema() -> None:
    for child, parent in WITH_PARENT.items():
        keys = metadata.tables[child].foreign_keys
        assert [key.ondelete for key in keys if key.column.table.name == parent] == ["CASCADE"]


def jobs_of(app: Portal) -> dict[str, object]:
    return {
        f"{plugin.name}:{job.name}": job.run
        for plugin in host_of(app).registry.active()
        for job in plugin.registration.jobs
    }


def short_lived(session: Session, sharing: Sharing) -> None:
    """A row of each table that a room clears by itself."""
    login, now = make_login(session), datetime.now(UTC)
    raise_concern(session, ANONYMOUS, form_key="a form", words="I worry", named=False)
    concern = session.scalars(sa.select(Concern)).one()
    concern.closed_at, concern.outcome = now, Outcome.SUPPORTED
    session.add_all(
        [
            LoginCode(
                login_id=login.id, browser_hash="a", code_hash="a", link_hash="b", created_at=now
            ),
            SecondTry(login_id=login.id, at=now),
            EmailChange(
                login_id=login.id,
                new_email="new@example.org",
                confirm_hash="c",
                stop_hash="d",
                asked_at=now,
            ),
            ConcernStep(
                uid="a step", once="a step", concern_id=concern.id, kind=StepKind.CLOSED, at=now
            ),
        ]
    )
    session.commit()


def rows_in(session: Session, tables: Iterable[str]) -> dict[str, int]:
    session.rollback()
    found = {}
    for name in tables:
        counted = sa.select(sa.func.count()).select_from(metadata.tables[name])
        found[name] = session.scalar(counted) or 0
    session.rollback()
    return {name: count for name, count in found.items() if count}


def test_night_long_after_leaves_none_of_what_had_a_time(
    app: Portal, session: Session, sharing: Sharing, sources: list[PrivacySource]
) -> None:
    short_lived(session, sharing)
    tables = {one.table for one in sources if TIME.search(str(one.retention))}
    before = rows_in(session, tables)
    assert {*before} >= {*BY_JOB, "shareable_need", "place_draft", "message", "desk_task"}
    jobs = jobs_of(app)

    with time_machine.travel(LATER, tick=False), app.app_context():
        letting_go.let_go()
        for name in sorted({*BY_JOB.values()}):
            with unit_of_work() as unit:
                jobs[name](unit)  # type: ignore[operator]

    assert {*rows_in(session, before)} == STANDING
