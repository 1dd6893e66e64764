"""Ways in: asking to join and the answer, the link that somebody hands on."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals import states
from plugins.proposals.models import Answer, Credit, Invitation
from plugins.proposals.policies import INVITED_FOR
from plugins.proposals.services.store import GoneError, load
from plugins.proposals.services.taking_part import Part, add_to, waits
from plugins.proposals.services.telling import tell_part, tell_parts
from plugins.proposals.states import RefusedError, Why
from portal.audit import api as audit
from portal.plugin_api import Actor, now


def take_back_asking(session: Session, actor: Actor, proposal_id: int) -> None:
    """The actor would not like to join after all. Nothing is kept of it.

    Raises:
        GoneError: there is no such proposal.
    """
    load(session, proposal_id)
    mine = sa.delete(Invitation).where(*waits(proposal_id), Invitation.person_id == actor.person_id)
    if session.execute(mine.returning(Invitation.id)).all():
        audit.record(session, actor, "proposals:invitation:take_back", ("proposal", proposal_id))


def ask_to_join(session: Session, actor: Actor, proposal_id: int, part: Part) -> None:
    """Tell those who make it that the actor would like to join. A second asking changes the first.

    Raises:
        GoneError, RefusedError: as `join`; NOT_HERE, where nobody is signed in.
    """
    if actor.person_id is None:
        raise RefusedError(Why.NOT_HERE)
    loaded = load(session, proposal_id)
    states.join(loaded.state, 0, actor.person_id, part.perspective, agreed=part.agreed)
    asked = session.scalar(
        sa.select(Invitation).where(*waits(proposal_id), Invitation.person_id == actor.person_id)
    )
    if asked is None:
        asked = Invitation(proposal_id=proposal_id, person_id=actor.person_id, at=now())
        session.add(asked)
    asked.perspective, asked.credit = part.perspective, part.credit
    asked.pseudonym = part.pseudonym if part.credit is Credit.PSEUDONYM else ""
    session.flush()
    audit.record(session, actor, "proposals:invitation:ask", ("proposal", proposal_id))
    tell_parts(session, loaded, "proposals:asked", key=f"asked:{asked.id}")


def answer_asked(
    session: Session, actor: Actor, proposal_id: int, invitation_id: int, answer: Answer
) -> None:
    """Say yes or no to somebody who asked to join. What somebody else answered before stands.

    Raises:
        GoneError: there is nothing to answer.
        RefusedError: NOT_HERE for whoever does not make it; STAGE, where nobody can join any more;
            ANSWERED, where somebody said something else before.
    """
    loaded = load(session, proposal_id)
    loaded.part_of(actor.person_id)
    asked = session.get(Invitation, invitation_id, populate_existing=True)
    if asked is None or asked.proposal_id != proposal_id or asked.digest or not asked.person_id:
        raise GoneError
    if asked.answer is not None:
        if asked.answer is not answer:
            raise RefusedError(Why.ANSWERED)
        return
    asked.answer, asked.answered_at = answer, now()
    session.flush()
    if answer is Answer.YES and asked.perspective and asked.credit:
        part = Part(asked.perspective, asked.credit, asked.pseudonym)
        add_to(session, actor, loaded, asked.person_id, part)
    else:
        audit.record(session, actor, "proposals:invitation:decline", ("proposal", proposal_id))
    tell_part(session, asked.person_id, loaded.row, "proposals:answered", key=f"in:{asked.id}")


def waiting(session: Session, proposal_id: int) -> Sequence[int]:
    """Ids of the invitations of people who asked to join and have no answer yet, the first first."""
    return session.scalars(
        sa.select(Invitation.id).where(*waits(proposal_id)).order_by(Invitation.id)
    ).all()


def invite(session: Session, actor: Actor, proposal_id: int) -> str:
    """A secret that lets one person in, for 28 days; only its hash is kept.

    Raises:
        GoneError: there is no such proposal.
        RefusedError: NOT_HERE.
    """
    loaded = load(session, proposal_id)
    loaded.part_of(actor.person_id)
    secret = secrets.token_urlsafe(16)
    session.add(Invitation(proposal_id=proposal_id, digest=_hash(secret), at=now()))
    session.flush()
    audit.record(session, actor, "proposals:invitation:make", ("proposal", proposal_id))
    return secret


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def invitation_of(session: Session, secret: str) -> Invitation | None:
    """The invitation of a secret, while it can be used."""
    return session.scalar(
        sa.select(Invitation).where(
            Invitation.digest == _hash(secret),
            Invitation.answer.is_(None),
            Invitation.at > now() - INVITED_FOR,
        )
    )


def accept(session: Session, actor: Actor, secret: str, part: Part) -> int:
    """Come in with an invitation, which is used up; returns the proposal's id.

    Raises:
        GoneError: it was used, has run out, or never was.
        RefusedError: as `join`.
    """
    found = invitation_of(session, secret)
    if found is None or actor.person_id is None:
        raise GoneError
    loaded = load(session, found.proposal_id)
    session.refresh(found)
    if found.answer is not None:
        raise GoneError
    add_to(session, actor, loaded, actor.person_id, part)
    found.answer, found.answered_at = Answer.YES, now()
    session.flush()
    return found.proposal_id
