"""The tutorial's plugin does what the tutorial says, and a stranger can install it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import migrate
from portal.app import Portal
from portal.db import db, unit_of_work
from portal.plugin_host.boot import host_of
from tests.integration.noticeboard.conftest import PACKAGE

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


def notice(month: str = "3") -> dict[str, str | list[str]]:
    return {"title": "Tea on Friday", "body": "Bring a **mug**.", "until": ["5", month, "2027"]}


def test_sample_is_shorter_than_150_lines() -> None:
    files = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.html")]
    lines = [line for file in files for line in file.read_text().splitlines() if line.strip()]

    assert len(lines) < 150


def test_empty_board_says_so(client: FlaskClient) -> None:
    assert "Nothing is up at the moment" in client.get("/noticeboard/").text


def test_coordinator_puts_a_notice_up_and_it_comes_down(
    client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        coordinator = sign_in("coordinator")
        answer = coordinator.post("/noticeboard/new", data=notice())
        assert (answer.status_code, answer.location) == (302, "/noticeboard/")
        board = client.get("/noticeboard/").text
        assert "Tea on Friday" in board
        assert "<strong>mug</strong>" in board
        assert "Tea on Friday" in coordinator.get("/me").text
        clock.move_to(datetime(2027, 3, 5, 23, 59, tzinfo=UTC))
        assert "Tea on Friday" in client.get("/noticeboard/").text
        clock.shift(timedelta(minutes=1))
        assert "Tea on Friday" not in client.get("/noticeboard/").text


def test_notice_with_a_mistake_comes_back_as_typed(sign_in: Callable[..., FlaskClient]) -> None:
    answer = sign_in("coordinator").post("/noticeboard/new", data=notice(month="13"))

    assert answer.status_code == 422
    assert "Tea on Friday" in answer.text
    assert "Bring a **mug**." in answer.text


def test_only_those_who_may_write(client: FlaskClient, sign_in: Callable[..., FlaskClient]) -> None:
    assert client.post("/noticeboard/new", data=notice()).status_code in {302, 303, 401}
    assert sign_in("student").post("/noticeboard/new", data=notice()).status_code == 403
    assert "Nothing is up at the moment" in client.get("/noticeboard/").text


def test_erasing_its_writer_keeps_the_notice(
    app: Portal, session: Session, sign_in: Callable[..., FlaskClient]
) -> None:
    with time_machine.travel(NOON, tick=False):
        sign_in("coordinator").post("/noticeboard/new", data=notice())
    source = host_of(app).registry.privacy["noticeboard_notice"]
    person_id = session.scalar(sa.text("SELECT written_by FROM noticeboard_notice"))
    assert person_id is not None

    assert source.export(session, person_id) == [
        {"title": "Tea on Friday", "text": "Bring a **mug**."}
    ]
    assert source.erase(session, person_id, "delete").erased == 1
    assert source.export(session, person_id) == []
    assert session.scalar(sa.text("SELECT count(*) FROM noticeboard_notice")) == 1


def test_purge_leaves_nothing_of_it(app: Portal) -> None:
    migrate.downgrade_branch(app, "noticeboard")
    try:
        with app.app_context(), unit_of_work("read") as session:
            tables = sa.inspect(session.connection()).get_table_names()
            versions = session.scalars(sa.text("SELECT version_num FROM alembic_version")).all()
        assert [name for name in tables if name.startswith("noticeboard")] == []
        assert [version for version in versions if version.startswith("noticeboard")] == []
    finally:
        with app.app_context():
            db.engine.dispose()
        migrate.upgrade(app)


def test_stranger_installs_it_and_the_portal_finds_it(tmp_path: Path) -> None:
    site = tmp_path / "site"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"),
            *("--no-build-isolation", "--target", str(site), str(PACKAGE)),
        ],
        check=True,
    )
    environment = {
        **os.environ,
        "PYTHONPATH": str(site),
        "PORTAL_ENVIRONMENT": "development",
        "PORTAL_DATA_DIR": str(tmp_path / "data"),
    }

    def portal(*words: str) -> str:
        command = [sys.executable, "-m", "portal", *words]
        return subprocess.run(
            command, check=True, capture_output=True, text=True, env=environment, cwd=tmp_path
        ).stdout

    portal("db", "upgrade")
    found = {row["name"]: row["state"] for row in json.loads(portal("plugins", "list", "--json"))}
    assert found["noticeboard"] == "active"
    addresses = {row["address"] for row in json.loads(portal("routes", "--json"))}
    assert {"/noticeboard/", "/noticeboard/new"} <= addresses
