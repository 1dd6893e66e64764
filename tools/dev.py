"""Set up, run, test and check the portal: `python3 tools/dev.py run`; `--help` lists the rest.

Needs nothing but Python. This one file keeps to what Python 3.6 can parse, so that an old Python
gets a sentence instead of a syntax error; everything else is in `tools/devtools`.
"""

import sys
from pathlib import Path

OLDEST = (3, 11)


def main() -> int:
    """Run one command; the exit code is the command's."""
    if sys.version_info < OLDEST:
        sys.stderr.write(
            "The portal needs Python {}.{} or newer; this is Python {}.{} ({}). "
            "With a newer one: python3.12 tools/dev.py run, or make run PYTHON=python3.12\n".format(
                *OLDEST, *sys.version_info[:2], sys.executable
            )
        )
        return 1
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from tools.devtools.cli import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
