"""The folder that holds the database."""

from __future__ import annotations

import stat
from pathlib import Path

from portal import create_app
from portal.config import load_settings


def test_new_data_folder_is_for_nobody_else_on_the_machine(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "data"
    create_app(load_settings(environment="test", data_dir=folder, plugins=[]))
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IRWXU
