"""Programs that the tests need and pip cannot bring: Chromium, PostgreSQL and wrk."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tools.devtools.common import call, say

# Debian's Chromium without a window. The whole one draws its windows even where nobody sees them, and takes
# three times as long to open a page; Ubuntu has no other.
_SHELL = "chromium-headless-shell"
_CHROMIUM_NAMES = (
    _SHELL,
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
# Liberation for measured layouts, Noto for the right-to-left sheet: without fonts, boxes.
_FONTS = ["fonts-liberation", "fonts-noto-core"]
_POSTGRES_PACKAGES = ["postgresql"]


def chromium() -> str | None:
    """The path of a Chromium or Chrome, or None."""
    chosen = os.environ.get("PORTAL_TEST_CHROMIUM")
    if chosen:
        return chosen
    return next(filter(None, map(shutil.which, _CHROMIUM_NAMES)), None)


def postgres_folder() -> Path | None:
    """The folder of PostgreSQL's server programs, the newest where there are several, or None."""
    places = [
        *Path("/usr/lib/postgresql").glob("*/bin"),  # Debian keeps them off the PATH
        *Path("/usr/pgsql").glob("bin"),
        *Path("/opt/homebrew/opt").glob("postgresql@*/bin"),
        *Path("/usr/local/opt").glob("postgresql@*/bin"),
    ]
    complete = [place for place in places if _has_server(place)]
    if complete:
        return max(complete, key=_major)
    found = shutil.which("initdb")
    place = Path(found).resolve().parent if found else None
    return place if place and _has_server(place) else None


def _has_server(place: Path) -> bool:
    return (place / "initdb").is_file() and (place / "postgres").is_file()


def _major(place: Path) -> int:
    digits = "".join(filter(str.isdigit, place.parent.name.split(".")[0]))
    return int(digits or 0)


def ensure_chromium() -> str | None:
    """Install Chromium where it is missing and that is possible; else why not, in a few words."""
    if chromium():
        return None
    return install_packages([_SHELL, *_FONTS]) and install_packages(["chromium", *_FONTS])


def ensure_postgres() -> str | None:
    """Install PostgreSQL where it is missing and that is possible; else why not, in a few words."""
    return None if postgres_folder() else install_packages(_POSTGRES_PACKAGES)


def ensure_wrk() -> str | None:
    """Install wrk where it is missing and that is possible; else why not, in a few words."""
    return None if shutil.which("wrk") else install_packages(["wrk"])


def install_packages(names: list[str]) -> str | None:
    """Install Debian or Ubuntu packages; None when that worked, else why it did not."""
    if not shutil.which("apt-get"):
        return "not installed, and this is not a Debian or Ubuntu that could install it by itself"
    prefix = _as_root()
    if prefix is None:
        return f"not installed, and only root can: sudo apt-get install {' '.join(names)}"
    say(f"Installing {', '.join(names)} with apt-get …")
    # apt checks signatures as an account of its own, which some machines' /tmp does not let write.
    quietly = {"DEBIAN_FRONTEND": "noninteractive", "TMPDIR": "/var/tmp"}  # noqa: S108 - apt's
    # A stale list of packages is the usual reason for a failed install, and the update is cheap.
    call([*prefix, "apt-get", "-qq", "update"], environment=quietly)
    failed = call(
        [*prefix, "apt-get", "-qq", "-y", "install", "--no-install-recommends", *names],
        environment=quietly,
        quiet=True,
    )
    return f"apt-get install {' '.join(names)} failed" if failed else None


def _as_root() -> list[str] | None:
    if os.name != "posix":
        return None
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and not subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode
    ):
        return ["sudo", "-n"]
    return None
