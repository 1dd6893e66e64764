"""The command line of `tools/dev.py`."""

from __future__ import annotations

import argparse

from tools.devtools import environment, gates, locks, server
from tools.devtools.common import Failure, call, complain, program, say, terminate_as_interrupt


def _translations(arguments: list[str]) -> int:
    environment.set_up(developer=True)
    return call([program("python"), "tools/translations.py", *arguments])


_WITH_ARGUMENTS = {
    "test": (gates.test, "run the tests (arguments go to pytest); installs what they need"),
    "bench": (gates.bench, "measure the speed against its floors"),
    "soak": (gates.soak, "the fault and property tests at full counts, up to an hour"),
    "shots": (gates.shots, "make screenshots of the main pages"),
    "translations": (_translations, "extract, add, update, check or compile the catalogues"),
    "lock": (locks.lock, "write the lock files again (--upgrade for newer packages)"),
}


def _setup() -> int:
    environment.set_up(developer=True)
    say("Everything is set up.")
    return 0


def _assets() -> int:
    environment.set_up(developer=False)
    return call([program("python"), "tools/assets.py"])


def _clean() -> int:
    environment.clean()
    return 0


_PLAIN = {
    "setup": (_setup, "make or update the environment, and nothing else"),
    "run": (server.run, "the demo college at http://127.0.0.1:8000 (PORT= for another port)"),
    "check": (gates.check, "format, lint, types, import contracts, migrations"),
    "assets": (_assets, "build the style sheets and scripts"),
    "clean": (_clean, "remove what can be made again; the data in var/ stays"),
}


def main(argv: list[str]) -> int:
    """Run one command; the exit code is the command's."""
    parser = argparse.ArgumentParser(prog="tools/dev.py", description="The portal's tools.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (_, words) in {**_PLAIN, **_WITH_ARGUMENTS}.items():
        # Options after the command are the called program's, `--help` among them.
        commands.add_parser(name, help=words, add_help=name in _PLAIN)
    options, rest = parser.parse_known_args(argv)
    terminate_as_interrupt()
    try:
        if options.command in _WITH_ARGUMENTS:
            return _WITH_ARGUMENTS[options.command][0](rest)
        if rest:
            parser.error(f"unexpected: {' '.join(rest)}")
        return _PLAIN[options.command][0]()
    except Failure as failure:
        complain(str(failure))
        return failure.code
    except KeyboardInterrupt:
        complain("\nStopped.")
        return gates.INTERRUPTED
