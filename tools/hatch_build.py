"""Build what the wheel carries but the repository does not: front end and compiled catalogues."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class MadeFiles(BuildHookInterface):  # type: ignore[type-arg]  # the configuration's type is hatch's own
    """Runs before the files are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatch's
        """Build into the tree; an editable install has its own steps in `tools/dev.py`."""
        if self.target_name != "wheel" or version == "editable":
            return
        for script in ("catalogues.py", "assets.py"):
            subprocess.run([sys.executable, str(Path(self.root, "tools", script))], check=True)
