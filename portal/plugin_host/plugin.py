"""The host takes part in its own contract: its tables, checks, jobs and commands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click
from flask import Blueprint
from flask_babel import lazy_gettext as _l

from portal.plugin_api.hookspecs import hookimpl
from portal.plugin_api.types import Actor, Check, Job, Manifest, NavItem, Permission


@hookimpl
def manifest() -> Manifest:
    """The host itself."""
    return Manifest("plugin_host", _l("Plugins and health"), "1", required=True)


@hookimpl
def blueprints() -> Sequence[Blueprint]:
    """Health and settings pages, and the addresses that a load balancer asks."""
    from portal.plugin_host.views import bp

    return [bp]


@hookimpl
def permissions() -> Sequence[Permission]:
    """Who sees the portal's health, and who changes settings."""
    return [
        Permission("portal:health:see", _l("See how the portal is doing"), ["administrator"]),
        Permission("portal:settings:change", _l("Change settings"), ["administrator"]),
    ]


@hookimpl
def model_modules() -> Sequence[str]:
    """Deliveries, jobs and settings."""
    return ["portal.plugin_host.models"]


@hookimpl
def jobs() -> Sequence[Job]:
    """Housekeeping."""
    from portal.plugin_host.jobs import JOBS

    return JOBS


@hookimpl
def commands() -> Sequence[click.Command]:
    """`portal plugins …` and `portal routes`."""
    from portal.plugin_host.cli import plugins, routes

    return [plugins, routes]


@hookimpl
def nav_items(actor: Actor) -> Iterable[NavItem]:
    """Health and settings, for those who may see them."""
    if actor.can("portal:health:see"):
        yield NavItem(
            _l("How the portal is doing"),
            "plugin_host.health_page",
            order=90,
            area="staff",
            hint=_l("What works, what does not, and what to do about it"),
        )
    if actor.can("portal:settings:change"):
        yield NavItem(
            _l("Settings"),
            "plugin_host.settings_page",
            order=91,
            area="staff",
            hint=_l("How long things are kept, and what the college promises"),
        )


@hookimpl
def checks() -> Sequence[Check]:
    """Database, events and worker."""
    from portal.plugin_host.health import CHECKS

    return CHECKS
