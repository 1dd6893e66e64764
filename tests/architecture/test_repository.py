"""What a committed file may not say: where a machine keeps its things, where packages come from."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")

# Written in pieces, so that this file does not hold what it looks for.
PRIVATE = [
    "index" + "-url",
    "find" + "-links",
    "trusted" + "-host",
    "://" + "pypi",
    "files.python" + "hosted",
    "registry." + "npmjs",
    '"resol' + 'ved"',
    "/wo" + "rk/",
    "/ro" + "ot/",
]
INDEX_PATH = re.compile("://" + "([^ \"']*/simple|[^ \"'/]*/(npm|debian))/")


def committed() -> list[Path]:
    """The files git knows, as they are on disk."""
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def pinned(lock: str) -> dict[str, set[Version]]:
    """Versions by canonical name; a package may have one for each range of Pythons."""
    found: dict[str, set[Version]] = {}
    for line in (ROOT / lock).read_text().splitlines():
        if "==" in line:
            requirement = Requirement(line.rstrip(" \\"))
            (pin,) = requirement.specifier
            found.setdefault(canonicalize_name(requirement.name), set()).add(Version(pin.version))
    return found


def wanted(*extras: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return [Requirement(line) for line in lines]


def test_committed_files_name_no_machine_or_index() -> None:
    found = []
    for path in committed():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        found += [f"{path.relative_to(ROOT)}: {word}" for word in PRIVATE if word in text]
        found += [f"{path.relative_to(ROOT)}: {hit[0]}" for hit in INDEX_PATH.finditer(text)]
    assert found == []


def test_lock_of_the_runtime_satisfies_the_project() -> None:
    pins = pinned("requirements.lock")
    for requirement in wanted("build"):
        versions = pins.get(canonicalize_name(requirement.name), set())
        assert versions, f"{requirement.name} is not locked: make lock"
        assert all(version in requirement.specifier for version in versions), requirement


def test_lock_of_developers_satisfies_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pins = pinned("requirements-dev.lock")
    for requirement in wanted(*project["optional-dependencies"]):
        versions = pins.get(canonicalize_name(requirement.name), set())
        assert versions, f"{requirement.name} is not locked: make lock"
        assert all(version in requirement.specifier for version in versions), requirement


def test_lock_of_developers_holds_what_production_runs_on() -> None:
    developers = pinned("requirements-dev.lock")
    for name, versions in pinned("requirements.lock").items():
        assert developers.get(name) == versions, name


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_hashes_every_package_and_gives_no_options(lock: str) -> None:
    text = (ROOT / lock).read_text()
    blocks = re.split(r"(?m)^(?=[a-z])", text)
    assert blocks.pop(0) == ""
    for block in blocks:
        assert "--hash=sha256:" in block, block.splitlines()[0]
    assert not re.findall(r"(?m)^(?!\s*--hash=)\s*-.*$|#|://", text)
