"""Bring the plugins up: find, collect, compare, mount. Nothing here writes to the database.

In development and tests a fault stops the boot. In production the faulty plugin is quarantined: it
takes no part, the health check is red, and everything else works; unless its manifest says `required`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pluggy
import structlog

from portal.db import Base, db, metadata
from portal.plugin_api import hookspecs
from portal.plugin_api.dispatch import HOST
from portal.plugin_api.events import CORE_EVENTS
from portal.plugin_host.collect import check_hook_names, collect
from portal.plugin_host.discover import Candidate, candidates, core_plugins, load
from portal.plugin_host.dispatch import Host
from portal.plugin_host.merging import pointers
from portal.plugin_host.registry import BootError, Plugin, Registration, Registry
from portal.plugin_host.routes import (
    access_table,
    check_known_permissions,
    enforce,
    mount,
    refuse_doubles,
    rehearse,
)
from portal.vault import VAULT, Vault

if TYPE_CHECKING:
    from portal.app import Portal
    from portal.plugin_api import Event
    from portal.plugin_host.registry import Handler

log = structlog.get_logger(__name__)
EXTENSION = "portal_host"
ROLE_PERMISSIONS = "portal_role_permissions"
PERMISSION_LABELS = "portal_permission_labels"  # key → words, for "what each role can see"


def start_plugins(app: Portal, given: Iterable[tuple[str, Any]] = ()) -> Host:
    """Load the core's rooms and the enabled plugins into the app.

    Raises:
        BootError: a fault in the core, or (not in production) in any plugin.
    """
    registry = Registry(events={event.event_type: event for event in CORE_EVENTS})
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    for room in core_plugins():
        _register(room, manager)
        _accept(registry, room, collect(room, manager))
    _check_privacy(registry, None)
    Base.registry.configure(cascade=True)
    names: set[str] = set()
    for candidate in _wanted(app, registry, candidates(given)):
        _start_one(app, registry, manager, candidate, names)
    manager.check_pending()
    for plugin in registry.active():
        if plugin.registration is not None:
            mount(app, plugin, plugin.registration)
    refuse_doubles(app, "the portal")
    host = Host(registry, manager)
    app.extensions[EXTENSION] = host
    app.extensions[ROLE_PERMISSIONS] = registry.role_permissions()
    app.extensions[PERMISSION_LABELS] = {
        key: permission.label for key, permission in registry.permissions.items()
    }
    with app.app_context():
        db.sessionmaker.configure(info={HOST: host, VAULT: Vault(app.settings)})
    return host


def seal_routes(app: Portal) -> None:
    """Once every route is mounted: refuse one without a rule, and enforce the rules from now on."""
    registry = host_of(app).registry
    registry.access = access_table(app)
    check_known_permissions(registry)
    enforce(app, registry)


def host_of(app: Any) -> Host:
    """The app's host."""
    host: Host = app.extensions[EXTENSION]
    return host


def _wanted(app: Portal, registry: Registry, found: list[Candidate]) -> list[Candidate]:
    enabled = app.settings.plugins
    if enabled is None:
        return found
    missing = sorted(set(enabled) - {candidate.name for candidate in found})
    if missing:
        raise BootError(f"PORTAL_PLUGINS names {', '.join(missing)}, which is not installed")
    for candidate in found:
        if candidate.name not in enabled:
            _keep_disabled(registry, candidate)
    return [candidate for candidate in found if candidate.name in enabled]


def _keep_disabled(registry: Registry, candidate: Candidate) -> None:
    registry.plugins[candidate.name] = Plugin(
        candidate.name,
        candidate.module,
        core=False,
        origin=candidate.origin,
        state="disabled",
        load=candidate.entry.load if candidate.entry else None,
    )


