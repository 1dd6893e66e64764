"""What the table of breaks keeps about people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.enrolment.models import Pause
from portal.enrolment.privacy.places import plain_rows
from portal.enrolment.services.merging import merge_room
from portal.plugin_api import EraseMode, Erasure, PrivacySource


def export_pauses(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """Every break, and how it was asked for."""
    return plain_rows(
        session,
        sa.select(
            Pause.starts_at,
            Pause.last_day,
            Pause.how,
            Pause.agreed_on,
            Pause.ended_at,
            Pause.ended_how,
        )
        .where(Pause.person_id == person_id)
        .order_by(Pause.id),
    )


def erase_pauses(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes them. Who wrote down the breaks of others is forgotten."""
    gone = session.execute(
        sa.delete(Pause).where(Pause.person_id == person_id).returning(Pause.id)
    ).all()
    session.execute(
        sa.update(Pause).where(Pause.recorded_by_id == person_id).values(recorded_by_id=None)
    )
    return Erasure("pause", erased=len(gone))


SOURCES = (
    PrivacySource(
        table="pause",
        subject="person_id, recorded_by_id",
        what=_l("Breaks you take"),
        purpose=_l("To keep your places while you take a break"),
        lawful_basis=_l("Contract: you asked for a place, and for a break"),
        sensitivity="confidential",
        retention=_l("As long as the college keeps the record of your places"),
        export=export_pauses,
        erase=erase_pauses,
        merge=merge_room,
    ),
)
