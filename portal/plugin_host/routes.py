"""Mount blueprints under forced names, and hold every route to its declared access rule."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, abort, current_app, request

from portal.plugin_api.access import FRESH_FOR, Access, current_actor, declared, require_fresh
from portal.plugin_host import taking_files
from portal.plugin_host.registry import BootError, Plugin, Registration, Registry
from portal.routing import LateRule

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from werkzeug.routing import Rule

# Rules for views that are not ours to decorate (Flask-Security's); their owner reviews the table.
EXTERNAL = "portal_external_access"
IMPLIED = frozenset({"HEAD", "OPTIONS"})


def mount(app: Flask, plugin: Plugin, registration: Registration) -> None:
    """Register a plugin's blueprints. A plugin's name and prefix are forced; the core chooses its own."""
    for blueprint in registration.blueprints:
        if plugin.core:
            app.register_blueprint(blueprint)
        else:
            app.register_blueprint(
                blueprint, name=forced_name(plugin, blueprint), url_prefix=f"/{plugin.name}"
            )


def forced_name(plugin: Plugin, blueprint: Blueprint) -> str:
    """`claims` for the blueprint called like its plugin, `claims_staff` for another."""
    return plugin.name if blueprint.name == plugin.name else f"{plugin.name}_{blueprint.name}"


def rehearse(plugin: Plugin, registration: Registration, taken: set[str]) -> None:
    """Mount a plugin's blueprints on an app that is thrown away, so that a fault leaves no trace.

    Raises:
        BootError: a route without an access rule, a route or template outside the plugin's namespace.
    """
    for blueprint in registration.blueprints:
        _check_templates(plugin, blueprint)
        name = forced_name(plugin, blueprint)
        if name in taken:
            raise BootError(f"plugin {plugin.name!r}: two blueprints are called {name!r}")
        taken.add(name)
    stage = Flask("rehearsal", static_folder=None)
    stage.url_rule_class = LateRule
    try:
        mount(stage, plugin, registration)
    except Exception as error:
        raise BootError(f"plugin {plugin.name!r}: its routes cannot be mounted: {error}") from error
    table = access_table(stage, plugin.name)
    refuse_doubles(stage, plugin.name)
    _check_permissions(plugin, registration, table)


def _check_permissions(
    plugin: Plugin, registration: Registration, table: dict[tuple[str, str], Access]
) -> None:
    own = {permission.key for permission in registration.permissions}
    for (endpoint, method), access in table.items():
        if access.permission.startswith(f"{plugin.name}:") and access.permission not in own:
            raise BootError(
                f"plugin {plugin.name!r}: {method} {endpoint} requires {access.permission!r}, "
                "which the plugin does not declare in permissions()"
            )


def _check_templates(plugin: Plugin, blueprint: Blueprint) -> None:
    if blueprint.template_folder is None:
        return
    folder = Path(blueprint.root_path) / blueprint.template_folder
    strays = [
        path.name
        for path in (sorted(folder.iterdir()) if folder.is_dir() else ())
        if path.name != plugin.name and not path.name.startswith(".")
    ]
    if strays:
        raise BootError(
            f"plugin {plugin.name!r}: template path {folder / strays[0]} is outside "
            f"templates/{plugin.name}/, where it would shadow others"
        )


def refuse_doubles(app: Flask, owner: str) -> None:
    """Refuse two views behind one address and method: only one of them would ever be called."""
    seen: dict[tuple[str, str], str] = {}
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - IMPLIED:
            # Converters' names do not matter to the matcher: /<a> and /<b> are one address.
            pattern = "".join(part if is_text else f"<{part}>" for is_text, part in _parts(rule))
            other = seen.setdefault((pattern, method), rule.endpoint)
            if other != rule.endpoint:
                raise BootError(
                    f"{owner}: {method} {rule.rule} is claimed twice, by {other!r} and "
                    f"{rule.endpoint!r}"
                )


def _parts(rule: object) -> list[tuple[bool, str]]:
    parts: list[tuple[bool, str]] = []
    for is_dynamic, data in getattr(rule, "_trace", ()):
        converter = getattr(rule, "_converters", {}).get(data) if is_dynamic else None
        parts.append((not is_dynamic, type(converter).__name__ if is_dynamic else data))
    return parts


def access_table(app: Flask, owner: str = "the portal") -> dict[tuple[str, str], Access]:
    """(endpoint, method) → rule, for every route of the finished `url_map`.

    Raises:
        BootError: naming the first route and method without a rule, and the view's place.
    """
    external: dict[tuple[str, str], Access] = app.extensions.get(EXTERNAL, {})
    table: dict[tuple[str, str], Access] = {}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        rules = declared(view)
        for method in sorted((rule.methods or set()) - _implied(rule)):
            access = rules.get(method) or external.get((rule.endpoint, method))
            if access is None and _is_static(view):
                access = Access("public")
            if access is None:
                place = f"{view.__module__}.{getattr(view, '__qualname__', view)}"
                raise BootError(
                    f"{owner}: {method} {rule.rule} ({rule.endpoint}, {place}) has no access rule; "
                    f'add @public("{method}"), @signed_in("{method}") or @requires(…, "{method}")'
                )
            table[rule.endpoint, method] = access
    return table


def _is_static(view: Any) -> bool:
    """True for the files of a blueprint's static folder: they ship with the code, so anybody may see them."""
    return getattr(view, "__func__", None) is Blueprint.send_static_file


def _implied(rule: Rule) -> frozenset[str]:
    """Methods that need no rule: HEAD has GET's, and OPTIONS is answered by Flask, not by the view."""
    return IMPLIED if getattr(rule, "provide_automatic_options", False) else IMPLIED - {"OPTIONS"}


def check_known_permissions(registry: Registry) -> None:
    """Refuse a rule that requires a permission nobody declares: nobody could ever pass it."""
    for (endpoint, method), access in registry.access.items():
        if access.kind == "requires" and access.permission not in registry.permissions:
            raise BootError(
                f"{method} {endpoint} requires {access.permission!r}, which no plugin declares"
            )


def enforce(app: Flask, registry: Registry) -> None:
    """Check the rule before every view: 401 without sign-in; without permission 403, or 404 if hidden."""

    def check_access() -> ResponseReturnValue | None:
        if request.endpoint is None:
            return None  # no such page: Flask answers 404 or 405
        method = "GET" if request.method == "HEAD" else request.method
        access = registry.access.get((request.endpoint, method))
        if access is not None and access.kind == "public":
            return None
        if access is None:
            rule = request.url_rule
            if method == "OPTIONS" and getattr(rule, "provide_automatic_options", False):
                return None  # Flask answers with the methods there are; the view is not called
            current_app.logger.error("no access rule for %s %s", method, request.endpoint)
            abort(403)
        actor = current_actor()
        if not actor.is_signed_in:
            abort(401)
        if access.kind == "requires":
            held = (
                actor.can_anywhere(access.permission)
                if access.any_scope
                else actor.can(access.permission)
            )
            if not held:
                abort(404 if access.hidden else 403)
        if access.fresh:
            within = access.fresh if isinstance(access.fresh, timedelta) else FRESH_FOR
            require_fresh(actor, within)
        return None

    app.before_request(check_access)
    taking_files.init_app(app, check_access)
