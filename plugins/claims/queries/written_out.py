"""Questions with their own words and numbers written into them, for those that are asked often and are long.

PostgreSQL plans such a question once. With its words beside it, it cannot know how few rows each of them
finds, and plans it anew each time, which takes longer than the answer. SQLAlchemy knows it by a name, where
it would compare it word by word with all that it has put together before.
"""

from __future__ import annotations

from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal, replacement_traverse

_NUMBERS = count()


class Written(sa.Executable, sa.ClauseElement):
    """A question that is finished: it can be asked, with options if need be, and be part of no other."""

    __visit_name__ = "written"
    # All that makes it another question than the next one.
    _traverse_internals = [("name", InternalTraversal.dp_string)]  # noqa: RUF012 - SQLAlchemy's

    def __init__(self, question: Any) -> None:
        """`question` is asked as it is."""
        self.question = question
        self.name = f"written {next(_NUMBERS)}"


@compiles(Written)
def _question(written: Written, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(written.question, **kw)


def written_out(question: sa.Select[Any] | sa.CompoundSelect[Any]) -> Written:
    """The same question; what is given with each asking (`bindparam`) still is.

    Raises:
        TypeError: something in it is no word and no number, or a list of none.
    """
    return Written(replacement_traverse(question, {}, _written))


def _written(element: Any, **_options: Any) -> Any:
    """What stands in the place of one value; None leaves it as it is."""
    if not isinstance(element, sa.BindParameter) or element.required:
        return None
    if element.expanding and element.value:
        return sa.literal_column(f"({', '.join(map(_word, element.value))})")
    return sa.literal_column(_word(element.value), element.type)


def _word(value: Any) -> str:
    """A word of ours as it stands in SQL, or a number. Nothing that anybody typed comes here."""
    if isinstance(value, str):
        return "'" + str(value).replace("'", "''") + "'"
    if type(value) is int:
        return str(value)
    raise TypeError(f"not a word or a number: {value!r}")
