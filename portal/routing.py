"""What an address may hold where a route has a variable: nothing that the database could not be asked for.

These stand in the place of Werkzeug's own converters, so every room and plugin has them: an address that
no record can have is an unknown page. And rules that cost little to begin with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.routing import (
    BaseConverter,
    IntegerConverter,
    PathConverter,
    Rule,
    UnicodeConverter,
    ValidationError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.routing import Map

LARGEST_KEY = 2**31 - 1  # of an INTEGER on PostgreSQL, which is what ids are
MOST_DIGITS = len(str(LARGEST_KEY))


class Key(IntegerConverter):
    """`<int:person_id>`: a whole number from 0 to the largest id there can be."""

    def to_python(self, value: str) -> int:
        """The number; Python itself refuses to read one of thousands of digits."""
        if len(value) > MOST_DIGITS:
            raise ValidationError
        number: int = super().to_python(value)
        if number > LARGEST_KEY:
            raise ValidationError
        return number


class Text(UnicodeConverter):
    """`<slug>`: text without a slash, and without the NUL that PostgreSQL refuses."""

    def to_python(self, value: str) -> str:
        """The text."""
        return _without_nul(value)


class Path(PathConverter):
    """`<path:place>`: text that may hold slashes, and no NUL."""

    def to_python(self, value: str) -> str:
        """The text."""
        return _without_nul(value)


def _without_nul(value: str) -> str:
    if "\0" in value:
        raise ValidationError
    return value


class LateRule(Rule):
    """A rule that learns to make addresses when it is first asked for one.

    Werkzeug's compiles two functions for each rule at once. With hundreds of rules that is four fifths of
    what an app costs to make, and a command, a job or a test asks for the addresses of a few.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = super()._compile_builder
        name = "_build_unknown" if append_unknown else "_build"

        def first(rule: LateRule, /, **values: Any) -> tuple[str, str]:
            # From now on this is asked for. Two threads at once make the same twice.
            build = compiled(append_unknown).__get__(rule, None)
            setattr(rule, name, build)
            made: tuple[str, str] = build(**values)
            return made

        return first


CONVERTERS: dict[str, type[BaseConverter]] = {
    "default": Text,
    "string": Text,
    "path": Path,
    "int": Key,
}


def init_map(url_map: Map) -> None:
    """Use these converters for every rule that is added from now on."""
    url_map.converters.update(CONVERTERS)
