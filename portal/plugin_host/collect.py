"""Ask one plugin for all it declares, and check each part by itself.

Every fault is a `BootError` that names the plugin, the hook and what is wrong. Conflicts between
plugins are found later, in `boot`.
"""

from __future__ import annotations

import difflib
import importlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import pluggy
import sqlalchemy as sa
from flask import Blueprint
from sqlalchemy.orm import registry as mapper_registry

from portal.db import metadata
from portal.plugin_api.events import Event
from portal.plugin_api.notices import NoticeKind, TaskKind
from portal.plugin_api.personal import ConsentKind, Look, PrivacySource
from portal.plugin_api.types import (
    CONTRACT_VERSION,
    Check,
    Job,
    Manifest,
    MigrationBranch,
    Permission,
    Setting,
    TranslationFolder,
)
from portal.plugin_host.registry import BootError, Plugin, Registration

NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
PURPOSE = re.compile(r"[a-z][a-z0-9_]*:[a-z][a-z0-9_]*\Z")
PERMISSION = re.compile(r"[a-z][a-z0-9_]*:[a-z][a-z0-9_]*:[a-z][a-z0-9_]*\Z")
SHORTEST_INTERVAL = 60  # seconds; the worker looks once a minute


def check_hook_names(plugin: Plugin, manager: pluggy.PluginManager) -> None:
    """Refuse an implementation of a hook that does not exist, with the nearest name that does."""
    known = [
        name
        for name, caller in vars(manager.hook).items()
        if isinstance(caller, pluggy.HookCaller) and caller.has_spec()
    ]
    for caller in manager.get_hookcallers(plugin.module) or ():
        if not caller.has_spec():
            near = difflib.get_close_matches(caller.name, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise BootError(f"plugin {plugin.name!r}: there is no hook {caller.name!r}{hint}")


def collect(plugin: Plugin, manager: pluggy.PluginManager) -> Registration:
    """Everything the plugin declares.

    Raises:
        BootError: naming the hook and what is wrong with its answer.
    """
    ask = _Asker(plugin, manager)
    manifest = ask.one("manifest", Manifest)
    _check_manifest(plugin, manifest)
    _import_models(plugin, ask.many("model_modules", str))
    registration = Registration(
        manifest=manifest,
        blueprints=ask.many("blueprints", Blueprint),
        permissions=ask.many("permissions", Permission),
        events=ask.many("event_types", type),
        handlers=ask.many("event_handlers", tuple),
        settings=ask.many("settings", Setting),
        jobs=ask.many("jobs", Job),
        commands=ask.many("commands", click.Command),
        privacy=ask.many("privacy_sources", PrivacySource),
        migrations=ask.many("migrations", MigrationBranch),
        translations=ask.many("translations", TranslationFolder),
        checks=ask.many("checks", Check),
        notices=ask.many("notices", NoticeKind),
        tasks=ask.many("task_kinds", TaskKind),
        consents=ask.many("consent_kinds", ConsentKind),
        looks=ask.many("looks", Look),
    )
    _check_keys(plugin, registration)
    return registration


class _Asker:
    """Calls one plugin's own implementation of a registration hook."""

    def __init__(self, plugin: Plugin, manager: pluggy.PluginManager) -> None:
        self.plugin = plugin
        self.manager = manager

    def call(self, hook: str) -> Any:
        caller = getattr(self.manager.hook, hook)
        for implementation in caller.get_hookimpls():
            if implementation.plugin is self.plugin.module:
                try:
                    return implementation.function()
                except Exception as error:
                    raise BootError(
                        f"plugin {self.plugin.name!r}: hook {hook!r} failed: "
                        f"{type(error).__name__}: {error}"
                    ) from error
        return None

    def one(self, hook: str, kind: type[Manifest]) -> Manifest:
        value = self.call(hook)
        if not isinstance(value, kind):
            raise BootError(
                f"plugin {self.plugin.name!r}: hook {hook!r} must return a {kind.__name__}, "
                f"not {type(value).__name__}"
            )
        return value

    def many(self, hook: str, kind: type[Any]) -> tuple[Any, ...]:
        value = self.call(hook)
        if value is None:
            return ()
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise BootError(
                f"plugin {self.plugin.name!r}: hook {hook!r} must return a list of "
                f"{kind.__name__}, not {type(value).__name__}"
            )
        items = tuple(value)
        for item in items:
            if not isinstance(item, kind):
                raise BootError(
                    f"plugin {self.plugin.name!r}: hook {hook!r} must return {kind.__name__}s, "
                    f"but one is {item!r}"
                )
        return items


def _check_manifest(plugin: Plugin, manifest: Manifest) -> None:
    if not NAME.match(manifest.name):
        raise BootError(
            f"plugin {plugin.name!r} ({plugin.origin}): the name {manifest.name!r} must be "
            "lower-case letters, digits and underscores"
        )
    if manifest.name != plugin.name:
        raise BootError(
            f"plugin {plugin.name!r} ({plugin.origin}): its manifest calls it {manifest.name!r}; "
            "the entry point and the manifest must agree"
        )
    if manifest.contract != CONTRACT_VERSION:
        raise BootError(
            f"plugin {plugin.name!r} was written for contract {manifest.contract}; "
            f"this portal speaks contract {CONTRACT_VERSION}"
        )


def _import_models(plugin: Plugin, names: Iterable[str]) -> None:
    registries: set[mapper_registry] = set()
    for name in names:
        try:
            module = importlib.import_module(name)
        except Exception as error:
            raise BootError(
                f"plugin {plugin.name!r}: models {name!r} cannot be imported: "
                f"{type(error).__name__}: {error}"
            ) from error
        if plugin.core:
            continue
        for item in vars(module).values():
            _check_table(plugin, name, item if isinstance(item, sa.Table) else _table_of(item))
            if _table_of(item) is not None:
                registries.add(item.registry)
    for one in registries:
        try:
            one.configure(cascade=True)
        except Exception as error:
            raise BootError(
                f"plugin {plugin.name!r}: its models do not fit together: {error}"
            ) from error


def _table_of(item: object) -> sa.Table | None:
    """The table of a mapped class; None for anything else, and for models of the core."""
    table = getattr(item, "__table__", None) if isinstance(item, type) else None
    if table is None or item.__module__.startswith("portal."):
        return None
    return table if isinstance(table, sa.Table) else None


def _check_table(plugin: Plugin, module: str, table: sa.Table | None) -> None:
    if table is None or table.name.startswith(f"{plugin.name}_"):
        return
    if metadata.tables.get(table.name) is table:
        metadata.remove(table)  # or every later autogenerate and boot would meet it
    raise BootError(
        f"plugin {plugin.name!r}: table {table.name!r} in {module} is outside its prefix "
        f"'{plugin.name}_'; declare it with plugin_base({plugin.name!r})"
    )


def _check_keys(plugin: Plugin, found: Registration) -> None:
    for permission in found.permissions:
        if not PERMISSION.match(permission.key) or not _owns(plugin, permission.key):
            raise BootError(
                f"plugin {plugin.name!r}: permission {permission.key!r} must be written "
                f"'{plugin.name}:thing:verb'"
            )
    for look in found.looks:
        if not PERMISSION.match(look.action) or not _owns(plugin, look.action):
            raise BootError(
                f"plugin {plugin.name!r}: look {look.action!r} must be written "
                f"'{plugin.name}:thing:verb'"
            )
    for value in found.settings:
        if not _owns(plugin, value.key):
            raise BootError(
                f"plugin {plugin.name!r}: setting {value.key!r} must start with '{plugin.name}:'"
            )
    for job in found.jobs:
        if job.every.total_seconds() < SHORTEST_INTERVAL:
            raise BootError(
                f"plugin {plugin.name!r}: job {job.name!r} runs more than once a minute"
            )
    _check_words(plugin, found)
    _check_events(plugin, found)
    _check_folders(plugin, found)


def _check_words(plugin: Plugin, found: Registration) -> None:
    keys = [one.purpose for one in found.notices] + [one.kind for one in found.tasks]
    for key in (*keys, *(one.kind for one in found.consents)):
        if not PURPOSE.match(key) or not _owns(plugin, key):
            raise BootError(
                f"plugin {plugin.name!r}: notice, task or consent {key!r} must be written "
                f"'{plugin.name}:thing'"
            )


def _owns(plugin: Plugin, key: str) -> bool:
    return plugin.core or key.startswith(f"{plugin.name}:")


def _check_events(plugin: Plugin, found: Registration) -> None:
    for event in found.events:
        if not issubclass(event, Event) or not _owns(plugin, getattr(event, "event_type", "")):
            raise BootError(
                f"plugin {plugin.name!r}: event {event.__qualname__} needs an event_type that "
                f"starts with '{plugin.name}:'"
            )
    for pair in found.handlers:
        match pair:
            case (type(), function) if callable(function):
                continue
        raise BootError(
            f"plugin {plugin.name!r}: event_handlers must return pairs of an event class and "
            f"a function, but one is {pair!r}"
        )


def _check_folders(plugin: Plugin, found: Registration) -> None:
    for branch in found.migrations:
        _check_folder(plugin, "migrations", branch.folder)
        if branch.name != plugin.name:
            raise BootError(
                f"plugin {plugin.name!r}: its migration branch is called {branch.name!r}"
            )
    for translation in found.translations:
        _check_folder(plugin, "translations", translation.folder)


def _check_folder(plugin: Plugin, hook: str, folder: Path) -> None:
    if not folder.is_dir():
        raise BootError(f"plugin {plugin.name!r}: hook {hook!r} names {folder}, which is no folder")
