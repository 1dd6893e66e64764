"""Commands that cost a web process nothing: their module is imported when somebody calls them."""

from __future__ import annotations

import importlib
from typing import Any

import click


class LazyCommand(click.Command):
    """One command that lies in another module: `LazyCommand("quote", "plugins.claims.cli:quote", help=…)`."""

    def __init__(self, name: str, place: str, help: str) -> None:  # noqa: A002 - click's own word
        super().__init__(name, help=help)
        self._place = place

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """A context of the command itself, which click then calls."""
        command: click.Command = _found(self._place)
        return command.make_context(info_name, args, parent, **extra)


class LazyGroup(click.Group):
    """A group of commands that lies in another module: `LazyGroup("people", "portal.accounts.cli:people")`.

    Give it as an answer to the hook `commands()` instead of importing the module there.
    """

    def __init__(self, name: str, place: str, help: str) -> None:  # noqa: A002 - click's own word
        super().__init__(name, help=help)
        self._place = place

    def list_commands(self, context: click.Context) -> list[str]:
        """The names of the commands in the module."""
        return self._group().list_commands(context)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """A command of the module, or None."""
        return self._group().get_command(context, name)

    def _group(self) -> click.Group:
        group: click.Group = _found(self._place)
        return group


def _found(place: str) -> Any:
    module, _, attribute = place.partition(":")
    return getattr(importlib.import_module(module), attribute)
