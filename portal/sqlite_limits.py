"""How a LIMIT is written for SQLite: with its number, and not with the number beside it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.sqlite.base import SQLiteCompiler


class LimitsWrittenOut(SQLiteCompiler):
    """SQLAlchemy's own, but for LIMIT and OFFSET.

    SQLite plans by the number of a LIMIT. It therefore prepares a question anew whenever that number is
    given beside it, although it keeps what it has prepared: for a long question, that takes longer than the
    answer.
    """

    def limit_clause(self, select: Any, **kw: Any) -> str:
        """`LIMIT 26 OFFSET 50`, where there is either."""
        limit, offset = select._limit_clause, select._offset_clause  # noqa: SLF001 - as every dialect reads it
        text = "\n LIMIT " + ("-1" if limit is None else self._number(select, limit, **kw))
        return text if offset is None else f"{text} OFFSET {self._number(select, offset, **kw)}"

    def _number(self, select: Any, clause: Any, **kw: Any) -> str:
        # A parameter of the question's own stays one.
        fixed = select._simple_int_clause(clause)  # noqa: SLF001 - as every dialect asks it
        return str(self.process(clause, literal_execute=fixed, **kw))
