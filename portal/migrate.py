"""Migrations: Alembic with one branch for the core and one for each installed plugin.

Every *installed* plugin's folder is read, enabled or not: leaving one out would make its rows in
`alembic_version` unknown and stop every upgrade. Foreign keys are off while SQLite migrates, because a
batch rebuild of a parent table would delete its children; they are checked before the commit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event
from sqlalchemy.pool import NullPool

from portal import resources
from portal.db import engine_options, metadata

if TYPE_CHECKING:
    from portal.app import Portal

CORE = "core"
ADVISORY_LOCK = 7_236_120_553  # any number that only this program uses


class MigrationError(Exception):
    """The database cannot be brought to the code's state; the message says where it stopped."""


def branch_folders(app: Portal) -> dict[str, Path]:
    """Branch name → folder of revisions, the core's first."""
    from portal.plugin_host.boot import host_of
    from portal.plugin_host.discover import migration_branches

    folders = {CORE: resources.folder("migrations") / "versions"}
    for plugin in host_of(app).registry.plugins.values():
        for branch in migration_branches(plugin):
            folders[branch.name] = branch.folder
    return folders


def alembic_config(app: Portal) -> Config:
    """Alembic's configuration, made in memory: there is no ini file to fall out of step."""
    config = Config()
    config.set_main_option("script_location", str(resources.folder("migrations")))
    config.set_main_option("path_separator", "newline")
    config.set_main_option(
        "version_locations", "\n".join(str(path) for path in branch_folders(app).values())
    )
    config.attributes["branches"] = frozenset(branch_folders(app))
    config.attributes["settings"] = app.settings  # for a revision that seals what is there
    return config


def upgrade(app: Portal) -> None:
    """Bring every branch to its head.

    Raises:
        MigrationError: a foreign key would point at nothing afterwards.
    """
    _run(app, lambda config: command.upgrade(config, "heads"))


def downgrade_branch(app: Portal, name: str) -> None:
    """Undo every revision of one plugin's branch, with its tables."""
    _run(app, lambda config: command.downgrade(config, f"{name}@base"))


def new_revision(app: Portal, branch: str, message: str, revision: str) -> None:
    """Write a revision file for a branch from the difference between models and database."""
    config = alembic_config(app)
    folder = branch_folders(app)[branch]
    has_revisions = any(folder.glob("*.py"))
    config.attributes["autogenerate_branch"] = branch
    with _connection(app) as connection:
        config.attributes["connection"] = connection
        command.revision(
            config,
            message,
            autogenerate=True,
            head=f"{branch}@head" if has_revisions else "base",
            branch_label=None if has_revisions else branch,
            version_path=str(folder),
            rev_id=revision,
        )


def heads(app: Portal) -> dict[str, list[str]]:
    """Branch → its head revisions; a healthy branch has one."""
    script = ScriptDirectory.from_config(alembic_config(app))
    found: dict[str, list[str]] = {}
    for revision in script.get_revisions("heads"):
        for label in sorted(revision.branch_labels):
            found.setdefault(label, []).append(revision.revision)
    return found


def known_revisions(app: Portal) -> frozenset[str]:
    """Every revision of this installation, of all branches."""
    script = ScriptDirectory.from_config(alembic_config(app))
    return frozenset(one.revision for one in script.walk_revisions())


def faults(app: Portal) -> list[str]:
    """What is wrong: branches with several heads, and differences between models and database."""
    lines = [
        f"branch {branch!r} has several heads: {', '.join(revisions)}"
        for branch, revisions in heads(app).items()
        if len(revisions) > 1
    ]
    with _connection(app) as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_object": object_filter(frozenset(branch_folders(app))),
                "compare_type": True,
                "compare_server_default": True,
            },
        )
        lines += [
            f"the database differs: {change}" for change in compare_metadata(context, metadata)
        ]
    return lines


def is_current(app: Portal) -> bool:
    """True when the database stands at every head."""
    with _connection(app) as connection:
        present = set(MigrationContext.configure(connection).get_current_heads())
    return present == {revision for revisions in heads(app).values() for revision in revisions}


def object_filter(branches: frozenset[str]) -> Any:
    """For autogenerate: only tables of the given branches; none that the models do not know.

    A table that stands only in the database is a search index, or belongs to a plugin whose models
    are not loaded: both are left alone.
    """

    def include(item: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
        table = item if kind == "table" else getattr(item, "table", None)
        if table is None:
            return True
        if kind == "table" and reflected and other is None:
            return False
        if name in metadata.info.get("unmapped", ()):
            return False  # made by a room's ddl.py, in words that SQLAlchemy does not know
        known = metadata.tables.get(table.name)
        return known is not None and known.info.get("branch", CORE) in branches

    return include


def _run(app: Portal, work: Any) -> None:
    config = alembic_config(app)
    with _connection(app) as connection:
        config.attributes["connection"] = connection
        if connection.dialect.name == "postgresql":
            # Whoever migrates at the same time may take longer than anybody waits for a row.
            connection.execute(sa.text("SET LOCAL lock_timeout = 0"))
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ADVISORY_LOCK)))
            connection.execute(sa.text("SET LOCAL lock_timeout TO DEFAULT"))
        work(config)
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise MigrationError(
                    f"rows would point at nothing: {broken[:5]}; nothing was changed"
                )


@contextmanager
def _connection(app: Portal) -> Iterator[sa.Connection]:
    """A connection of its own, in one transaction that commits at the end."""
    options = engine_options(app.settings)
    engine = sa.create_engine(options.pop("url"), poolclass=NullPool, **_without_pool(options))
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, record: Any) -> None:  # noqa: ARG001
            connection.isolation_level = None
            connection.execute("PRAGMA busy_timeout=30000")
            connection.execute("PRAGMA foreign_keys=OFF")
            # What a revision seals or drops must not lie on in pages that nobody uses any more.
            connection.execute("PRAGMA secure_delete=ON")

        @event.listens_for(engine, "begin")
        def begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    try:
        with engine.begin() as connection:
            yield connection
        if engine.dialect.name == "sqlite":
            with engine.connect() as connection:
                driver: Any = connection.connection.driver_connection
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # as long as nobody reads
    finally:
        engine.dispose()


def _without_pool(options: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in options.items() if not key.startswith("pool_")}
