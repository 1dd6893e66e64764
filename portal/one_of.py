"""Whether a column holds one of the values given with each asking, as one value beside the question.

`column.in_()` writes the question anew for each count of values, so that it is put together at each asking,
and no database keeps what it has planned.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Several(sa.TypeDecorator[Collection[Any]]):
    """Whole numbers or words as one value: an array on PostgreSQL, JSON on SQLite."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, each: type[sa.types.TypeEngine[Any]]) -> None:
        """`each`: the type of one of them."""
        super().__init__()
        self.each = each

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """As the database holds it."""
        kind = postgresql.ARRAY(self.each) if dialect.name == "postgresql" else self.impl_instance
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Collection[Any] | None, dialect: sa.Dialect) -> Any:
        """None are an empty list.

        Raises:
            TypeError: it is a word, and not words.
        """
        if isinstance(value, str):
            raise TypeError("a word is no collection of words")
        values = list(value or ())
        return values if dialect.name == "postgresql" else json.dumps(values)


class _OneOf(FunctionElement[bool]):
    name = "one_of"
    type = sa.Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        """It stands by itself: `… = 1` behind it would hide the column from its index on SQLite."""
        return self


@compiles(_OneOf)
def _any(element: _OneOf, compiler: SQLCompiler, **kw: Any) -> str:
    column, given = element.clauses
    return f"{compiler.process(column, **kw)} = ANY ({compiler.process(given, **kw)})"


@compiles(_OneOf, "sqlite")
def _listed(element: _OneOf, compiler: SQLCompiler, **kw: Any) -> str:
    column, given = element.clauses
    values = f"SELECT value FROM json_each({compiler.process(given, **kw)})"  # noqa: S608 - SQLAlchemy's own words
    return f"{compiler.process(column, **kw)} IN ({values})"


def one_of(column: Any, name: str) -> sa.ColumnElement[bool]:
    """Whether a column of whole numbers or text holds one of those that are given as `name`: a collection,
    of any length.

    Raises:
        TypeError: the column holds something else.
    """
    if isinstance(column.type, sa.Integer):
        each: type[sa.types.TypeEngine[Any]] = sa.BigInteger
    elif isinstance(column.type, sa.String):
        each = sa.Text
    else:
        raise TypeError(f"{column} holds neither whole numbers nor text")
    return _OneOf(column, sa.bindparam(name, type_=Several(each)))
