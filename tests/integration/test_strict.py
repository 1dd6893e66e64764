"""STRICT=1: whatever was not tested is a failure, with its reason."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SKIPS = {
    "mark": "import pytest\n@pytest.mark.skip(reason='because')\ndef test_a(): ...\n",
    "call": "import pytest\ndef test_a(): pytest.skip('because')\n",
    "module": "import pytest\npytest.skip('because', allow_module_level=True)\n",
    "xfail": "import pytest\n@pytest.mark.xfail(reason='because')\ndef test_a(): assert 0\n",
    "xpass": "import pytest\n@pytest.mark.xfail(reason='because')\ndef test_a(): ...\n",
}


def run(folder: Path, strict: str, *options: str) -> subprocess.CompletedProcess[str]:
    plugins = ["-p", "tests.strict", "-p", "no:cacheprovider"]
    place = ["-c", os.devnull, "--rootdir", str(folder)]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, *place, *options, str(folder)],
        cwd=ROOT,
        # Only the plugins it names: those installed take two seconds to load, and do nothing here.
        env={**os.environ, "STRICT": strict, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("kind", SKIPS)
def test_strict_run_fails_when_a_test_is_left_out(tmp_path: Path, kind: str) -> None:
    (tmp_path / "test_it.py").write_text(SKIPS[kind])
    result = run(tmp_path, "1")
    assert result.returncode, result.stdout
    assert "STRICT=1 counts this as a failure" in result.stdout
    assert "because" in result.stdout


def test_strict_run_fails_when_a_worker_skips(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(SKIPS["call"])
    result = run(tmp_path, "1", "-p", "xdist.plugin", "-n", "1")
    assert result.returncode == 1, result.stdout
    assert "1 failed" in result.stdout


def test_strict_run_passes_when_all_ran(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_a(): ...\n")
    result = run(tmp_path, "1")
    assert result.returncode == 0, result.stdout
    assert "1 passed" in result.stdout


def test_lenient_run_says_what_was_left_out(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(SKIPS["call"])
    result = run(tmp_path, "0")
    assert result.returncode == 0, result.stdout
    assert "NOT TESTED" in result.stdout
    assert "1 skipped" in result.stdout
