"""Whole numbers of pence and of tenths of a mile; rounding, once."""

from __future__ import annotations

import re

TENTHS = 10  # in a mile
MOST_TENTHS = 20_000  # 2,000 miles in one line: beyond it, a slip of the finger
_MILES = re.compile(r"(\d{1,4})(?:\.(\d))?")


def half_up(parts: int, whole: int) -> int:
    """`parts / whole` as a whole number, a half away from zero. `whole` is positive."""
    rounded = (2 * abs(parts) + whole) // (2 * whole)
    return rounded if parts >= 0 else -rounded


def tenths_of(text: str) -> int | None:
    """Tenths of a mile in what somebody wrote ("30", "12.5"); None where it is no distance."""
    written = text.strip().removesuffix("miles").removesuffix("mile").strip()
    match = _MILES.fullmatch(written) if written.isascii() else None
    if match is None:
        return None
    tenths = int(match[1]) * TENTHS + int(match[2] or 0)
    return tenths if 0 < tenths <= MOST_TENTHS else None


def miles(tenths: int) -> str:
    """Tenths of a mile as people write miles: "30", "12.5"."""
    whole, rest = divmod(tenths, TENTHS)
    return f"{whole:,}.{rest}" if rest else f"{whole:,}"
