"""References: asked for, written and signed by somebody of the college by name; then the person's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import people_by_ids
from portal.audit.api import record
from portal.desk.api import close_task, open_task, working_day_after
from portal.facilitators.models import Reference, ReferenceState
from portal.facilitators.services import pathway_telling
from portal.facilitators.services.errors import MissingRecordError, RefusedError
from portal.facilitators.services.giving import contribution_record
from portal.plugin_api import Actor
from portal.plugin_api.dispatch import setting
from portal.vault import seal, unseal

REFERENCE_DAYS = "facilitators:reference_days"
REFERENCE_TASK = "facilitators:reference_asked"


@dataclass(frozen=True, slots=True)
class Signature:
    """What stands on the paper. `office` is what the signer is here, such as "Coordinator"."""

    words: str
    office: str


def ask(session: Session, actor: Actor, purpose: str, *, today: date) -> int:
    """The actor asks for a reference; its id. One that waits with the same purpose is that one.

    Raises:
        MissingRecordError: nobody is signed in.
    """
    if actor.person_id is None:
        raise MissingRecordError
    standing = session.scalar(
        sa.select(Reference.id).where(
            Reference.person_id == actor.person_id,
            Reference.state == ReferenceState.ASKED,
            Reference.purpose == purpose,
        )
    )
    if standing is not None:
        return standing
    one = Reference(
        person_id=actor.person_id,
        purpose=purpose,
        state=ReferenceState.ASKED,
        asked_at=clock.now(),
    )
    session.add(one)
    session.flush()
    _note(session, actor, one, "asked")
    open_task(
        session,
        kind=REFERENCE_TASK,
        key=task_key(one.id),
        due=ready_by(session, today),
        about={"reference": one.id},
        person_id=actor.person_id,
        link=f"/manage/references/{one.id}",
    )
    return one.id


def ready_by(session: Session, day: date) -> date:
    """The day by which a reference that is asked for today is written."""
    return working_day_after(day, int(setting(session, REFERENCE_DAYS)))


def withdraw(session: Session, actor: Actor, reference_id: int) -> None:
    """The person does not need it any more; a signed one stays theirs.

    Raises:
        MissingRecordError: it is not theirs.
    """
    one = _locked(session, reference_id)
    if one.person_id != actor.person_id:
        raise MissingRecordError(reference_id)
    if one.state is ReferenceState.ASKED:
        one.state = ReferenceState.WITHDRAWN
        session.flush()
        _note(session, actor, one, "withdrawn")
        close_task(session, task_key(one.id))


def sign(session: Session, actor: Actor, reference_id: int, given: Signature) -> None:
    """Sign it, by name, with the time that the person gave until today. From then it never changes.

    Raises:
        MissingRecordError: there is no such reference.
        RefusedError: it is the actor's own, is signed or not wanted any more, or a part of what the person
            gave cannot be read at the moment.
        VaultError: the college has no key.
    """
    one = _locked(session, reference_id)
    if one.person_id == actor.person_id:
        raise RefusedError(_l("This is your own. Somebody else writes it."))
    if one.state is not ReferenceState.ASKED:
        raise RefusedError(_l("It was signed or taken back meanwhile. Look at it again."))
    given_so_far = contribution_record(session, actor, one.person_id)
    if given_so_far.missing:
        raise RefusedError(
            _l("A part of what they gave cannot be read just now. Please sign it later.")
        )
    signer = people_by_ids(session, [actor.person_id or 0]).get(actor.person_id or 0)
    if signer is None:
        raise MissingRecordError(reference_id)
    one.state, one.signed_at, one.signer_id = ReferenceState.SIGNED, clock.now(), signer.id
    one.words = seal(session, Reference.words, one.id, given.words.strip())
    one.signed_as, one.signed_office = signer.name, given.office
    one.gifts, one.minutes, one.first_day = (
        given_so_far.count,
        given_so_far.minutes,
        given_so_far.first,
    )
    session.flush()
    _note(session, actor, one, "signed")
    close_task(session, task_key(one.id))
    pathway_telling.reference_signed(session, one)


def task_key(reference_id: int) -> str:
    """The key of the desk's task to write it."""
    return f"{REFERENCE_TASK}:{reference_id}"


def references_of(session: Session, person_id: int) -> Sequence[Reference]:
    """Somebody's references, the latest first."""
    return session.scalars(
        sa.select(Reference)
        .where(Reference.person_id == person_id, Reference.state != ReferenceState.WITHDRAWN)
        .order_by(Reference.id.desc())
    ).all()


def reference_of(session: Session, person_id: int, reference_id: int) -> Reference | None:
    """One reference, when it is this person's and not taken back."""
    return session.scalar(
        sa.select(Reference).where(
            Reference.id == reference_id,
            Reference.person_id == person_id,
            Reference.state != ReferenceState.WITHDRAWN,
        )
    )


def reference_words(session: Session, one: Reference) -> str:
    """What it says; empty while nobody has signed it. Whoever shows it has asked who reads it.

    Raises:
        VaultError: it does not open.
    """
    return unseal(session, Reference.words, one.id, one.words) if one.words is not None else ""


def references_asked(session: Session) -> Sequence[Reference]:
    """Those that wait to be written, the longest first."""
    return session.scalars(
        sa.select(Reference)
        .where(Reference.state == ReferenceState.ASKED)
        .order_by(Reference.asked_at, Reference.id)
    ).all()


def _locked(session: Session, reference_id: int) -> Reference:
    one = session.scalar(
        sa.select(Reference)
        .where(Reference.id == reference_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if one is None:
        raise MissingRecordError(reference_id)
    return one


def _note(session: Session, actor: Actor, one: Reference, action: str) -> None:
    record(
        session,
        actor,
        f"facilitators:reference:{action}",
        ("person", one.person_id),
        details={"reference": one.id},
    )
