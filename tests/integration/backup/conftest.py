"""A college with its backup, and places for it of the test's own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal import vault
from portal.backup import api
from tests.factories.demo import engine_or_skip
from tests.integration.backup.places import (
    ENGINES,
    Place,
    Saved,
    fill,
    give_keys,
    make_place,
)


@pytest.fixture(scope="session", params=ENGINES)
def original(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Place, Saved]]:
    """A college with rows and files, only looked at, and its backup."""
    folder = tmp_path_factory.mktemp("original")
    place = make_place(engine_or_skip(request.param), folder / "college")
    fill(place)
    target = folder / "monday.portal-backup"
    api.back_up(place.settings, target)
    keys = [
        path.read_bytes() for path in (api.key_file(place.settings), vault.key_file(place.settings))
    ]
    yield place, Saved(target, *keys, place.rows(), place.bytes())
    place.database.drop()


@pytest.fixture
def empty(original: tuple[Place, Saved], tmp_path: Path) -> Iterator[Place]:
    """A place for it, with the keys."""
    place = make_place(original[0].database.engine_name, tmp_path / "place")
    give_keys(place, original[1])
    yield place
    place.database.drop()


@pytest.fixture
def saved(original: tuple[Place, Saved], tmp_path: Path) -> Path:
    """The backup, in a file of the test's own."""
    return Path(shutil.copy(original[1].file, tmp_path / "monday.portal-backup"))


@pytest.fixture
def college(empty: Place, saved: Path) -> Place:
    """A college of the test's own."""
    empty.put_back(saved)
    return empty
