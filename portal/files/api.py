"""The front door of files: take one in, keep it, give it out, let it go.

A view that takes a file is marked with `plugin_api.takes_files`. It calls `receive` before it writes
anything, then `keep` with what else it writes. Who may have the file is asked by the room that keeps its id,
each time.
"""

from __future__ import annotations

from portal.files.checking.limits import Refusal, RefusedError
from portal.files.kinds import ACCEPT, FileKind
from portal.files.queries import FileInfo, content, infos
from portal.files.samples import SAMPLE_PICTURE, sample_file
from portal.files.sending import send
from portal.files.services import Received, keep, let_go, receive
from portal.files.store import Store, StoreError, folder_of
from portal.files.words import REFUSALS, TAKEN, TOO_LARGE, described, size_in_words

__all__ = [
    "ACCEPT",
    "REFUSALS",
    "SAMPLE_PICTURE",
    "TAKEN",
    "TOO_LARGE",
    "FileInfo",
    "FileKind",
    "Received",
    "Refusal",
    "RefusedError",
    "Store",
    "StoreError",
    "content",
    "described",
    "folder_of",
    "infos",
    "keep",
    "let_go",
    "receive",
    "sample_file",
    "send",
    "size_in_words",
]
