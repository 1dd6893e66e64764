"""Time in minutes, as people write hours."""

from __future__ import annotations

import re

from plugins.claims.money.amounts import half_up
from plugins.claims.money.recognition import MINUTES

_HOURS = re.compile(r"(\d{1,3})(?:\.(\d{1,2})|:([0-5]\d))?")


def minutes_of(text: str) -> int | None:
    """Minutes in what somebody wrote ("2", "2.5", "2:30"); None where it is no time."""
    written = text.strip().removesuffix("hours").removesuffix("hour").strip()
    match = _HOURS.fullmatch(written) if written.isascii() else None
    if match is None:
        return None
    part = half_up(int((match[2] or "0").ljust(2, "0")) * MINUTES, 100)
    return int(match[1]) * MINUTES + part + int(match[3] or 0)


def hours(minutes: int) -> str:
    """Minutes as people write hours: "2", "2:30"."""
    whole, rest = divmod(abs(minutes), MINUTES)
    sign = "-" if minutes < 0 else ""
    return f"{sign}{whole}:{rest:02d}" if rest else f"{sign}{whole}"
