"""What the host knows about each plugin, and about all of them together. Data only; no decisions."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import click
from flask import Blueprint
from sqlalchemy.orm import Session

from portal.plugin_api.access import Access
from portal.plugin_api.events import Event
from portal.plugin_api.notices import NoticeKind, TaskKind
from portal.plugin_api.personal import ConsentKind, Look, PrivacySource
from portal.plugin_api.types import (
    Check,
    Job,
    Manifest,
    MigrationBranch,
    Permission,
    Setting,
    TranslationFolder,
)

State = Literal["active", "disabled", "quarantined"]
Handler = Callable[..., None]
FAULTS_KEPT = 200


class BootError(Exception):
    """The portal refuses to start. The message names the plugin and the place of the fault."""


@dataclass(frozen=True, slots=True)
class Registration:
    """All that one plugin declared at boot, each part already of the right type."""

    manifest: Manifest
    blueprints: tuple[Blueprint, ...] = ()
    permissions: tuple[Permission, ...] = ()
    events: tuple[type[Event], ...] = ()
    handlers: tuple[tuple[type[Event], Handler], ...] = ()
    settings: tuple[Setting, ...] = ()
    jobs: tuple[Job, ...] = ()
    commands: tuple[click.Command, ...] = ()
    privacy: tuple[PrivacySource, ...] = ()
    migrations: tuple[MigrationBranch, ...] = ()
    translations: tuple[TranslationFolder, ...] = ()
    checks: tuple[Check, ...] = ()
    notices: tuple[NoticeKind, ...] = ()
    tasks: tuple[TaskKind, ...] = ()
    consents: tuple[ConsentKind, ...] = ()
    looks: tuple[Look, ...] = ()


@dataclass(slots=True)
class Plugin:
    """An installed plugin or a room of the core. `error` says why it is quarantined."""

    name: str
    module: Any
    core: bool
    origin: str  # "core", or the distribution and entry point it came from
    state: State = "active"
    error: str = ""
    registration: Registration | None = None
    load: Callable[[], Any] | None = None  # imports the module of a plugin that is not active


@dataclass(frozen=True, slots=True)
class Fault:
    """A plugin's implementation failed while the portal was running."""

    at: datetime
    plugin: str
    hook: str
    error: str


@dataclass(slots=True)
class Registry:
    """Every plugin, and what the active ones declared, by key."""

    plugins: dict[str, Plugin] = field(default_factory=dict)
    permissions: dict[str, Permission] = field(default_factory=dict)
    events: dict[str, type[Event]] = field(default_factory=dict)
    handlers: dict[str, tuple[type[Event], Handler]] = field(default_factory=dict)
    settings: dict[str, Setting] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    privacy: dict[str, PrivacySource] = field(default_factory=dict)
    notices: dict[str, NoticeKind] = field(default_factory=dict)
    tasks: dict[str, TaskKind] = field(default_factory=dict)
    consents: dict[str, ConsentKind] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)
    access: dict[tuple[str, str], Access] = field(default_factory=dict)
    faults: deque[Fault] = field(default_factory=lambda: deque(maxlen=FAULTS_KEPT))

    def active(self) -> list[Plugin]:
        """Plugins that take part, core rooms first, in order of registration."""
        return [plugin for plugin in self.plugins.values() if plugin.state == "active"]

    def registrations(self) -> list[Registration]:
        """What the active plugins declared."""
        return [plugin.registration for plugin in self.active() if plugin.registration]

    def translation_folders(self) -> list[TranslationFolder]:
        """Folders of catalogues, the plugins' before the core's: the last one wins."""
        ordered = sorted(self.active(), key=lambda plugin: plugin.core)
        return [
            folder
            for plugin in ordered
            if plugin.registration
            for folder in plugin.registration.translations
        ]

    def role_permissions(self) -> dict[str, frozenset[str]]:
        """Role → keys of the permissions it carries."""
        bundles: dict[str, set[str]] = {}
        for permission in self.permissions.values():
            for role in permission.default_roles:
                bundles.setdefault(role, set()).add(permission.key)
        return {role: frozenset(keys) for role, keys in bundles.items()}


def own_work(session: Session) -> bool:
    """True when the session holds changes that are not flushed yet."""
    return bool(session.new or session.dirty or session.deleted)
