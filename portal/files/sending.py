"""Giving a file out: to be saved, never to be opened as a page of this site."""

from __future__ import annotations

import itertools
from urllib.parse import quote

from flask import Response
from sqlalchemy.orm import Session

from portal.files.queries import content, infos

# As a page of its own the file could do nothing: no script, no form, no part of this site.
_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


def send(session: Session, file_id: int) -> Response:
    """The answer that gives a file out. Whether this person may have it is for the caller to ask before.

    Raises:
        LookupError: there is no such file.
        StoreError, VaultError: the store does not have it, or it is broken from the start. What turns out
            later ends the answer before its time, which the browser sees by its length.
    """
    info = infos(session, [file_id]).get(file_id)
    if info is None:
        raise LookupError(file_id)
    pieces = content(session, file_id)
    first = next(pieces)
    response = Response(itertools.chain((first,), pieces), mimetype=info.kind.media_type)
    response.content_length = info.size
    response.headers["Content-Disposition"] = _attachment(info.name)
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _attachment(name: str) -> str:
    """RFC 6266: the name in plain letters, and beside it as it is."""
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\%' else "_"
        for letter in name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
