"""Telling a visitor's browser that the page it has still holds, before Flask is asked anything.

A view that names its answer by a tag may add a promise: what the answer was made of, and how to look again.
While what is looked at stays the same, the same question from the same browser gets the same "not modified",
headers and all. What a promise does not cover (the visitors' navigation, which plugins answer) may be
`SECONDS` old. Nobody who has a session is answered here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from portal import clock
from portal.recent import Recent

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

SESSION_COOKIE = "session"  # every name that a session's cookie may have holds it
PROMISE = "portal.promise"  # in the WSGI environment
SECONDS = 5
MOST = 512  # answers kept, of about a kilobyte each
LONGEST = 1_000  # letters of a question worth keeping
# All of a question that an answer may depend on.
ASKED = (
    "wsgi.url_scheme",
    "HTTP_HOST",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
    "HTTP_COOKIE",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_IF_NONE_MATCH",
)


@dataclass(frozen=True, slots=True)
class Promise:
    """`look()` reads again what an answer was made of, `made_of`. It needs no request and no context."""

    made_of: tuple[Hashable, ...]
    look: Callable[[], tuple[Hashable, ...]]

    def holds(self) -> bool:
        """False when something changed, or cannot be read now."""
        try:
            return self.look() == self.made_of
        except SQLAlchemyError:
            return False  # whoever is asked next says what is wrong


@dataclass(frozen=True, slots=True)
class _Kept:
    promise: Promise
    status: str
    headers: list[tuple[str, str]]
    until: datetime


class Confirmations:
    """The "not modified" answers of the last seconds. Safe for threads."""

    def __init__(self) -> None:
        self._kept: Recent[_Kept] = Recent(MOST)

    def answer(
        self, environ: WSGIEnvironment, start_response: StartResponse, ask: WSGIApplication
    ) -> Iterable[bytes]:
        """The kept answer when it still holds; else what `ask` answers, kept if it may be."""
        question = self._question(environ)
        if question is None:
            return ask(environ, start_response)
        kept = self._kept.find(question)
        if kept is not None and clock.now() < kept.until and kept.promise.holds():
            start_response(kept.status, list(kept.headers))
            return ()

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            self._keep(question, environ.get(PROMISE), status, headers)
            return start_response(status, headers, *error)

        return ask(environ, start)

    def _question(self, environ: WSGIEnvironment) -> Hashable | None:
        """All that the answer may depend on; None for a question that is not answered here."""
        if "HTTP_IF_NONE_MATCH" not in environ or environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return None
        question = tuple(environ.get(name, "") for name in ASKED)
        if sum(map(len, question)) > LONGEST:
            return None
        # Wherever the name stands in the header: Flask reads it more exactly.
        return None if SESSION_COOKIE in environ.get("HTTP_COOKIE", "") else question

    def _keep(
        self, question: Hashable, promise: Any, status: str, headers: list[tuple[str, str]]
    ) -> None:
        if not isinstance(promise, Promise) or not status.startswith("304"):
            return
        if any(name.lower() == "set-cookie" for name, _ in headers):
            return
        until = clock.now() + timedelta(seconds=SECONDS)
        self._kept.put(question, _Kept(promise, status, list(headers), until))
