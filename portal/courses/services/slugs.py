"""Names that stand in addresses: short, plain letters, and not taken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

LONGEST = 80


def slugify(text: str) -> str:
    """Lower-case letters, digits and hyphens, at most 80; empty when nothing of the text can stay."""
    # Of a long text the beginning: to put very many marks of one letter in order takes seconds.
    parted = unicodedata.normalize("NFKD", text[: 10 * LONGEST])
    plain = parted.encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:LONGEST].strip("-")


def free_slug(session: Session, column: Any, text: str, *, otherwise: str) -> str:
    """A slug of the text that no row of the column has yet; `otherwise` where the text leaves none."""
    base = slugify(text) or otherwise
    taken = session.scalars(
        sa.select(column).where(sa.or_(column == base, column.startswith(f"{base}-")))
    ).all()
    return _first_free(base, frozenset(taken))


def _first_free(base: str, taken: Collection[str]) -> str:
    if base not in taken:
        return base
    number = 2
    while f"{base}-{number}" in taken:
        number += 1
    return f"{base}-{number}"
