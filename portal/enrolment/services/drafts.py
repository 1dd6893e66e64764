"""Asking for a place step by step: what is kept until it is sent, and what comes of sending it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.db import table_of
from portal.enrolment.models import (
    Company,
    Enrolment,
    How,
    Offer,
    PlaceDraft,
    Role,
    TakesPart,
    WaitEntry,
    WaitState,
)
from portal.enrolment.queries.asking import Written, draft_of
from portal.enrolment.queries.needs import drafted_words
from portal.enrolment.services import agreements, seats, wishes
from portal.enrolment.services.outcomes import (
    Body,
    Enrolled,
    Full,
    Offered,
    PartyError,
    TooLate,
    Waiting,
)
from portal.plugin_api import Actor
from portal.vault import seal

KEPT = timedelta(days=30)
_DRAFT = table_of(PlaceDraft)
_FORGET = sa.delete(_DRAFT).where(
    _DRAFT.c.by_id == sa.bindparam("writer"), _DRAFT.c.run_id == sa.bindparam("run")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Everything that was asked, once it is answered. A companion is known here, or named."""

    run_id: int
    person_id: int
    mode: TakesPart
    needs: str = ""
    role: Role | None = None
    companion_id: int | None = None
    guest_name: str = ""

    @property
    def bodies(self) -> list[Body]:
        """Who comes, the student first; they take part in the same way."""
        found = [Body(person_id=self.person_id, mode=self.mode)]
        if self.role is not None:
            found.append(
                Body(
                    person_id=self.companion_id,
                    guest_name="" if self.companion_id else self.guest_name,
                    role=self.role,
                    mode=self.mode,
                )
            )
        return found


def write(session: Session, by_id: int, run_id: int, *, at: datetime, **answers: object) -> None:
    """Keep answers, whatever else has been answered; the first one begins the draft. `needs` is sealed.

    Raises:
        VaultError: the college has no key.
    """
    draft = draft_of(session, by_id, run_id)
    if draft is None:
        uid = str(uuid.uuid4())
        draft = PlaceDraft(uid=uid, by_id=by_id, run_id=run_id, person_id=by_id, updated_at=at)
        session.add(draft)
    for name, value in answers.items():
        kept = value
        if name == "needs":
            kept = seal(session, PlaceDraft.needs, draft.uid, str(value))
        setattr(draft, name, kept)
    draft.updated_at = at
    session.flush()


def answers_of(draft: Written, mode: TakesPart | None) -> Answers | None:
    """What a draft asks for; None while a question is open. `mode` stands where the run leaves no choice."""
    chosen = mode or draft.mode
    if draft.person_id is None or chosen is None or draft.needs is None or draft.company is None:
        return None
    with_somebody = draft.company is not Company.ALONE
    return Answers(
        run_id=draft.run_id,
        person_id=draft.person_id,
        mode=chosen,
        needs=draft.needs,
        role=draft.role if with_somebody else None,
        companion_id=draft.companion_id if draft.company is Company.KNOWN else None,
        guest_name=draft.guest_name if draft.company is Company.GUEST else "",
    )


def ask(
    session: Session, actor: Actor, answers: Answers, *, at: datetime, or_wait: bool
) -> Enrolled | Waiting | Offered | Full:
    """Ask for the places that a draft describes. It is kept while they wait, for what they share.

    Raises:
        PlaceRefusedError: no place can be asked for like this; nothing was changed.
        NoSuchPlaceError: there is no such run.
    """
    for person_id in (answers.person_id, answers.companion_id):
        if person_id is not None and not agreements.may_act_for(session, actor, person_id):
            raise PartyError(_l("They must agree first. Ask them, or call us."))
    own = actor.person_id == answers.person_id
    asking = seats.book if or_wait else seats.book_at_once
    outcome = asking(
        session,
        actor,
        answers.run_id,
        answers.bodies,
        at=at,
        how=How.ONLINE if own else How.SUPPORTER,
    )
    # The engine asks of those who learn; this is for whoever comes along, in the order of locks it keeps.
    if isinstance(outcome, Enrolled):
        _share(session, outcome, answers.needs, at)
        forget(session, actor.person_id, answers.run_id)
    return outcome


def accept(
    session: Session, actor: Actor, offer_id: int, *, at: datetime, override: str = ""
) -> Enrolled | TooLate:
    """Take the offered places; what was written while asking for them is shared from now on.

    Raises:
        TermCapError: they have as many workshops as they may.
        NoSuchPlaceError: there is no such offer.
    """
    outcome = seats.accept(session, actor, offer_id, at=at, override=override)
    if isinstance(outcome, Enrolled):
        entry = session.scalars(
            sa.select(WaitEntry)
            .join(Offer, Offer.entry_id == WaitEntry.id)
            .where(Offer.id == offer_id)
        ).one()
        drafts = session.scalars(
            sa.select(PlaceDraft).where(
                PlaceDraft.run_id == outcome.run_id, PlaceDraft.person_id == entry.person_id
            )
        ).all()
        for draft in drafts:
            words = drafted_words(session, draft.uid, draft.needs)
            _share(session, outcome, words or "", at)
            session.delete(draft)
        session.flush()
    return outcome


def forget(session: Session, by_id: int | None, run_id: int) -> None:
    """A draft is not needed any more."""
    session.execute(_FORGET, {"writer": by_id, "run": run_id})


def left_since(session: Session, before: datetime) -> sa.Select[Any]:  # noqa: ARG001 - the contract's signature
    """The ids of drafts that nobody has touched since then, unless their person waits for the place."""
    waiting = sa.select(WaitEntry.id).where(
        WaitEntry.run_id == PlaceDraft.run_id,
        WaitEntry.person_id == PlaceDraft.person_id,
        WaitEntry.state.in_((WaitState.WAITING, WaitState.OFFERED)),
    )
    return sa.select(PlaceDraft.id).where(
        PlaceDraft.updated_at < before, ~waiting.correlate(PlaceDraft).exists()
    )


def forget_left(session: Session, ids: Sequence[int]) -> None:
    """Delete these."""
    session.execute(sa.delete(PlaceDraft).where(PlaceDraft.id.in_(ids)))


def _share(session: Session, outcome: Enrolled, needs: str, at: datetime) -> None:
    """What they wrote goes with the student's place. A place they had before keeps what was shared then."""
    if not needs or outcome.already:
        return
    student = session.get(Enrolment, outcome.enrolment_ids[0])
    if student is not None:
        wishes.share_needs(session, student.id, needs, at=at)
