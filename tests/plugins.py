"""Plugins made up on the spot: a module with just the hooks that a test is about."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from flask import Blueprint

from portal.plugin_api import Manifest, hookimpl

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
