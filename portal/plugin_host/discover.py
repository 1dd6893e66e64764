"""Find installed plugins through their entry points, and the rooms of the core by name."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

from portal.plugin_api.types import MigrationBranch
from portal.plugin_host.registry import BootError, Plugin

GROUP = "recovery_portal.plugins"

# The core implements its own hooks, so the contract is used from the first day. In this order their
# pages, cards and demo data come.
CORE_ROOMS = (
    "plugin_host",
    "audit",
    "messages",
    "files",
    "privacy",
    "accounts",
    "desk",
    "concerns",
    "courses",
    "enrolment",
    "facilitators",
    "home",
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plugin that could be loaded: its name, where it came from, and how to get its module."""

    name: str
    origin: str
    module: Any = None  # given, or loaded through the entry point
    entry: Any = None


def core_plugins() -> list[Plugin]:
    """The core's rooms. A fault in one of them is a fault of the portal: it is never caught."""
    return [
        Plugin(name, importlib.import_module(f"portal.{name}.plugin"), core=True, origin="core")
        for name in CORE_ROOMS
    ]


def candidates(given: Iterable[Any]) -> list[Candidate]:
    """Installed plugins in order of name, then those given as (name, module) pairs by a test or a host.

    Raises:
        BootError: two of them, or one of them and a room of the core, have the same name.
    """
    found = [
        Candidate(
            entry.name, f"{entry.dist.name if entry.dist else '?'} ({entry.value})", entry=entry
        )
        for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
    ]
    found += [
        Candidate(name, f"given as {getattr(module, '__name__', module)!r}", module=module)
        for name, module in given
    ]
    taken = {name: f"the core's room portal.{name}" for name in CORE_ROOMS}
    for one in found:
        if one.name in taken:
            raise BootError(
                f"two plugins are called {one.name!r}: {taken[one.name]} and {one.origin}; "
                "uninstall one, or leave it out of PORTAL_PLUGINS"
            )
        taken[one.name] = one.origin
    return found


def migration_branches(plugin: Plugin) -> Sequence[MigrationBranch]:
    """The migration branches of any installed plugin, active or not.

    Raises:
        BootError: it is not active and cannot be imported, so the database cannot be kept whole.
    """
    if plugin.registration is not None:
        return plugin.registration.migrations
    try:
        module = plugin.module or (plugin.load() if plugin.load else None)
        hook = getattr(module, "migrations", None)
        branches: Sequence[MigrationBranch] = hook() if hook else ()
    except Exception as error:
        raise BootError(
            f"plugin {plugin.name!r} is switched off, but its migrations are still needed and "
            f"cannot be read: {type(error).__name__}: {error}"
        ) from error
    return branches


def load(candidate: Candidate) -> Plugin:
    """Import a candidate's module.

    Raises:
        BootError: the import failed.
    """
    module = candidate.module
    if module is None:
        try:
            module = candidate.entry.load()
        except Exception as error:
            raise BootError(
                f"plugin {candidate.name!r} from {candidate.origin} cannot be imported: "
                f"{type(error).__name__}: {error}"
            ) from error
    return Plugin(candidate.name, module, core=False, origin=candidate.origin)
