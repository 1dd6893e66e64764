"""`lock`: pin every dependency, with the hashes of its files for every platform."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tools.devtools.common import ROOT, Failure, call, program, say
from tools.devtools.environment import DEVELOPER_LOCK, RUNTIME_LOCK, set_up

OLDEST_PYTHON = "3.11"


def lock(arguments: list[str]) -> int:
    """Write both lock files from pyproject.toml; `--upgrade` takes the newest of everything.

    Each file stands by itself. The developers' one is resolved within the other, so one
    environment holds both and tests run on what production runs on.
    """
    set_up(developer=False)
    with tempfile.TemporaryDirectory(prefix="portal-lock-") as folder:
        if call([program("python"), "-m", "pip", "install", "--quiet", "--target", folder, "uv"]):
            raise Failure("Could not download uv, which makes the lock files.")
        uv = Path(folder) / "bin" / ("uv.exe" if os.name == "nt" else "uv")
        # `build` is what set-up itself installs the portal with.
        _compile(uv, RUNTIME_LOCK, ["--extra", "build", *arguments])
        _compile(uv, DEVELOPER_LOCK, ["--all-extras", "--constraints", RUNTIME_LOCK.name])
    say("Wrote requirements.lock and requirements-dev.lock.")
    return 0


def _compile(uv: Path, target: Path, arguments: list[str]) -> None:
    command = [str(uv), "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
    # No header, notes or addresses: the file names packages and hashes, not where it was made.
    command += ["--no-header", "--no-annotate", "--no-config", "--python-version", OLDEST_PYTHON]
    command += [*arguments, "--output-file", target.name, "pyproject.toml"]
    if call(command):
        raise Failure(f"Could not lock {target.relative_to(ROOT)}; what uv said is above.")
