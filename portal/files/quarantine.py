"""Where a file lies while nobody has looked into it: without a name, so that it goes with the process."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from flask import Request, current_app

from portal.config import Settings

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment


def folder_of(settings: Settings) -> Path:
    """The folder whose disk they lie on, for nobody else. Nothing is ever seen in it."""
    folder = settings.data_dir / "quarantine"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def unnamed(settings: Settings) -> IO[bytes]:
    """A new file to write to and read from, which nobody else can open and which ends when it is closed."""
    return tempfile.TemporaryFile(dir=folder_of(settings))


class QuarantinedRequest(Request):
    """A request whose files are written to the quarantine as they arrive, and are never in memory. One that
    ends before the length it announced is an error, never a shorter form.
    """

    def __init__(self, environ: WSGIEnvironment, *arguments: Any, **options: Any) -> None:
        if environ.get("CONTENT_LENGTH"):
            # gunicorn says that the stream ends by itself, and Werkzeug then takes any end for the right one.
            environ.pop("wsgi.input_terminated", None)
        super().__init__(environ, *arguments, **options)

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002 - Werkzeug's signature, here and below
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,  # noqa: ARG002
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        settings: Settings = current_app.settings  # type: ignore[attr-defined]  # it is a Portal
        return unnamed(settings)
