"""Who may act for whom: agreed by the person themselves, with a code, or told to the college."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.audit.api import record
from portal.enrolment.models import Agreement, AgreementCode, How, PlaceDraft
from portal.enrolment.queries.asking import acts_for
from portal.messages.api import tell
from portal.plugin_api import Actor

CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that looks like another
CODE_LENGTH = 12
CODE_LASTS = timedelta(days=7)
KEPT = timedelta(days=730)
CODE_USED = "enrolment:helper_code_used"  # the notice


def may_act_for(session: Session, actor: Actor, person_id: int | None) -> bool:
    """True for the person themselves, and for whoever they agreed to."""
    if person_id is None or actor.person_id is None:
        return False
    return actor.person_id == person_id or person_id in acts_for(session, actor.person_id)


def make_code(session: Session, actor: Actor, *, at: datetime) -> str:
    """A code to hand to whoever may act for the actor; one made before stops working."""
    if actor.person_id is None:
        raise ValueError("nobody is signed in")
    session.execute(sa.delete(AgreementCode).where(AgreementCode.person_id == actor.person_id))
    code = "".join(secrets.choice(CODE_LETTERS) for _letter in range(CODE_LENGTH))
    session.add(
        AgreementCode(person_id=actor.person_id, code_hash=_hash(code), expires_at=at + CODE_LASTS)
    )
    session.flush()
    record(session, actor, "enrolment:agreement:code", ("person", actor.person_id))
    return code


def void_codes(session: Session, person_id: int, *, made_by: datetime) -> None:
    """Codes of theirs that were made by then and that nobody has used open nothing any more."""
    session.execute(
        sa.delete(AgreementCode).where(
            AgreementCode.person_id == person_id,
            AgreementCode.used_at.is_(None),
            AgreementCode.expires_at <= made_by + CODE_LASTS,
        )
    )


def use_code(session: Session, actor: Actor, code: str, *, at: datetime, today: date) -> int | None:
    """Act for whoever gave this code, from now on; their id. None when no such code works. Whoever gave it is
    told by their own way: an unlocked phone may have made it.

    `today` is the date that somebody at the college would write down.
    """
    found = session.scalar(
        sa.select(AgreementCode)
        .where(
            AgreementCode.code_hash == _hash(code),
            AgreementCode.expires_at > at,
            AgreementCode.used_at.is_(None),
        )
        .with_for_update()
    )
    if found is None or actor.person_id is None or found.person_id == actor.person_id:
        return None
    found.used_at = at
    agree(
        session,
        actor,
        found.person_id,
        actor.person_id,
        how=How.ONLINE,
        agreed_on=today,
        at=at,
    )
    about = {"code": found.id}
    tell(session, found.person_id, CODE_USED, about, key=f"{CODE_USED}:{found.id}")
    return found.person_id


def agree(
    session: Session,
    actor: Actor,
    person_id: int,
    acting_id: int | None,
    *,
    how: How,
    agreed_on: date,
    at: datetime,
    run_id: int | None = None,
) -> int:
    """Keep that a person agreed: to somebody, or (`acting_id` None) to the college for one run.

    What was agreed before stands; the agreement's id.
    """
    standing = sa.select(Agreement.id).where(
        Agreement.person_id == person_id,
        Agreement.ended_at.is_(None),
        Agreement.acting_id == acting_id
        if acting_id is not None
        else sa.and_(Agreement.acting_id.is_(None), Agreement.run_id == run_id),
    )
    known = session.scalar(standing.limit(1))
    if known is not None:
        return known
    agreement = Agreement(
        person_id=person_id,
        acting_id=acting_id,
        run_id=run_id,
        how=how,
        agreed_on=agreed_on,
        recorded_by_id=None if how is How.ONLINE else actor.person_id,
        created_at=at,
    )
    session.add(agreement)
    session.flush()
    record(
        session,
        actor,
        "enrolment:agreement:made",
        ("person", person_id),
        details={"agreement": agreement.id, "how": how.value, "agreed_on": agreed_on.isoformat()},
    )
    return agreement.id


def end(session: Session, actor: Actor, agreement_id: int, *, at: datetime) -> bool:
    """Either of the two ends it; what was asked for until then stands. False when it is not theirs."""
    agreement = session.get(Agreement, agreement_id)
    if agreement is None or agreement.acting_id is None or actor.person_id is None:
        return False
    if actor.person_id not in (agreement.person_id, agreement.acting_id):
        return False
    if agreement.ended_at is None:
        agreement.ended_at = at
        session.execute(
            sa.delete(PlaceDraft).where(
                PlaceDraft.by_id == agreement.acting_id,
                PlaceDraft.person_id == agreement.person_id,
            )
        )
        record(
            session,
            actor,
            "enrolment:agreement:ended",
            ("person", agreement.person_id),
            details={"agreement": agreement_id},
        )
        session.flush()
    return True


def useless_codes(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's signature
    """The ids of codes that work no more at that instant."""
    return sa.select(AgreementCode.id).where(
        sa.or_(AgreementCode.expires_at <= before, AgreementCode.used_at.is_not(None))
    )


def forget_codes(session: Session, ids: Sequence[int]) -> None:
    """Delete these."""
    session.execute(sa.delete(AgreementCode).where(AgreementCode.id.in_(ids)))


def ended_before(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's signature
    """The ids of agreements that ended before then."""
    return sa.select(Agreement.id).where(Agreement.ended_at < before)


def forget(session: Session, ids: Sequence[int]) -> None:
    """Delete these."""
    session.execute(sa.delete(Agreement).where(Agreement.id.in_(ids)))


def merge(session: Session, kept_id: int, gone_id: int) -> None:
    """Two records were one person's. What both agreed to stands once; drafts of the one that goes do not."""
    session.execute(
        sa.delete(PlaceDraft).where(
            sa.or_(
                PlaceDraft.by_id == gone_id,
                PlaceDraft.person_id == gone_id,
                PlaceDraft.companion_id == gone_id,
            )
        )
    )
    session.execute(sa.delete(AgreementCode).where(AgreementCode.person_id == gone_id))
    session.execute(
        sa.update(Agreement)
        .where(Agreement.recorded_by_id == gone_id)
        .values(recorded_by_id=kept_id)
    )
    rows = session.scalars(
        sa.select(Agreement).where(
            sa.or_(Agreement.person_id == gone_id, Agreement.acting_id == gone_id)
        )
    ).all()
    for row in rows:
        person = kept_id if row.person_id == gone_id else row.person_id
        acting = kept_id if row.acting_id == gone_id else row.acting_id
        twin = sa.select(Agreement.id).where(
            Agreement.person_id == person,
            Agreement.acting_id == acting,
            Agreement.ended_at.is_(None),
            Agreement.id != row.id,
        )
        if person == acting or (
            row.ended_at is None and acting is not None and session.scalar(twin) is not None
        ):
            session.delete(row)
        else:
            row.person_id, row.acting_id = person, acting
        session.flush()


def _hash(code: str) -> str:
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()
