"""What a switched-off plugin left in the database: its tables, and what the core keeps under its name.

All of it is exported before it is removed. The record of actions stays: it says who did what, for good.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.db import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal.plugin_host.registry import Registry

# The core's tables whose rows belong to whoever named their kind, and the column with the name.
NAMED = (
    ("desk_task", "kind"),
    ("event_outbox", "type"),
    ("job_run", "name"),
    ("message", "purpose"),
    ("retention_run", "key"),
    ("setting_value", "key"),
)


class PurgeRefusedError(Exception):
    """The plugin may not be purged now; the message says why and what to do."""


def export_tables(session: Session, registry: Registry, name: str, target: Path) -> int:
    """Write every row of the plugin's tables to `target` as JSON; returns the number of rows.

    Raises:
        PurgeRefusedError: unknown, still enabled, part of the core, or the file exists.
    """
    plugin = registry.plugins.get(name)
    if plugin is None:
        raise PurgeRefusedError(f"no plugin called {name!r} is installed")
    if plugin.core or plugin.state == "active":
        raise PurgeRefusedError(f"{name!r} is in use; take it out of PORTAL_PLUGINS first")
    tables = plugin_tables(session, name)
    content = {
        one: [dict(row) for row in session.execute(sa.select(table).where(of_it)).mappings()]
        for one, table, of_it in _named(name)
    }
    content |= {
        table: [
            dict(row) for row in session.execute(sa.select(_reflect(session, table))).mappings()
        ]
        for table in tables
    }
    try:
        # For its owner alone: people's own words are in it. On the disk before anything is deleted.
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise PurgeRefusedError(f"{target} exists already; choose another file") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, default=str, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(descriptor)
    return sum(len(rows) for rows in content.values())


def remove_named(session: Session, name: str) -> int:
    """Delete what the core keeps under the plugin's name: tasks, messages, events, settings, times of jobs.

    Returns the number of rows.
    """
    deletions = [sa.delete(table).where(of_it) for _one, table, of_it in _named(name)]
    results = [session.execute(one) for one in deletions]
    return sum(int(getattr(one, "rowcount", 0)) for one in results)


def _named(name: str) -> Iterator[tuple[str, sa.Table, sa.ColumnElement[bool]]]:
    """(table, the table, which rows), those first that hang on others. Kinds are called `plugin:kind`."""
    table = metadata.tables
    prefix = f"{name}:"
    events = sa.select(table["event_outbox"].c.id).where(
        table["event_outbox"].c.type.startswith(prefix, autoescape=True)
    )
    tasks = sa.select(table["desk_task"].c.id).where(
        table["desk_task"].c.kind.startswith(prefix, autoescape=True)
    )
    yield "desk_try", table["desk_try"], table["desk_try"].c.task_id.in_(tasks)
    delivery = table["event_delivery"]
    told = sa.or_(
        delivery.c.event_id.in_(events), delivery.c.handler.startswith(prefix, autoescape=True)
    )
    yield "event_delivery", delivery, told
    for one, column in NAMED:
        yield one, table[one], table[one].c[column].startswith(prefix, autoescape=True)


def plugin_tables(session: Session, name: str) -> list[str]:
    """Names of the tables in the database that carry the plugin's prefix."""
    core = {
        table.name
        for table in metadata.tables.values()
        if table.info.get("branch", "core") == "core"
    }
    names = sa.inspect(session.connection()).get_table_names()
    return sorted(one for one in names if one.startswith(f"{name}_") and one not in core)


def _reflect(session: Session, table: str) -> sa.Table:
    return sa.Table(table, sa.MetaData(), autoload_with=session.connection())
