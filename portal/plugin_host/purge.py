"""What a switched-off plugin left in the database: its tables, and their export before they are removed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.db import metadata

if TYPE_CHECKING:
    from portal.plugin_host.registry import Registry


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
        table: [
            dict(row) for row in session.execute(sa.select(_reflect(session, table))).mappings()
        ]
        for table in tables
    }
    try:
        with target.open("x", encoding="utf-8") as file:
            json.dump(content, file, default=str, ensure_ascii=False, indent=1)
    except FileExistsError:
        raise PurgeRefusedError(f"{target} exists already; choose another file") from None
    return sum(len(rows) for rows in content.values())


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
