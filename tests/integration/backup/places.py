"""A college to back up, and a place to put it back: rows and files, looked at without what is tested."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from portal import create_app, migrate, vault
from portal.backup import api
from portal.config import Settings, load_settings
from portal.db import db, sqlite_module, unit_of_work
from portal.files.api import content
from portal.files.models import StoredFile
from portal.plugin_api.testing import SECRET, Database
from tests.factories.courses import make_course
from tests.factories.files import big_pdf, make_file, picture

ROUNDS = 20 if os.environ.get("SOAK") == "1" else 1
ENGINES = ("sqlite", "postgresql")
_known: list[frozenset[str]] = []


@dataclass
class Place:
    """A portal's database and data folder."""

    database: Database
    settings: Settings

    @property
    def files(self) -> Path:
        return self.settings.data_dir / "files"

    def known(self) -> frozenset[str]:
        if not _known:  # the same for every place of this installation, and an app to find out
            _known.append(migrate.known_revisions(create_app(self.settings)))
        return _known[0]

    def put_back(self, source: Path, **options: Any) -> api.Taken:
        return api.put_back(self.settings, source, self.known(), **options)

    def rows(self) -> dict[str, list[str]]:
        """Every row of every table, read here and not by what is tested."""
        module = {"module": sqlite_module()} if self.database.engine_name == "sqlite" else {}
        engine = sa.create_engine(self.database.url, **module)
        try:
            with engine.connect() as connection:
                return {
                    name: sorted(map(repr, connection.execute(sa.text(f'SELECT * FROM "{name}"'))))
                    for name in sa.inspect(connection).get_table_names()
                }
        finally:
            engine.dispose()

    def bytes(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.settings.data_dir)): path.read_bytes()
            for path in sorted(self.files.rglob("*"))
            if path.is_file()
        }

    def opened(self) -> dict[str, str]:
        """The hash of every file as it is given out, by its name, after the one that its row has."""
        app = create_app(self.settings)
        with app.app_context():
            with unit_of_work("read") as session:
                rows = session.execute(sa.select(StoredFile.id, StoredFile.name, StoredFile.sha256))
                hashes = {
                    row.name: (row.sha256, hashlib.sha256(b"".join(content(session, row.id))))
                    for row in rows.all()
                }
            db.engine.dispose()
        assert all(said == found.hexdigest() for said, found in hashes.values())
        return {name: said for name, (said, _found) in hashes.items()}


@dataclass(frozen=True)
class Saved:
    """A backup, its keys, and what it must give back."""

    file: Path
    key: bytes
    value_key: bytes
    rows: dict[str, list[str]]
    files: dict[str, bytes]


def make_place(engine_name: str, folder: Path) -> Place:
    folder.mkdir()
    database = Database(engine_name, folder, f"portal_backup_{secrets.token_hex(6)}")
    settings = load_settings(
        environment="test", secret_key=SECRET, database_url=database.url, data_dir=folder
    )
    return Place(database, settings)


def fill(place: Place) -> None:
    app = create_app(place.settings)
    migrate.upgrade(app)
    api.add_key(api.key_file(place.settings))
    vault.add_key(vault.key_file(place.settings))
    with app.app_context():
        with unit_of_work() as session:
            make_file(session, big_pdf(150_000), "receipt.pdf")
            make_file(session, picture("PNG"), "receipt.png")
            for title in ("Sömnens väg – 眠り", "'; DROP TABLE person; --", "Nöje\nför alla\t\x1f"):
                make_course(session, title=title)
        db.engine.dispose()


def give_keys(place: Place, saved: Saved) -> None:
    """The keys that belong to a backup, which are not in it."""
    api.key_file(place.settings).write_bytes(saved.key)
    vault.key_file(place.settings).write_bytes(saved.value_key)


def nothing_left(place: Place) -> bool:
    """True when no unsealed copy and no half of a backup lies about."""
    return not [
        *place.settings.data_dir.glob(".backup-*"),
        *place.settings.data_dir.parent.rglob("*.part"),
    ]


def add_course(place: Place) -> None:
    """Something has happened since the backup."""
    app = create_app(place.settings)
    with app.app_context():
        with unit_of_work() as session:
            make_course(session, title="Since then")
        db.engine.dispose()
