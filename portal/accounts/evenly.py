"""Answers that take as long whether or not somebody has an account.

Forms that take an address do the same work for a known one and an unknown one, as nearly as it can be. What
is left, a row more here and a template less there, can still be told apart by whoever asks often enough. So
their answers wait for the next stroke of a clock that each request starts; nothing is locked meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from flask import g, request

if TYPE_CHECKING:
    from flask import Flask, Response

P = ParamSpec("P")
R = TypeVar("R")

STROKE = 0.1  # seconds: well beyond the hash of a password, and too short to be noticed
BEGUN = "evenly_begun"  # in flask.g


def evenly(view: Callable[P, R]) -> Callable[P, R]:
    """The view, whose answers to a form leave on the stroke."""

    @wraps(view)
    def timed(*arguments: P.args, **keywords: P.kwargs) -> R:
        if request.method == "POST":
            g.setdefault(BEGUN, time.perf_counter())  # kept when the view is run again
        return view(*arguments, **keywords)

    return timed


def init_app(app: Flask) -> None:
    """Hold such answers back, after all has been committed. Call it first: what comes first ends last."""
    app.after_request(_hold)


def _hold(response: Response) -> Response:
    begun = g.pop(BEGUN, None)
    if begun is not None:
        spent = time.perf_counter() - begun
        time.sleep(-spent % STROKE)
    return response
