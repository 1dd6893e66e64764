"""A declarative base for a plugin's tables.

Each plugin has a registry of its own over the core's `MetaData`: a mapper that cannot be configured then
breaks that plugin only, while foreign keys and joins to the core still work. A string `relationship()`
to a core model does not: flush core rows first, and keep ids.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase

from portal.db import UTCDateTime, metadata

NO_WORDS = "no_words"  # in a column's `info`


def no_words(why: str) -> dict[str, Any]:
    """The `info` of a text column that holds nobody's words, and why: a hash, a name that code gives.

    In every other one tests put words that are meant to do harm, and look where they come out.
    """
    return {NO_WORDS: why}


class TablePrefixError(Exception):
    """A plugin's table is named outside the plugin's own prefix."""


def plugin_base(name: str) -> type[DeclarativeBase]:
    """The base for the plugin called `name`; each table is called `name_…`.

    Raises:
        TablePrefixError: while a model is defined, naming the model and its table.
    """

    core = metadata

    class PluginBase(DeclarativeBase):
        """Base of one plugin's models."""

        metadata = core
        type_annotation_map = {datetime: UTCDateTime, dict[str, Any]: sa.JSON}  # noqa: RUF012

        def __init_subclass__(cls, **keywords: Any) -> None:
            table = getattr(cls, "__tablename__", None)
            if table is not None and not table.startswith(f"{name}_"):
                raise TablePrefixError(
                    f"{cls.__module__}.{cls.__qualname__}: table {table!r} must start with "
                    f"'{name}_'"
                )
            super().__init_subclass__(**keywords)
            mapped = cls.__dict__.get("__table__")
            if isinstance(mapped, sa.Table):
                mapped.info["branch"] = name

    return PluginBase
