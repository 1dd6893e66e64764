"""Files of the portal's own making, for samples and the demo college. Nobody sent them; none is checked."""

from __future__ import annotations

import base64
import io

from sqlalchemy.orm import Session

from portal.files.kinds import FileKind
from portal.files.services import Received, put_away
from portal.files.store import store_of

SAMPLE_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGOQjwkHAAFwANO6o+GdAAAAAElFTkSuQmCC"
)  # a PNG of one pixel


def sample_file(
    session: Session,
    kind: FileKind = FileKind.PNG,
    name: str = "sample.png",
    made: bytes = SAMPLE_PICTURE,
    pages: int | None = None,
) -> Received:
    """A file of the portal's own making, in the store. Never for what somebody sent: that is `receive`'s."""
    return put_away(store_of(session), io.BytesIO(made), kind, name, pages)
