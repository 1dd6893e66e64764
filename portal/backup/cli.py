"""`portal backup`, `portal restore` and `portal keys`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from portal.backup.errors import BackupError
from portal.config import load_settings_or_exit

if TYPE_CHECKING:
    from portal.backup.api import Taken

T = TypeVar("T")
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=_FILE)
def backup(file: Path) -> None:
    """Write the whole college, database and files, to FILE. The portal may run meanwhile."""
    from portal.backup import api

    taken = _or_complain(lambda: api.back_up(load_settings_or_exit(), file))
    click.echo(f"{file}: {_words(taken)}. Its key is not in it: keep them apart, and lose neither.")


@click.command()
@click.argument("file", type=_FILE)
@click.option("--key-file", type=_FILE, help="A key kept elsewhere.")
@click.option("--check", is_flag=True, help="Only read it and check it.")
@click.option("--replace", is_flag=True, help="Put it in the place of the college that is here.")
def restore(file: Path, key_file: Path | None, *, check: bool, replace: bool) -> None:
    """Put the college back as it was when FILE was written. Stop the portal first."""
    from portal.backup import api

    settings = load_settings_or_exit()
    if check:
        taken = _or_complain(lambda: api.check(settings, file, key_file))
        click.echo(f"{file} is whole: {_words(taken)}.")
        return
    known = _prepare()
    taken = _or_complain(
        lambda: api.put_back(settings, file, known, keys=key_file, replace=replace)
    )
    click.echo(f"Put back: {_words(taken)}. {taken.kept}".rstrip())
    click.echo(
        "Now run `portal db upgrade`, then `portal privacy replay`, so that whoever was erased since "
        "stays erased. Then start the portal."
    )


@click.group()
def keys() -> None:
    """The key that seals backups."""


@keys.command()
def new() -> None:
    """Make a new key for the backups to come; older ones are still read with the keys before."""
    from portal.backup import api

    path = api.key_file(load_settings_or_exit())
    public = _or_complain(lambda: api.add_key(path))
    click.echo(f"{path}: {public}. Keep a copy of this file away from here and from the backups.")


def _prepare() -> frozenset[str]:
    """The migrations of this installation. Erasures in a database that is here are noted beside it first."""
    from portal import create_app, migrate
    from portal.db import db, unit_of_work
    from portal.privacy.api import note_erasures

    app = create_app(load_settings_or_exit())
    if migrate.is_current(app):
        with app.app_context():
            with unit_of_work("read") as session:
                note_erasures(session)
            db.engine.dispose()
    return migrate.known_revisions(app)


def _words(taken: Taken) -> str:
    return f"{taken.rows:,} rows and {taken.files:,} files of {taken.made_at}"


def _or_complain(work: Callable[[], T]) -> T:
    try:
        return work()
    except BackupError as error:
        raise click.ClickException(str(error)) from None
