"""The tables of the room: what was agreed and erased; what people asked for."""

from __future__ import annotations

from portal.privacy.models.records import ErasureNote, RetentionRun
from portal.privacy.models.requests import (
    LONGEST_WORDS,
    AskedHow,
    ErasureAsk,
    RecordRequest,
    RequestState,
)

__all__ = [
    "LONGEST_WORDS",
    "AskedHow",
    "ErasureAsk",
    "ErasureNote",
    "RecordRequest",
    "RequestState",
    "RetentionRun",
]
