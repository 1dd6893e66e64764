"""Pieces of pages that are kept: made once for the same parts, and never given for others."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from portal.app import Portal
from portal.ui.pieces import kept_piece


@pytest.fixture
def engine_name() -> str:
    """A piece asks no database."""
    return "sqlite"


def piece(app: Portal, made: list[str], *parts: object, mounted: str = "") -> Markup:
    def make() -> str:
        made.append(f"<p>{len(made)}</p>")
        return made[-1]

    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": mounted}):
        return kept_piece("a test", *parts, make=make)


def test_piece_is_made_once_for_the_same_parts(app: Portal) -> None:
    made: list[str] = []

    first, again = (piece(app, made, "words", 1) for _ in range(2))

    assert first == again == Markup("<p>0</p>")
    assert len(made) == 1


def test_piece_of_other_parts_or_another_place_is_another(app: Portal) -> None:
    made: list[str] = []

    found = [
        piece(app, made, "other words", 1),
        piece(app, made, "other words", 2),
        piece(app, made, "other words", 1, mounted="/college"),
    ]

    assert len(set(found)) == len(made) == 3
