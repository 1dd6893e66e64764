"""Random addresses and codes."""

from __future__ import annotations

import secrets

LETTERS = 10  # 49 bits
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is easily misread


def new_ref() -> str:
    """A random address, which can be said on the telephone."""
    return "".join(secrets.choice(_LETTERS) for _ in range(LETTERS))
