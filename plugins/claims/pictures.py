"""What a picture looks like, so that two photographs of one paper are known."""

from __future__ import annotations

import io
from collections.abc import Iterable

from plugins.claims.money import receipts

WIDE, HIGH = 9, 8


def likeness(pieces: Iterable[bytes]) -> str:
    """What a picture looks like, in hex, of one that the portal has written anew; empty for any other file.

    Only of a file that the portal wrote itself: this opens it in a process that has rights.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(b"".join(pieces)), formats=["JPEG", "PNG", "WEBP"]) as picture:
            picture.draft("L", (WIDE * 8, HIGH * 8))  # a JPEG is made small while it is read
            grey = picture.convert("L").resize((WIDE, HIGH), Image.Resampling.BOX)
    except UnidentifiedImageError:
        return ""
    values = grey.tobytes()
    return receipts.likeness(values[start : start + WIDE] for start in range(0, len(values), WIDE))
