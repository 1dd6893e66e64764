"""The `portal` command. Rooms and plugins bring groups of their own; this file only gathers them.

Rooms' commands stand at the top (`portal people`), plugins' under their name (`portal claims …`).
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from portal.backup.cli import backup, keys, restore
from portal.config import SettingsError, load_settings_or_exit

if TYPE_CHECKING:
    from portal.app import Portal

CONFIGURATION = Path("portal.toml")
WITHOUT_DATABASE = frozenset({"plugins", "routes"})  # of the rooms' commands


class PortalGroup(click.Group):
    """A group whose further commands come from the app, which is made only when one is asked for."""

    def list_commands(self, context: click.Context) -> list[str]:
        """The commands of this file and those of every active room and plugin."""
        return sorted({*super().list_commands(context), *_app_commands(_app(context))})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """A command of this file, else one of a room or plugin."""
        return super().get_command(context, name) or _app_commands(_app(context)).get(name)

    def invoke(self, context: click.Context) -> Any:
        """Run a command of a room or plugin inside the app's context."""
        name = (context._protected_args or [""])[0]  # noqa: SLF001 - click has no public way to peek
        if name in self.commands:
            return super().invoke(context)
        app = _app(context)
        if name not in WITHOUT_DATABASE:
            _refuse_stale_database(app)
        with app.app_context():
            return super().invoke(context)


def _app(context: click.Context) -> Portal:
    app: Portal | None = context.obj
    if app is None:
        app = context.obj = _make_app()
    return app


def _make_app() -> Portal:
    from portal import create_app
    from portal.plugin_host.registry import BootError

    try:
        return create_app(load_settings_or_exit())
    except (BootError, SettingsError) as error:
        raise click.ClickException(str(error)) from None


def _app_commands(app: Portal) -> dict[str, click.Command]:
    from portal.plugin_host.boot import host_of

    found: dict[str, click.Command] = {}
    for plugin in host_of(app).registry.active():
        commands = plugin.registration.commands if plugin.registration else ()
        named = {command.name or "": command for command in commands}
        if plugin.core:
            found |= named
        elif named:
            found[plugin.name] = click.Group(plugin.name, named, help=str(_title(plugin)))
    return found


def _title(plugin: Any) -> Any:
    return plugin.registration.manifest.title


@click.group(cls=PortalGroup)
@click.version_option(version("recovery-portal"))
def main() -> None:
    """The portal of a recovery college."""


@main.command()
def init() -> None:
    """Write a portal.toml with a fresh secret in this folder, and create the database."""
    import secrets

    if CONFIGURATION.exists():
        click.echo(f"{CONFIGURATION} exists already; it is left as it is.")
    else:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(CONFIGURATION, flags, 0o600), "w") as file:
            file.write(
                "# Settings of this portal; PORTAL_… in the environment goes before them.\n"
                f'secret_key = "{secrets.token_urlsafe(32)}"\n'
                'base_url = "http://127.0.0.1:8000"\n'
                'data_dir = "var"\n\n[college]\nname = "Our Recovery College"\n'
            )
        click.echo(f"{CONFIGURATION} written. Change the college's name and address in it.")
    app = _make_app()
    _upgrade(app)
    _make_keys(app)
    click.echo(
        "The database is ready. Next: `portal people create --name … --email … --role "
        "administrator`, then `portal serve`."
    )


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, envvar="PORT")
@click.option("--workers", default=2, show_default=True, envvar="PORTAL_WORKERS")
@click.option("--threads", default=8, show_default=True)
def serve(host: str, port: int, workers: int, threads: int) -> None:
    """Serve the portal."""
    from portal.plugin_host import metrics
    from portal.serve import serve as run

    app = _make_app()
    _refuse_stale_database(app)
    _refuse_without_key(app)
    metrics.share_among_processes(app)
    run(
        app,
        host=host,
        port=port,
        workers=workers,
        threads=threads,
        on_exit=metrics.forget_process,
    )


