"""What the audit keeps about people, and what of it can be erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.audit.models import AuditPayload
from portal.audit.queries import about_person, is_about, looked_at
from portal.audit.services import erase_payloads
from portal.plugin_api import EraseMode, Erasure, PrivacySource
from portal.plugin_api.dispatch import looks


def export(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """What was done to a person's record or by them; who else acted is told by role, not by name."""
    return [
        {
            "at": entry.at.isoformat(),
            "action": entry.kind,
            "subject": f"{payload.subject_kind} {payload.subject_id}",
            "by_you": payload.actor_id == person_id,
            "reason": payload.reason,
        }
        for entry, payload in about_person(session, person_id)
    ]


def record_of(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """All that entries about the person say, by others too, and who looked at what is theirs. Whoever acted
    is told by their number.
    """
    about = [
        {
            "at": entry.at.isoformat(),
            "action": entry.kind,
            "by_person": payload.actor_id,
            "reason": payload.reason,
            "details": dict(payload.details),
        }
        for entry, payload in about_person(session, person_id)
        if payload.subject_kind == "person" and payload.subject_id == str(person_id)
    ]
    looked = [
        {
            "at": one.at.isoformat(),
            "looked_at": str(one.what),
            "by_person": one.by_id,
            "reason": one.reason,
        }
        for one in looked_at(session, looks(session), [person_id])
        if one.subject != "person"
    ]
    return [*about, *looked]


def erase(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - the chain stays either way
    """Erase what was said about the person; hold what they did to other records."""
    about = session.scalars(sa.select(AuditPayload.entry_id).where(is_about(person_id))).all()
    erased = erase_payloads(session, about)
    held = session.scalar(
        sa.select(sa.func.count())
        .select_from(AuditPayload)
        .where(AuditPayload.actor_id == person_id)
    )
    return Erasure(
        table="audit_payload",
        erased=erased,
        held=held or 0,
        reason=_l("Others rely on the record of who changed what. It holds a number, not a name.")
        if held
        else "",
    )


SOURCES = (
    PrivacySource(
        table="audit_payload",
        subject="actor_id, subject_id",
        what=_l("Who changed what, and who looked at what is confidential"),
        purpose=_l("To show who did what, so that power can be seen and mistakes can be put right"),
        lawful_basis=_l("Legitimate interests: keeping an honest record"),
        sensitivity="confidential",
        retention=_l(
            "As long as the college runs; what is said about you goes when you are erased"
        ),
        export=export,
        record=record_of,
        erase=erase,
    ),
)
