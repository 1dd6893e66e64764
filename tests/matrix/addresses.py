"""An address of each route: of records that exist where they are known, else of something of that shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import url_for

from portal.app import Portal

Route = tuple[str, str]


def addresses(
    app: Portal, routes: frozenset[Route], known: Mapping[str, Any]
) -> Iterator[tuple[Route, str]]:
    """Each of the routes with an address of it."""
    rules = {rule.endpoint: rule for rule in app.url_map.iter_rules()}
    with app.test_request_context():
        for route in sorted(routes):
            rule = rules[route[0]]
            values = {name: _value(rule, name, known) for name in rule.arguments}
            yield route, url_for(route[0], **values)


def _value(rule: Any, name: str, known: Mapping[str, Any]) -> Any:
    converter = rule._converters[name]
    if hasattr(converter, "items"):  # one of some words
        return min(converter.items)
    return known.get(name, 1 if type(converter).__name__ == "Key" else "something")
