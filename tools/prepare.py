"""Make the demo college ready: `python tools/prepare.py FILE` writes who can sign in to FILE.

Runs in the project's environment. These are three commands of `portal` in one process, because most
of the time of each is the start of Python, and a developer waits for all three at every start.
"""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path

import click

from portal.cli import main as portal


def prepare(sign_ins: Path) -> int:
    """Migrate, fill the college when it is empty, note the sign-ins; 0, or what to exit with."""
    try:
        portal(["db", "upgrade"], standalone_mode=False)
        portal(["demo", "seed", "--if-empty"], standalone_mode=False)
        with sign_ins.open("w", encoding="utf-8") as file, redirect_stdout(file):
            portal(["demo", "sign-ins"], standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(prepare(Path(sys.argv[1])))