@main.command()
def worker() -> None:
    """Deliver events and messages, and run jobs, until stopped."""
    from portal.plugin_host.worker import worker_of

    app = _make_app()
    _refuse_stale_database(app)
    _refuse_without_key(app)
    worker_of(app).run()


@main.group("db")
def database() -> None:
    """Bring the database up to date, or check it."""


@database.command("upgrade")
def upgrade_command() -> None:
    """Bring every branch of migrations to its head."""
    _upgrade(_make_app())
    click.echo("The database is up to date.")


@database.command()
def check() -> None:
    """One head for each branch, and no difference between models and database."""
    from portal import migrate

    lines = migrate.faults(_make_app())
    for line in lines:
        click.echo(line)
    if lines:
        raise SystemExit(1)
    click.echo("Migrations and models agree.")


@database.command()
@click.argument("message")
@click.option("--branch", default="core", show_default=True)
@click.option("--id", "revision", required=True, help="Such as core_0002.")
def revision(message: str, branch: str, revision: str) -> None:
    """Write a revision from the difference between models and database."""
    from portal import migrate

    migrate.new_revision(_make_app(), branch, message, revision)


main.add_command(backup)
main.add_command(restore)
main.add_command(keys)


@main.group()
def demo() -> None:
    """The demo college: invented people, real kinds of courses."""


@demo.command()
@click.option("--if-empty", is_flag=True, help="Do nothing when there are people already.")
def seed(*, if_empty: bool) -> None:
    """Fill an empty database with the demo college."""
    from portal.home.api import DemoDataError, DemoRefusedError, PeopleHereError, seed_demo

    app = _make_app()
    with app.app_context():
        try:
            seeded = seed_demo(app)
        except (DemoRefusedError, DemoDataError) as error:
            if if_empty and isinstance(error, PeopleHereError):
                return
            raise click.ClickException(str(error)) from error
    click.echo(f"The demo college is ready: {seeded}.")


@demo.command("sign-ins")
def sign_ins() -> None:
    """One e-mail address for each role, and the password of them all."""
    from portal.accounts.api import demo_sign_ins

    for role, email, password in demo_sign_ins():
        click.echo(f"  {role:<14} {email:<36} {password}")


@main.command()
@click.pass_context
def doctor(context: click.Context) -> None:
    """Settings, database, plugins: what works, and what to do where something does not."""
    from portal.backup.api import key_file
    from portal.plugin_host.cli import doctor as plugins_doctor
    from portal.vault import Vault, VaultError

    app = _make_app()
    settings = app.settings
    click.echo(
        f"environment {settings.environment}, {settings.base_url}, data in {settings.data_dir}"
    )
    if not key_file(settings).exists():
        click.echo("No backup can be taken yet: `portal keys new` makes the key that seals them.")
    try:
        Vault(settings).current()
    except VaultError as error:
        click.echo(str(error))
    with app.app_context():
        context.invoke(plugins_doctor)


def _upgrade(app: Portal) -> None:
    from portal import migrate
    from portal.vault import VaultError

    try:
        migrate.upgrade(app)
    except (migrate.MigrationError, VaultError) as error:
        raise click.ClickException(str(error)) from None


def _make_keys(app: Portal) -> None:
    from portal import vault
    from portal.backup import api

    sealing = (
        (api.key_file(app.settings), api.add_key, "your backups"),
        (vault.key_file(app.settings), vault.add_key, "what is most private in the database"),
    )
    for path, add_key, what in sealing:
        if not path.exists():
            add_key(path)
            click.echo(f"{path} seals {what}. Keep a copy of it away from here, and never lose it.")


def _refuse_without_key(app: Portal) -> None:
    """Nobody's words may be lost for want of a key: better not to serve at all."""
    from portal.vault import Vault, VaultError

    try:
        Vault(app.settings).current()
    except VaultError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(3) from None


def _refuse_stale_database(app: Portal) -> None:
    from portal import migrate

    if not migrate.is_current(app):
        sys.stderr.write("The database is not up to date. Run `portal db upgrade` first.\n")
        raise SystemExit(3)
