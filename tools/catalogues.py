"""Compile the translation catalogues (.po to .mo), the core's and the bundled plugins'.

Runs in the project's environment, or in the one that builds the wheel: it needs Babel.
"""

from __future__ import annotations

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[1]


def compile_all(root: Path = ROOT) -> int:
    """Write a .mo beside every .po; the number of catalogues written.

    Unsure ("fuzzy") translations are left out, so the reader sees English rather than a guess.
    """
    sources = [*root.glob("translations/**/*.po"), *root.glob("plugins/*/translations/**/*.po")]
    for source in sources:
        with source.open("rb") as text:
            catalogue = read_po(text, locale=source.parent.parent.name)
        with source.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, catalogue)
    return len(sources)


if __name__ == "__main__":
    compile_all()
