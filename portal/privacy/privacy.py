"""What this room itself keeps about people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.plugin_api import EraseMode, Erasure, PrivacySource


def export_notes(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:  # noqa: ARG001 - the contract's signature
    """Nothing: whoever has a note has nothing else here, and cannot ask."""
    return []


def erase_notes(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - the contract's signature
    """Nothing: the note is what erases them again."""
    return Erasure("erasure_note")


SOURCES = (
    PrivacySource(
        table="erasure_note",
        subject="person_id",
        what=_l("That somebody was erased: a number, and nothing that says who it was"),
        purpose=_l("To erase them again if a backup brings them back"),
        lawful_basis=_l("Legal obligation: an erasure must last"),
        sensitivity="ordinary",
        retention=_l("As long as the college runs"),
        seen_by=_l("Whoever keeps the machine"),
        on_erasure="pseudonymise",
        export=export_notes,
        erase=erase_notes,
    ),
)
