"""The virtual environment and what is built into it, each step done once for what it depends on.

A step is stamped with a hash of its inputs. An unchanged input means the step is passed over without
starting a process or asking the network, which is what makes a second start quick and offline.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tools.devtools.common import ROOT, VENV, Failure, call, digest, program, say
from tools.devtools.system import install_packages

RUNTIME_LOCK = ROOT / "requirements.lock"
DEVELOPER_LOCK = ROOT / "requirements-dev.lock"
_STAMPS = VENV / "portal-setup.json"
_LOG = VENV / "portal-setup.log"


def set_up(*, developer: bool) -> None:
    """Bring the environment up to date: packages, the project itself, front end, catalogues.

    `developer` adds what the tests and checks need. An environment that has them is left so.

    Raises:
        Failure: a step could not be done; the line says which and what to do.
    """
    _make_environment()
    runtime = f"runtime {digest(RUNTIME_LOCK)}"
    everything = f"developer {digest(RUNTIME_LOCK, DEVELOPER_LOCK)}"
    if developer:
        _step("packages", everything, _install_from(DEVELOPER_LOCK))
    elif _stamps().get("packages") != everything:
        _step("packages", runtime, _install_from(RUNTIME_LOCK))
    _step("project", digest(ROOT / "pyproject.toml"), _install_project)
    catalogues = sorted(
        [*ROOT.glob("translations/**/*.po"), *ROOT.glob("plugins/*/translations/**/*.po")]
    )
    if not all(path.with_suffix(".mo").is_file() for path in catalogues):
        _forget("catalogues")
    _step("catalogues", digest(*catalogues), lambda: _script("catalogues.py"))
    # The front end keeps its own account of what is built.
    _script("assets.py")


def _make_environment() -> None:
    python = Path(program("python"))
    # Installed programs carry the folder's path, so a project that was moved starts afresh.
    moved = _stamps().get("place", str(VENV)) != str(VENV)
    if python.exists() and (VENV / "pyvenv.cfg").is_file() and not moved:
        return
    try:
        import ensurepip  # noqa: F401  # Debian ships it apart, as python3-venv
    except ImportError:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        problem = install_packages([version])
        if problem:
            raise Failure(
                f"Python has no venv module here. Install {version} ({problem})."
            ) from None
    say("Making the virtual environment in .venv …")
    # Without --clear a half-made environment, or one whose Python was removed, would stay broken.
    if call([sys.executable, "-m", "venv", "--clear", str(VENV)]):
        raise Failure("Could not make the virtual environment; what Python said is above.")
    _write({"place": str(VENV)})


def _install_from(lock: Path) -> Callable[[], None]:
    def install() -> None:
        count = sum("==" in line for line in lock.read_text(encoding="utf-8").splitlines())
        say(f"Installing {count} locked packages (about half a minute the first time) …")
        # The lock is complete, so pip need not resolve: what is not in it is not installed.
        _pip(["--require-hashes", "--no-deps", "--requirement", str(lock)])

    return install


def _install_project() -> None:
    say("Installing the portal itself …")
    _pip(["--no-deps", "--no-build-isolation", "--editable", str(ROOT)])


def _pip(arguments: list[str]) -> None:
    command = [program("python"), "-m", "pip", "install", "--progress-bar", "off", *arguments]
    with _LOG.open("wb") as log:
        process = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if not process.returncode:
        return
    output = _LOG.read_text(encoding="utf-8", errors="replace")
    where = f"All that pip said is in {_LOG.relative_to(ROOT)}."
    if _looks_offline(output):
        raise Failure(
            "Could not download the packages: this machine seems to be offline. "
            f"The first start needs the network; later ones do not. {where}"
        )
    raise Failure(
        "\n".join([*output.splitlines()[-12:], f"Could not install the packages. {where}"])
    )


def _looks_offline(output: str) -> bool:
    """True where pip could not reach its index, as its warnings say (pip 22 to 26)."""
    signs = (
        "NewConnectionError",
        "NameResolutionError",
        "Temporary failure in name resolution",
        "ConnectTimeoutError",
        "Network is unreachable",
        "ProxyError",
        "Connection refused",
    )
    return any(sign in output for sign in signs)


def _script(name: str) -> None:
    if call([program("python"), str(ROOT / "tools" / name)]):
        raise Failure(f"Set-up stopped in tools/{name}; what it said is above.")


def _stamps() -> dict[str, str]:
    try:
        stamps: dict[str, str] = json.loads(_STAMPS.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamps


def _step(name: str, wanted: str, work: Callable[[], None]) -> None:
    if _stamps().get(name) == wanted:
        return
    # Forgotten first: work that stops half-way is done again, not taken for done.
    _forget(name)
    work()
    _write({**_stamps(), name: wanted})


def _forget(name: str) -> None:
    stamps = _stamps()
    if stamps.pop(name, None) is not None:
        _write(stamps)


def _write(stamps: dict[str, str]) -> None:
    _STAMPS.write_text(json.dumps(stamps, indent=1) + "\n", encoding="utf-8")


def clean() -> None:
    """Remove what can be made again: the environment, caches, builds. `var/` holds data and stays."""
    heaps = [VENV, ROOT / "dist", ROOT / "build", ROOT / "portal/ui/static/built"]
    heaps += [
        ROOT / name
        for name in (
            ".mypy_cache",
            ".ruff_cache",
            ".pytest_cache",
            ".hypothesis",
            ".import_linter_cache",
        )
    ]
    for top in ("portal", "plugins", "tests", "tools", "migrations"):
        heaps += [*(ROOT / top).rglob("__pycache__"), *(ROOT / top).rglob("node_modules")]
    for heap in heaps:
        shutil.rmtree(heap, ignore_errors=True)
    say("Removed the environment, caches and builds. The data in var/ is still there.")
