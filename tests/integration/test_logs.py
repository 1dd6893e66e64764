"""What the portal writes into its logs is about the portal, never about a person or their request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from portal import logs, serve
from portal.app import Portal
from portal.config import load_settings
from portal.messages import mailers

SECRET = "a-secret-of-32-characters-or-more"  # guards nothing


def settings(tmp_path: Path, environment: str) -> Any:
    return load_settings(
        environment=environment, secret_key=SECRET, data_dir=tmp_path, mail_url="console"
    )


def test_servers_own_log_names_no_address(capfd: pytest.CaptureFixture[str]) -> None:
    from gunicorn.config import Config

    logs.configure(development=False)
    log = serve.log_class()(Config())
    log.warning("Invalid request from ip=192.0.2.7: Invalid HTTP request line: 'GET /reset/token'")
    try:
        raise ValueError("what somebody typed")
    except ValueError:
        log.exception("Error handling request %s %s", "GET", "/reset/token")

    said = capfd.readouterr().err
    assert "could not be read" in said
    assert "ValueError" in said
    assert "test_logs.py" in said
    assert not [word for word in ("192.0.2.7", "token", "typed") if word in said]


@pytest.mark.parametrize(("environment", "prints"), [("development", True), ("production", False)])
def test_messages_are_printed_only_where_nobody_keeps_what_is_printed(
    tmp_path: Path, environment: str, prints: bool
) -> None:
    app = Portal("portal", static_folder=None)
    assert (mailers.configure(app, settings(tmp_path, environment)) is not None) is prints
