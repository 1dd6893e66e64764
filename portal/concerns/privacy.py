"""What this room keeps about people, and how it is given back, erased, or held with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.concerns.models import Concern, ConcernStep, EmergencyContact
from portal.concerns.policies import HELD
from portal.concerns.queries import emergency_words, words_of
from portal.concerns.services.alarming import quieten, wait_again
from portal.plugin_api import EraseMode, Erasure, PrivacySource, moved
from portal.vault import seal, unseal


def export_concerns(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """What they told the college under their name, word for word; and that they looked after others'."""
    told = session.scalars(
        sa.select(Concern).where(Concern.raised_by_id == person_id).order_by(Concern.id)
    )
    held = session.scalars(
        sa.select(Concern.acknowledged_at)
        .where(Concern.holder_id == person_id)
        .order_by(Concern.id)
    )
    return [
        *(
            {
                "words": words_of(session, one),
                "reach": unseal(session, Concern.reach, one.uid, one.reach) if one.reach else "",
                "raised_at": one.raised_at.isoformat(),
                "closed_at": one.closed_at.isoformat() if one.closed_at else None,
                "outcome": one.outcome.value if one.outcome else None,
            }
            for one in told
        ),
        *({"looked_after_since": at.isoformat() if at else None} for at in held),
    ]


def erase_concerns(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes what is closed. Holds what is open, and what safeguarding was told of, until its time is over.

    What the person looked after for others waits again for somebody else, or loses their name.
    """
    theirs = Concern.raised_by_id == person_id
    hold = sa.or_(Concern.closed_at.is_(None), Concern.outcome.in_(HELD))
    held = session.scalar(sa.select(sa.func.count(Concern.id)).where(theirs, hold)) or 0
    gone = session.scalars(
        sa.delete(Concern).where(theirs, sa.not_(hold)).returning(Concern.id)
    ).all()
    session.expire_all()
    for concern in session.scalars(
        sa.select(Concern).where(Concern.holder_id == person_id).order_by(Concern.id)
    ).all():
        if concern.closed_at is None:
            quieten(session, concern)
            wait_again(session, concern)
        concern.holder_id = None
    session.flush()
    reason = _("Somebody’s safety may depend on it; it goes when its time is over.") if held else ""
    return Erasure("concern", erased=len(gone), held=held, reason=reason)


def export_steps(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """What was done about what they told us, and what they did for others, without the words: those are
    about several people, and somebody looks through them first.
    """
    steps = session.execute(
        sa.select(ConcernStep.kind, ConcernStep.at, Concern.raised_by_id)
        .join(Concern, Concern.id == ConcernStep.concern_id)
        .where(
            sa.or_(
                Concern.raised_by_id == person_id,
                ConcernStep.by_id == person_id,
                ConcernStep.to_id == person_id,
            )
        )
        .order_by(ConcernStep.id)
    )
    return [
        {"kind": kind.value, "at": at.isoformat(), "about_you": raised_by == person_id}
        for kind, at, raised_by in steps
    ]


def erase_steps(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - others' concerns stand
    """Takes the person's name off what they did for others."""
    changed = 0
    for column in (ConcernStep.by_id, ConcernStep.to_id):
        done = session.scalars(
            sa.update(ConcernStep)
            .where(column == person_id)
            .values({column: None})
            .returning(ConcernStep.id)
        )
        changed += len(done.all())
    return Erasure("concern_step", erased=changed)


def export_emergency(session: Session, person_id: int) -> Sequence[Mapping[str, Any]]:
    """Whom they named."""
    words = emergency_words(session, person_id)
    return [{"words": words}] if words else []


def erase_emergency(session: Session, person_id: int, mode: EraseMode) -> Erasure:  # noqa: ARG001 - goes either way
    """Deletes it."""
    gone = session.scalars(
        sa.delete(EmergencyContact)
        .where(EmergencyContact.person_id == person_id)
        .returning(EmergencyContact.person_id)
    )
    return Erasure("emergency_contact", erased=len(gone.all()))


def merge_emergency(session: Session, kept_id: int, gone_id: int) -> None:
    """Whom they named last. The words are sealed to their record, so they are sealed anew."""
    kept, gone = (session.get(EmergencyContact, number) for number in (kept_id, gone_id))
    if gone is None:
        return
    if kept is None or kept.updated_at < gone.updated_at:
        words = unseal(session, EmergencyContact.words, gone_id, gone.words)
        sealed = seal(session, EmergencyContact.words, kept_id, words)
        kept = kept or EmergencyContact(person_id=kept_id)
        kept.words, kept.updated_at = sealed, gone.updated_at
        session.add(kept)
    session.delete(gone)
    session.flush()


_SAFETY = _l("Keeping people safe: vital interests, and safeguarding in the public interest")
_KEPT = _l("Two years after it was closed, unless the college chooses another time")

SOURCES = (
    PrivacySource(
        table="concern",
        subject="raised_by_id, holder_id",
        what=_l("What you told us when you were worried about yourself or somebody else"),
        seen_by=_l("The people on duty, and nobody else. Each look is recorded"),
        purpose=_l("To do something about what somebody is worried about"),
        lawful_basis=_SAFETY,
        sensitivity="special",
        retention=_KEPT,
        export=export_concerns,
        erase=erase_concerns,
        merge=moved(Concern.raised_by_id, Concern.holder_id),
    ),
    PrivacySource(
        table="concern_step",
        subject="by_id, to_id",
        what=_l("What the people on duty did about a concern"),
        seen_by=_l("The people on duty, and nobody else. Each look is recorded"),
        purpose=_l("To know who looked after it, and what was done"),
        lawful_basis=_SAFETY,
        sensitivity="special",
        retention=_KEPT,
        export=export_steps,
        erase=erase_steps,
        merge=moved(ConcernStep.by_id, ConcernStep.to_id),
    ),
    PrivacySource(
        table="emergency_contact",
        subject="person_id",
        what=_l("Whom to call for you in an emergency"),
        seen_by=_l(
            "The people on duty, and whoever leads your session that day. Each look is recorded"
        ),
        purpose=_l("To call whom you chose, in an emergency"),
        lawful_basis=_l("You chose to tell us"),
        sensitivity="confidential",
        retention=_l("Until you remove it, or your account is erased"),
        export=export_emergency,
        erase=erase_emergency,
        merge=merge_emergency,
    ),
)
