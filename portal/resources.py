"""Where the core's migrations and translations lie: beside the package, or inside it.

In a checkout they are folders at the top of the project, where a developer looks for them. In the
wheel they travel inside the package (`portal/_resources`), because a wheel has no place of its own
outside its packages.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


def folder(name: Literal["migrations", "translations"]) -> Path:
    """The folder of that name, as an absolute path.

    Raises:
        FileNotFoundError: the installation is incomplete; the message names both places looked at.
    """
    installed, checkout = _PACKAGE / "_resources" / name, _PACKAGE.parent / name
    for place in (installed, checkout):
        if place.is_dir():
            return place
    raise FileNotFoundError(
        f"this installation has no {name}: looked in {installed} and {checkout}"
    )
