"""Logs: one line an event, JSON in production, without personal data.

An error's own words may hold what somebody typed, or a row of the database. So a log says what kind of error
it was and where, and leaves its words out; development shows them.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import structlog

FRAMES = 6  # of our own and of plugins, beside the innermost of all


def configure(*, development: bool) -> None:
    """Configure structlog, which all code of the portal logs with, for this process."""
    renderer: Any = structlog.processors.JSONRenderer()
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if development:
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    else:
        processors.append(_without_words)
    structlog.configure(
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Asked for each line, as whoever runs the portal may put another stream in its place.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def describe(error: BaseException) -> dict[str, Any]:
    """An error for a log line: its kind, its causes' kinds, and where in our code it passed.

    `exc_info` is shown in development only.
    """
    kinds: list[str] = []
    one: BaseException | None = error
    while one is not None and type(one).__name__ not in kinds:
        kinds.append(type(one).__name__)
        one = one.__cause__ or one.__context__
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames[:-1] if "site-packages" not in frame.filename]
    return {
        "error": " < ".join(kinds),
        "where": [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in [*ours[-FRAMES:], *frames[-1:]]
        ],
        "exc_info": error,
    }


def _without_words(_logger: Any, _method: str, line: Any) -> Any:
    line.pop("exc_info", None)
    return line
