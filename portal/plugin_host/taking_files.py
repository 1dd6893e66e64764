"""The door for files: for views that are marked with `takes_files`.

Whoever may not is refused before a byte of the files is read. They are read with no transaction open, as that
may take half a minute, and a few at a time, so that threads of the server are left for everybody else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import current_app, g, request
from werkzeug.exceptions import ServiceUnavailable

from portal.db import db
from portal.plugin_api.access import LARGEST_FILE, TAKES_FILES

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

AT_ONCE = 3  # in one process of the server, of its eight threads
COME_BACK = 30  # seconds: by then those that are on their way have come, or were cut
LARGEST_TEXT = 100_000  # bytes of the fields beside the files
_HELD = "portal_room_for_files"  # key in g
_room = threading.BoundedSemaphore(AT_ONCE)


def init_app(app: Flask, check_access: Callable[[], ResponseReturnValue | None]) -> None:
    """Ask `check_access` first of all where files come; elsewhere nothing is different."""

    def let_in() -> ResponseReturnValue | None:
        view = current_app.view_functions.get(request.endpoint or "")
        if request.method != "POST" or not getattr(view, TAKES_FILES, False):
            return None
        refused = check_access()
        if refused is None:
            db.session.rollback()
            _take_room()
            request.max_content_length = LARGEST_FILE + LARGEST_TEXT
            request.form  # noqa: B018 - reads the body, and with it the files, into the quarantine
        return refused

    # Before the protection against forgery, which reads the whole form to find its token.
    app.before_request_funcs.setdefault(None, []).insert(0, let_in)
    app.teardown_request(_leave_room)


def _take_room() -> None:
    if not _room.acquire(blocking=False):
        raise ServiceUnavailable(retry_after=COME_BACK)
    g.setdefault(_HELD, True)


def _leave_room(_error: BaseException | None) -> None:
    if g.pop(_HELD, False):
        _room.release()
