"""The same from the command line, one clear line each."""

from __future__ import annotations

import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli import main
from portal.db import sqlite_module


def alone(*words: str) -> None:
    """In a process of its own, that has let go of the database afterwards."""
    subprocess.run([sys.executable, "-m", "portal", *words], check=True)


class TestCommands:
    """The same from the command line, one clear line each."""

    @pytest.fixture(autouse=True)
    def _here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        for name in ("ENVIRONMENT", "SECRET_KEY", "DATABASE_URL", "DATA_DIR", "PLUGINS"):
            monkeypatch.delenv(f"PORTAL_{name}", raising=False)

    def portal(self, *words: str) -> Result:
        return CliRunner().invoke(main, words)

    def test_from_init_to_restore(self, tmp_path: Path) -> None:
        assert "backup.key" in self.portal("init").output
        assert "rows" in self.portal("backup", "monday").output
        assert "is whole" in self.portal("restore", "monday", "--check").output

        alone("people", "create", "--name", "Robin")
        refused = self.portal("restore", "monday")
        assert refused.exit_code == 1
        assert "--replace" in refused.output

        done = self.portal("restore", "monday", "--replace")
        assert done.exit_code == 0, done.output
        assert "portal db upgrade" in done.output
        assert "is kept at" in done.output

    def test_restore_on_a_new_machine(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.portal("init")
        self.portal("backup", "monday")
        monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path / "new"))
        monkeypatch.setenv("PORTAL_BACKUP_KEY_FILE", str(tmp_path / "var" / "backup.key"))

        done = self.portal("restore", "monday")

        assert done.exit_code == 0, done.output
        assert self.portal("db", "check").exit_code == 0

    def test_whoever_was_erased_since_stays_erased(self) -> None:
        def names() -> str:
            with closing(sqlite_module().connect("var/portal.db")) as database:
                return str(database.execute("SELECT name FROM person").fetchall())

        self.portal("init")
        alone("people", "create", "--name", "Quill Canary")
        self.portal("backup", "monday")
        alone("privacy", "erase", "1", "--reason", "asked by letter", "--yes")
        assert "Canary" not in names()

        assert "privacy replay" in self.portal("restore", "monday", "--replace").output
        assert "Canary" in names()
        again = self.portal("privacy", "replay")

        assert again.exit_code == 0, again.output
        assert "Canary" not in names()

    def test_new_key_is_added_to_the_old(self, tmp_path: Path) -> None:
        self.portal("init")

        said = self.portal("keys", "new")

        assert "age1" in said.output
        key = tmp_path / "var" / "backup.key"
        assert key.read_text().count("AGE-SECRET-KEY") == 2
        assert stat.S_IMODE(key.stat().st_mode) == 0o600

    def test_file_that_is_no_key_is_named(self, tmp_path: Path) -> None:
        self.portal("init")
        (tmp_path / "var" / "backup.key").write_text("hello\n")

        refused = self.portal("backup", "monday")

        assert refused.exit_code == 1
        assert "Line 1 of" in refused.output
        assert not Path("monday").exists()
