"""`portal plugins list|doctor|purge` and `portal routes`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click
from flask import current_app

from portal.db import unit_of_work
from portal.migrate import downgrade_branch
from portal.plugin_host.boot import host_of
from portal.plugin_host.health import health
from portal.plugin_host.purge import PurgeRefusedError, export_tables, remove_named

if TYPE_CHECKING:
    from portal.app import Portal


@click.group()
def plugins() -> None:
    """See, check and remove plugins."""


@plugins.command("list")
@click.option("--json", "as_json", is_flag=True, help="For a machine to read.")
def list_plugins(*, as_json: bool) -> None:
    """Every installed plugin and its state."""
    rows = [
        {
            "name": plugin.name,
            "state": plugin.state,
            "version": plugin.registration.manifest.version if plugin.registration else "",
            "origin": plugin.origin,
            "error": plugin.error,
        }
        for plugin in host_of(current_app).registry.plugins.values()
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        click.echo(f"{row['name']:<16} {row['state']:<12} {row['version']:<8} {row['origin']}")
        if row["error"]:
            click.echo(f"    {row['error']}")


@plugins.command()
@click.option("--json", "as_json", is_flag=True, help="For a machine to read.")
def doctor(*, as_json: bool) -> None:
    """Run every health check; exits with 1 when one is not ok."""
    registry = host_of(current_app).registry
    with unit_of_work("read") as session:
        findings = health(registry, session)
    if as_json:
        rows = [
            {"plugin": one.plugin, "check": one.name, "ok": one.ok, "message": one.message}
            for one in findings
        ]
        click.echo(json.dumps(rows, indent=2))
    else:
        for one in findings:
            click.echo(
                f"{'ok ' if one.ok else 'NOT'} {one.plugin:<14} {one.name:<12} {one.message}"
            )
    if not all(one.ok for one in findings):
        raise SystemExit(1)


@plugins.command()
@click.argument("name")
@click.option("--export-to", type=click.Path(path_type=Path), help="Where its data goes first.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def purge(name: str, export_to: Path | None, *, yes: bool) -> None:
    """Delete all data of a plugin that is switched off. Its data is exported first."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    target = export_to or Path(f"{name}-{stamp}.json")
    try:
        with unit_of_work("read") as session:
            count = export_tables(session, host_of(current_app).registry, name, target)
        click.echo(f"{count} rows were written to {target}")
        if not yes:
            click.confirm(f"Delete all data of {name!r}? This cannot be undone", abort=True)
        with unit_of_work() as session:
            remove_named(session, name)
        downgrade_branch(cast("Portal", current_app), name)
    except PurgeRefusedError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"The data of {name!r} is gone.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For a machine to read.")
def routes(*, as_json: bool) -> None:
    """Every address, its method and who may call it."""
    registry = host_of(current_app).registry
    rows = []
    for rule in sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            rule_of_access = registry.access[rule.endpoint, method]
            who = rule_of_access.permission or rule_of_access.kind
            rows.append((method, rule.rule, rule.endpoint, who))
    if as_json:
        keys = ("method", "address", "endpoint", "access")
        click.echo(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], indent=2))
        return
    for method, address, endpoint, who in rows:
        click.echo(f"{method:<5} {address:<50} {who:<28} {endpoint}")
