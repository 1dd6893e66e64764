"""A file for other rooms' samples, in tests only: it has not gone through the checks."""

from __future__ import annotations

import base64
import io

from sqlalchemy.orm import Session

from portal.files.kinds import FileKind
from portal.files.services import Received, put_away
from portal.files.store import store_of

SAMPLE_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGOQj7EGAAEvAJVPk3HMAAAAAElFTkSuQmCC"
)  # a PNG of one pixel


def sample_file(session: Session) -> Received:
    """A picture of one pixel, in the store."""
    clean = io.BytesIO(SAMPLE_PICTURE)
    return put_away(store_of(session), clean, FileKind.PNG, "sample.png", None)
