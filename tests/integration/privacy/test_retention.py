"""What has been kept long enough is let go of at night: to the second, in lots, and on from where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from click.testing import CliRunner
from sqlalchemy.orm import Session

from portal.accounts.models import LoginSession, SignedInBy
from portal.app import Portal
from portal.db import unit_of_work
from portal.plugin_api import Keeping
from portal.plugin_host.health import health
from portal.plugin_host.models import SettingValue
from portal.privacy import cli, jobs, letting_go
from portal.privacy.models import RetentionRun
from portal.privacy.services import retention
from tests.factories.accounts import make_login
from tests.integration.privacy.conftest import source
from tests.plugins import Plugin

NOW = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)  # half an hour before the clocks go forward
KEPT = timedelta(days=90)


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def seen(session: Session, *instants: datetime) -> None:
    """A session of somebody for each instant at which it was last used."""
    login = make_login(session)
    session.add_all(
        LoginSession(
            login_id=login.id,
            token_hash=f"{at}{i}"[-64:],
            created_at=at,
            seen_at=at,
            how=SignedInBy.PASSWORD,
            proved_at=at,
        )
        for i, at in enumerate(instants)
    )
    session.commit()


def left(session: Session) -> int:
    session.rollback()
    number = session.scalar(sa.select(sa.func.count(LoginSession.id))) or 0
    session.rollback()
    return number


@pytest.mark.parametrize(
    "now",
    [
        datetime(2027, 3, 28, 0, 59, tzinfo=UTC),  # a minute before the clocks go forward
        datetime(2027, 3, 28, 1, 1, tzinfo=UTC),
        datetime(2027, 10, 31, 0, 59, tzinfo=UTC),  # and back
        datetime(2027, 10, 31, 1, 1, tzinfo=UTC),
        datetime(2028, 2, 29, 12, tzinfo=UTC),
    ],
)
def test_row_goes_when_its_time_is_over_and_not_before(
    app: Portal, session: Session, now: datetime
) -> None:
    with time_machine.travel(now, tick=False) as traveller:
        seen(session, now - KEPT)
        with app.app_context():
            letting_go.let_go()
            assert left(session) == 1
            traveller.shift(timedelta(seconds=1))
            letting_go.let_go()
        assert left(session) == 0


def test_lots_are_small_and_nothing_is_left(
    app: Portal,
    session: Session,
    traveller: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retention, "LOT", 3)
    old = NOW - KEPT - timedelta(days=1)
    seen(session, *[old] * 7, NOW)

    with app.app_context():
        letting_go.let_go()

    assert left(session) == 1
    run = session.get_one(RetentionRun, "login_session")
    assert (run.last_done, run.done, run.failed) == (7, 7, "")
    assert run.finished_at == NOW


def test_run_that_was_killed_goes_on_from_where_it_was(
    app: Portal,
    session: Session,
    traveller: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retention, "LOT", 3)
    seen(session, *[NOW - KEPT - timedelta(days=1)] * 7)
    calls = 0
    step = retention.step

    def killed(session: Session, kept: Any, at: datetime) -> bool:
        nonlocal calls
        more = step(session, kept, at)
        if kept.key == "login_session":
            calls += 1
            if calls == 2:
                raise KeyboardInterrupt  # before the commit: this lot comes back
        return more

    monkeypatch.setattr(retention, "step", killed)
    with app.app_context(), pytest.raises(KeyboardInterrupt):
        letting_go.let_go()
    assert left(session) == 4
    run = session.get_one(RetentionRun, "login_session")
    assert (run.done, run.finished_at) == (3, None)
    began_after = run.after_id
    session.rollback()
    monkeypatch.setattr(retention, "step", step)

    with app.app_context():
        letting_go.let_go()

    assert left(session) == 0
    session.expire_all()
    run = session.get_one(RetentionRun, "login_session")
    assert (run.last_done, run.failed) == (7, "")
    assert run.after_id > began_after > 0


def test_time_that_is_over_leaves_the_rest_for_the_next_night(
    app: Portal,
    session: Session,
    traveller: time_machine.Traveller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retention, "LOT", 3)
    seen(session, *[NOW - KEPT - timedelta(days=1)] * 7)

    with app.app_context():
        letting_go.let_go(until=NOW)
        assert 0 < left(session) < 7
        letting_go.let_go()

    assert left(session) == 0


def beans(rows: list[int], forgotten: list[list[int]], **values: Any) -> Keeping:
    """A table of made-up numbers: all of those that are left are due."""

    def due(_session: Session, before: datetime) -> sa.Select[Any]:
        beans.before = before  # type: ignore[attr-defined]  # what was asked for
        table = sa.union_all(*(sa.select(sa.literal(row).label("id")) for row in [*rows, -1]))
        chosen = table.subquery()
        return sa.select(chosen.c.id).where(chosen.c.id > 0)

    def forget(_session: Session, ids: Sequence[int]) -> None:
        forgotten.append(list(ids))
        rows[:] = [row for row in rows if row not in ids]

    return Keeping(due, forget, **values)


def test_plugin_takes_part_with_its_own_days(
    making: Callable[..., Portal],
    keeping: Callable[..., Plugin],
    traveller: time_machine.Traveller,
) -> None:
    rows, forgotten = [5, 3, 9], list[list[int]]()
    kept = (beans(rows, forgotten, days=7, name="old"),)
    app = making(keeping("beans", source("beans_bean", keeping=kept)))

    with app.app_context():
        letting_go.let_go()
        with unit_of_work("read") as session:
            run = session.get_one(RetentionRun, "beans_bean:old")

    assert forgotten == [[3, 5, 9]]
    assert run.last_done == 3
    assert beans.before == NOW - timedelta(days=7)  # type: ignore[attr-defined]


@pytest.mark.plugin_faults
def test_part_that_fails_keeps_no_other_and_is_red(
    making: Callable[..., Portal],
    keeping: Callable[..., Plugin],
    traveller: time_machine.Traveller,
) -> None:
    def explode(_session: Session, _ids: Sequence[int]) -> None:
        raise RuntimeError("the beans stay")

    good, gone = [1], list[list[int]]()
    bad = Keeping(beans([1], []).due, explode)
    sources = (
        source("beans_bad", keeping=(bad,)),
        source("beans_good", keeping=(beans(good, gone),)),
    )
    app = making(keeping("beans", *sources))

    with app.app_context(), pytest.raises(letting_go.NotAllError, match="beans_bad"):
        letting_go.let_go()

    assert good == []
    finding = found_by(app)
    assert not finding.ok
    assert "beans_bad" in finding.message


def found_by(app: Portal) -> Any:
    from portal.plugin_host.boot import host_of

    with app.test_request_context(), unit_of_work("read") as session:
        findings = health(host_of(app).registry, session)
    return next(one for one in findings if one.name == "privacy-retention")


def test_health_page_says_how_many_went(
    app: Portal, session: Session, traveller: time_machine.Traveller
) -> None:
    seen(session, NOW - KEPT - timedelta(days=1))
    with app.app_context():
        letting_go.let_go()

    finding = found_by(app)

    assert finding.ok
    assert "1 rows of" in finding.message


def test_dry_run_counts_and_changes_nothing(
    app: Portal, session: Session, traveller: time_machine.Traveller
) -> None:
    seen(session, *[NOW - KEPT - timedelta(days=1)] * 2)

    with app.app_context():
        result = CliRunner().invoke(cli.privacy, ["retention", "--dry-run"])

    assert result.exit_code == 0, result.output
    assert "2  login_session" in result.output
    assert left(session) == 2


def test_command_lets_go_now(
    app: Portal, session: Session, traveller: time_machine.Traveller
) -> None:
    seen(session, NOW - KEPT - timedelta(days=1))

    with app.app_context():
        result = CliRunner().invoke(cli.privacy, ["retention"])

    assert result.exit_code == 0, result.output
    assert left(session) == 0


def test_time_follows_the_colleges_setting(
    app: Portal, session: Session, traveller: time_machine.Traveller
) -> None:
    with app.app_context():
        kept = {one.key: one for one in retention.all_kept(session)}["message:words"]
        before = str(retention.due(session, kept.keeping, NOW).compile().params)
        session.merge(SettingValue(key="messages:text_days", value={"value": 3}, changed_at=NOW))
        session.flush()
        after = str(retention.due(session, kept.keeping, NOW).compile().params)

    assert str(NOW - timedelta(days=14)) in before or repr(NOW - timedelta(days=14)) in before
    assert repr(NOW - timedelta(days=3)) in after


def test_job_is_nightly_and_ends_by_itself(app: Portal) -> None:
    job = next(one for one in jobs.JOBS if one.name == "retention")

    assert job.every == timedelta(days=1)
    assert job.timeout > timedelta(minutes=20)
