"""The built wheel: what it carries, and that it serves a college from an empty folder."""

from __future__ import annotations

import os
import re
import signal
import site
import subprocess
import sys
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the tree as it is, with the build tools of this environment: no network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    made = subprocess.run([*build, str(ROOT)], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


def committed(*folders: str) -> set[str]:
    listing = subprocess.run(
        ["git", "ls-files", "-z", *folders], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()}


def test_wheel_carries_every_committed_file_but_tests(names: set[str]) -> None:
    sources = ("portal/ui/assets/",)  # built into portal/ui/static/built, below
    wanted = {
        name
        for name in committed("portal", "plugins")
        if "/tests/" not in name and not name.startswith(sources)
    }
    assert wanted - names == set()


def test_wheel_carries_migrations_and_catalogues(names: set[str]) -> None:
    wanted = {f"portal/_resources/{name}" for name in committed("migrations", "translations")}
    wanted |= {
        f"portal/_resources/{path.relative_to(ROOT).with_suffix('.mo')}"
        for path in ROOT.glob("translations/**/*.po")
    }
    wanted |= {
        str(path.relative_to(ROOT).with_suffix(".mo"))
        for path in ROOT.glob("plugins/*/translations/**/*.po")
    }
    assert wanted - names == set()


def test_wheel_carries_the_built_front_end(names: set[str]) -> None:
    built = ROOT / "portal/ui/static/built"
    on_disk = {str(path.relative_to(ROOT)) for path in built.rglob("*") if path.is_file()}
    assert on_disk
    assert on_disk - names == set()


def test_wheel_carries_nothing_else(names: set[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"portal", "plugins"}
    odd = re.compile(r"(^|/)(tests|node_modules|__pycache__)/|\.(pyc|scss|db)$")
    assert sorted(name for name in names if odd.search(name)) == []


def test_wheel_declares_command_and_bundled_plugins(wheel: Path, names: set[str]) -> None:
    (path,) = (name for name in names if name.endswith(".dist-info/entry_points.txt"))
    entries = ConfigParser()
    with zipfile.ZipFile(wheel) as archive:
        entries.read_string(archive.read(path).decode())
    assert entries["console_scripts"]["portal"] == "portal.cli:main"
    bundled = {name.split("/")[1] for name in names if re.match(r"plugins/[^/]+/plugin\.py", name)}
    group = "recovery_portal.plugins"
    assert set(entries[group] if entries.has_section(group) else ()) == bundled


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a fresh environment that holds the wheel.

    Its dependencies are lent by this environment, so that nothing is downloaded.
    """
    place = tmp_path_factory.mktemp("installed")
    venv.create(place, with_pip=False)
    python = next(place.glob("bin/python")) if os.name == "posix" else place / "Scripts/python.exe"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", "--no-compile", str(wheel)], check=True)
    (packages,) = place.glob("lib/python*/site-packages")
    (packages / "lent.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    return python.parent


def portal(programs: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [programs / "portal", *arguments],
        cwd=folder,
        env=outside(),
        capture_output=True,
        text=True,
        check=False,
    )


def outside() -> dict[str, str]:
    """An environment that knows nothing of this checkout or of the tests."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PORTAL_", "PYTHON", "PYTEST", "COV"))
    }


def test_wheel_runs_from_its_own_files(installed: Path, tmp_path: Path) -> None:
    code = "import portal, plugins; print(portal.__file__, plugins.__file__)"
    places = subprocess.run(
        [installed / "python", "-c", code],
        cwd=tmp_path, env=outside(), capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert all(Path(place).is_relative_to(installed.parent) for place in places), places
    version = portal(installed, tmp_path, "--version")
    assert version.returncode == 0, version.stderr
    assert "0.1" in version.stdout


@pytest.fixture
def served(installed: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a college that `portal init` and `portal serve` made from nothing."""
    made = portal(installed, tmp_path, "init")
    assert made.returncode == 0, made.stdout + made.stderr
    process = subprocess.Popen(
        [installed / "portal", "serve", "--port", "0"],
        cwd=tmp_path, env=outside(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = ""
    try:
        for line in process.stdout:
            said += line
            found = re.search(r"http://127\.0\.0\.1:[1-9]\d*", line)
            if found:
                yield found[0]
                break
        else:
            pytest.fail(f"portal serve ended without an address:\n{said}")
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def test_wheel_serves_from_an_empty_folder(served: str) -> None:
    with urllib.request.urlopen(served, timeout=30) as answer:
        assert answer.status == 200
        assert b"<main" in answer.read()
