"""What a change of a step or an opportunity leaves behind, in its own transaction: a row that coordinators
read, and the entry of the audit, which names the changed fields and not what they held.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from portal import clock
from portal.audit.api import record
from portal.facilitators.models import ChangedKind, LeadingChange
from portal.plugin_api import Actor

Changes = dict[str, list[Any]]
AUDITED = {ChangedKind.STEP: "pathway_step", ChangedKind.OPPORTUNITY: "opportunity"}


def differences(old: object, new: Mapping[str, Any]) -> Changes:
    """The fields in which a record differs from these values: field → [old, new]."""
    changes: Changes = {}
    for field, value in new.items():
        pair = [_plain(getattr(old, field)), _plain(value)]
        if pair[0] != pair[1]:
            changes[field] = pair
    return changes


def note(
    session: Session,
    actor: Actor,
    kind: ChangedKind,
    key: object,
    action: str,
    changes: Changes | None = None,
) -> None:
    """Write one change down."""
    session.add(
        LeadingChange(
            subject_kind=kind,
            key=str(key),
            action=action,
            at=clock.now(),
            actor_person_id=actor.person_id,
            changes=changes or {},
        )
    )
    session.flush()
    record(
        session,
        actor,
        f"facilitators:{kind.value}:{action}",
        (AUDITED[kind], str(key)),
        details={"fields": sorted(changes)} if changes else None,
    )


def _plain(value: object) -> Any:
    """The value as JSON holds it; words of the portal itself as the reader's language has them."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, date) else str(value)
