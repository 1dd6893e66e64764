"""Plugins made up on the spot: a module with just the hooks that a test is about."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

from flask import Blueprint

from portal.plugin_api import Manifest, RouteSample, hookimpl

Plugin = tuple[str, ModuleType]


def make_plugin(name: str, *, required: bool = False, **hooks: Callable[..., Any]) -> Plugin:
    """A plugin called `name` with a manifest and the given implementations, by hook name."""
    module = ModuleType(f"made_up_{name}")
    hooks.setdefault("manifest", lambda: Manifest(name, name.title(), "1", required=required))
    for hook, function in hooks.items():
        setattr(module, hook, hookimpl(function))
    return name, module


def returning(value: Any) -> Callable[[], Any]:
    """An implementation without arguments that answers `value`."""
    return lambda: value


def blueprint(name: str, views: dict[str, Callable[..., Any]], **options: Any) -> Blueprint:
    """A blueprint with one view for each address."""
    made = Blueprint(name, __name__, **options)
    for address, view in views.items():
        made.add_url_rule(address, view_func=view, endpoint=address.strip("/") or "index")
    return made


def bundled() -> list[str]:
    """The plugins that come with the portal, by name."""
    found = entry_points(group="recovery_portal.plugins")
    return sorted(one.name for one in found if one.value.startswith("plugins."))


def samples_of(plugin: str) -> list[RouteSample]:
    """How a bundled plugin says that its pages are called."""
    (entry,) = (one for one in entry_points(group="recovery_portal.plugins") if one.name == plugin)
    return list(entry.load().route_samples())
