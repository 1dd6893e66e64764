"""What the public page says: the declarations of every part, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.plugin_api.dispatch import privacy_parts
from portal.plugin_api.personal import PrivacySource
from portal.privacy.words import SEEN_BY


@dataclass(frozen=True, slots=True)
class Kept:
    """One line: what is kept, why, how long, who sees it, and what the law calls it."""

    what: str
    why: str
    how_long: str
    seen_by: str
    basis: str


@dataclass(frozen=True, slots=True)
class KeptPart:
    """What one room or plugin keeps. A plugin's has a page of its own, so that no page grows with each."""

    name: str
    title: str
    lines: Sequence[Kept]
    room: bool


def kept(session: Session) -> list[KeptPart]:
    """Everything that is kept about people, by the part that keeps it. A line is said once."""
    found = []
    for part in reversed(
        privacy_parts(session)
    ):  # what people do here first, the machine room last
        lines = tuple(dict.fromkeys(_line(source) for source in part.sources))
        if lines:
            found.append(KeptPart(part.name, str(part.title), lines, part.room))
    return found


def what_is_kept(source: PrivacySource) -> str:
    """What people call the content of a table: what it holds, or else what it is for."""
    return str(source.what) or str(source.purpose)


def _line(source: PrivacySource) -> Kept:
    what, why = what_is_kept(source), str(source.purpose)
    return Kept(
        what=what,
        why="" if why == what else why,
        how_long=str(source.retention),
        seen_by=str(source.seen_by or SEEN_BY[source.sensitivity]),
        basis=str(source.lawful_basis),
    )
