"""The `portal` command: from an empty folder to a college, and clear lines where something is missing."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli import main
from portal.config import DEVELOPMENT_SECRET


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("ENVIRONMENT", "SECRET_KEY", "DATABASE_URL", "DATA_DIR", "PLUGINS"):
        monkeypatch.delenv(f"PORTAL_{name}", raising=False)
    return tmp_path


def portal(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, words, input=typed)


def test_init_makes_a_college_that_doctor_understands(folder: Path) -> None:
    made = portal("init")

    assert made.exit_code == 0, made.output
    assert stat.S_IMODE((folder / "portal.toml").stat().st_mode) == 0o600
    assert portal("db", "check").exit_code == 0
    report = portal("doctor")
    assert report.exit_code == 1  # nobody administers it yet
    assert "portal people create" in report.output
    wish = ("--name", "Ada", "--email", "ada@college.example", "--role", "administrator")
    created = portal("people", "create", *wish, typed="a harbour full of small boats\n" * 2)
    assert created.exit_code == 0, created.output
    assert "portal people create" not in portal("doctor").output


def test_init_twice_keeps_the_secret(folder: Path) -> None:
    portal("init")
    before = (folder / "portal.toml").read_text()

    again = portal("init")

    assert again.exit_code == 0
    assert (folder / "portal.toml").read_text() == before


@pytest.mark.parametrize("secret", ["", "short", DEVELOPMENT_SECRET])
def test_production_refuses_a_secret_that_others_know(
    monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEY", secret)

    refused = portal("db", "upgrade")

    assert refused.exit_code == 2
    [line] = refused.output.strip().splitlines()
    assert "PORTAL_SECRET_KEY" in line


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_TIMEZONE", "Mars/Olympus"),
        ("PORTAL_BASE_URL", "college"),
        ("PORTAL_ENVIRONMENT", "holiday"),
        ("PORTAL_TRUSTED_PROXIES", "many"),
        ("PORTAL_COLLEGE__BRAND_COLOUR", "green"),
        ("PORTAL_LANGUAGES", "klingon"),
    ],
)
def test_wrong_setting_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEY", "x" * 40)
    monkeypatch.setenv(name, value)

    refused = portal("db", "upgrade")

    assert refused.exit_code in {1, 2}
    [line] = refused.output.strip().splitlines()
    assert name.removeprefix("PORTAL_").lower() in line.lower()


def test_unreadable_settings_file_is_one_clear_line(folder: Path) -> None:
    (folder / "portal.toml").write_text("secret_key = [")

    refused = portal("db", "upgrade")

    assert refused.exit_code == 2
    assert "portal.toml" in refused.output


def test_commands_of_rooms_ask_for_an_upgrade_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_ENVIRONMENT", "development")

    refused = portal("people", "list")

    assert refused.exit_code == 3
    assert "portal db upgrade" in refused.output
    assert portal("routes").exit_code == 0


def test_routes_and_plugins_can_be_read_by_a_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_ENVIRONMENT", "development")

    routes = json.loads(portal("routes", "--json").output)
    plugins = json.loads(portal("plugins", "list", "--json").output)

    front = {"method": "GET", "address": "/", "endpoint": "home.landing", "access": "public"}
    assert front in routes
    assert {"courses", "accounts"} <= {row["name"] for row in plugins if row["state"] == "active"}


def test_demo_is_refused_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    portal("init")

    refused = portal("demo", "seed")

    assert refused.exit_code == 1
    assert "production" in refused.output
