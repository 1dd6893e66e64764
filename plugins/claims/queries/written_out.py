"""Questions with their own words and numbers written into them, for those that are asked often and are long.

PostgreSQL plans such a question once. With its words beside it, it cannot know how few rows each of them
finds, and plans it anew each time, which takes longer than the answer.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.sql.visitors import replacement_traverse

Asked = TypeVar("Asked", sa.Select[Any], sa.CompoundSelect[Any])


def written_out(question: Asked) -> Asked:
    """The same question; what is given with each asking (`bindparam`) still is."""
    return cast("Asked", replacement_traverse(question, {}, _written))


def _written(element: Any, **_options: Any) -> Any:
    """What stands in the place of one value; None leaves it as it is."""
    if not isinstance(element, sa.BindParameter) or element.required:
        return None
    if element.expanding:
        return sa.literal_column(f"({', '.join(map(_word, element.value or ()))})")
    return sa.literal_column(_word(element.value), element.type)


def _word(value: Any) -> str:
    """A word of ours as it stands in SQL, or a number. Nothing that anybody typed comes here."""
    if isinstance(value, str):
        return "'" + str(value).replace("'", "''") + "'"
    if type(value) is int:
        return str(value)
    raise TypeError(f"not a word or a number: {value!r}")
