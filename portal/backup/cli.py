"""`portal backup`, `portal restore` and `portal keys`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from portal.backup.errors import BackupError
from portal.config import load_settings_or_exit
from portal.vault import VaultError

if TYPE_CHECKING:
    from portal.app import Portal
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
        click.echo(f"{file} is whole: {_words(taken)}. {taken.unchecked}".rstrip())
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
    """The key that seals backups, and the one that seals values in the database."""


@keys.command()
@click.option("--values", is_flag=True, help="The key of sealed values, not of backups.")
def new(*, values: bool) -> None:
    """Make a new key for what is to come; what is older is still read with the keys before."""
    from portal import vault
    from portal.backup import api

    settings = load_settings_or_exit()
    path = vault.key_file(settings) if values else api.key_file(settings)
    name = _or_complain(lambda: vault.add_key(path) if values else api.add_key(path))
    click.echo(f"{path}: {name}. Keep a copy of this file away from here and from the backups.")
    if values:
        click.echo("`portal keys rotate` wraps the values that are there for the new key.")


@keys.command()
def rotate() -> None:
    """Wrap every sealed value for the newest key, while the portal runs. Run it again if it was stopped."""
    from portal import create_app, migrate
    from portal.rotation import rotate as run
    from portal.vault import Vault

    app = create_app(load_settings_or_exit())
    if not migrate.is_current(app):
        raise click.ClickException("The database is not up to date. Run `portal db upgrade` first.")
    with app.app_context(), _bar("Wrapping values") as progress:
        outcome = _or_complain(lambda: run(Vault(app.settings), progress))
    click.echo(f"{outcome.done:,} values are wrapped for the newest key now.")
    for name in _switched_off(app):
        click.echo(f"{name} is switched off: what it sealed still needs the older keys.")
    for line in outcome.refused:
        click.echo(line, err=True)
    if outcome.refused:
        raise click.ClickException(f"{len(outcome.refused):,} values were left as they are.")


def _switched_off(app: Portal) -> list[str]:
    from portal.plugin_host.boot import host_of

    plugins = host_of(app).registry.plugins.values()
    return sorted(plugin.name for plugin in plugins if plugin.state != "active")


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on the error stream."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task(title, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


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
    except (BackupError, VaultError) as error:
        raise click.ClickException(str(error)) from None