def _start_one(
    app: Portal,
    registry: Registry,
    manager: pluggy.PluginManager,
    candidate: Candidate,
    names: set[str],
) -> None:
    plugin = Plugin(candidate.name, candidate.module, core=False, origin=candidate.origin)
    registration: Registration | None = None
    try:
        plugin = load(candidate)
        _register(plugin, manager)
        registration = collect(plugin, manager)
        rehearse(plugin, registration, names)
        _check_conflicts(registry, plugin, registration)
        _check_privacy(registry, registration)
    except BootError as error:
        required = registration is not None and registration.manifest.required
        if app.settings.strict_boot or required:
            raise
        plugin.state, plugin.error, plugin.registration = "quarantined", str(error), None
        registry.plugins[plugin.name] = plugin
        if plugin.module is not None and manager.is_registered(plugin.module):
            manager.unregister(plugin.module)
        log.error("plugin_quarantined", plugin=plugin.name, error=str(error))
        return
    _accept(registry, plugin, registration)


def _register(plugin: Plugin, manager: pluggy.PluginManager) -> None:
    try:
        manager.register(plugin.module, name=plugin.name)
    except (pluggy.PluginValidationError, ValueError) as error:
        raise BootError(f"plugin {plugin.name!r}: {error}") from error
    check_hook_names(plugin, manager)


def _check_conflicts(registry: Registry, plugin: Plugin, new: Registration) -> None:
    for kind, keys, taken in (
        ("permission", [item.key for item in new.permissions], registry.permissions),
        ("event", [item.event_type for item in new.events], registry.events),
        ("setting", [item.key for item in new.settings], registry.settings),
        ("notice", [item.purpose for item in new.notices], registry.notices),
        ("task", [item.kind for item in new.tasks], registry.tasks),
        ("consent", [item.kind for item in new.consents], registry.consents),
        ("look", [item.action for item in new.looks], registry.looks),
        ("event handler", [_handler_key(plugin, pair) for pair in new.handlers], registry.handlers),
    ):
        for number, key in enumerate(keys):
            if key in taken or key in keys[:number]:
                raise BootError(f"plugin {plugin.name!r}: {kind} {key!r} is declared twice")
    for event, handler in new.handlers:
        if event.event_type not in registry.events and event not in new.events:
            raise BootError(
                f"plugin {plugin.name!r}: {handler.__qualname__} waits for "
                f"{event.event_type!r}, which nobody publishes"
            )


def _check_privacy(registry: Registry, new: Registration | None) -> None:
    """Refuse a table that points at a person and says nothing about why, export and erasure, or about what
    becomes of its rows when two records of one person become one.
    """
    declared = dict(registry.privacy)
    branch = "core"
    if new is not None:
        declared.update({source.table: source for source in new.privacy})
        branch = new.manifest.name
    for table in metadata.tables.values():
        if table.info.get("branch", "core") != branch:
            continue
        for column in pointers(table.name):
            source = declared.get(table.name)
            where = f"plugin {branch!r}: {table.name}.{column.name} points at a person, but"
            if source is None:
                raise BootError(
                    f"{where} no privacy_sources() entry covers the table {table.name!r}"
                )
            if source.merge is None:
                raise BootError(
                    f"{where} its PrivacySource has no `merge`: what becomes of its rows when two records "
                    "are one person's?"
                )


def _handler_key(plugin: Plugin, pair: tuple[type[Event], Handler]) -> str:
    """The name under which deliveries are stored: it says which function, not which file it moved to."""
    event, function = pair
    return f"{plugin.name}:{event.event_type}:{function.__qualname__}"


def _accept(registry: Registry, plugin: Plugin, new: Registration) -> None:
    _check_conflicts(registry, plugin, new)
    plugin.registration = new
    registry.plugins[plugin.name] = plugin
    registry.permissions.update({item.key: item for item in new.permissions})
    registry.events.update({item.event_type: item for item in new.events})
    registry.settings.update({item.key: item for item in new.settings})
    registry.notices.update({item.purpose: item for item in new.notices})
    registry.tasks.update({item.kind: item for item in new.tasks})
    registry.consents.update({item.kind: item for item in new.consents})
    registry.looks.update({item.action: item for item in new.looks})
    registry.privacy.update({item.table: item for item in new.privacy})
    registry.jobs.update({f"{plugin.name}:{job.name}": job for job in new.jobs})
    registry.handlers.update({_handler_key(plugin, pair): pair for pair in new.handlers})
