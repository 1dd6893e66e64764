"""Further pages about oneself, which rooms above bring: links on "My details"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from portal.plugin_api.types import Words

EXTENSION = "portal_own_pages"  # in app.extensions


def add_own_page(app: Flask, label: Words, endpoint: str) -> None:
    """Link a page that everybody who is signed in has of their own. Called at boot."""
    app.extensions.setdefault(EXTENSION, []).append((label, endpoint))


def own_pages(app: Flask) -> list[tuple[Words, str]]:
    """(label, endpoint) of each, in the order of the rooms."""
    found: list[tuple[Words, str]] = app.extensions.get(EXTENSION, [])
    return found
