"""Who makes a proposal: beginning one, asking to join, inviting, coming in, leaving, and what helps."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals import states
from plugins.proposals.models import (
    Answer,
    Contributor,
    Credit,
    Invitation,
    Proposal,
    Section,
    Step,
    Version,
)
from plugins.proposals.policies import EXPECTATIONS, INVITED_FOR
from plugins.proposals.services.own_part import name_part
from plugins.proposals.services.store import (
    GoneError,
    Loaded,
    load,
    new_ref,
    rules_of,
    save,
    with_id,
)
from plugins.proposals.services.telling import tell_part, tell_parts
from plugins.proposals.states import Perspective, RefusedError, Stage, Why
from plugins.proposals.texts import digest, folded
from portal.audit import api as audit
from portal.desk.api import close_task, open_task, working_day_after
from portal.plugin_api import Actor, now

ONLINE = "online"


@dataclass(frozen=True, slots=True)
class Part:
    """How somebody takes part, and that they agreed; `how`: "online", or as the college noted it."""

    perspective: Perspective
    credit: Credit
    pseudonym: str = ""
    agreed: bool = True
    how: str = ONLINE


def begin(
    session: Session, actor: Actor, title: str, words: str, person_id: int | None, part: Part
) -> Proposal:
    """A new idea, flushed. Without a person (an idea from a box) it looks for somebody at once.

    Raises:
        RefusedError: CONSENT.
    """
    if person_id is not None and not part.agreed:
        raise RefusedError(Why.CONSENT)
    at = now()
    row = Proposal(
        ref=new_ref(),
        title=title,
        words=folded(title, words),
        stage=Stage.IDEA,
        version=1,
        round=1,
        started_at=at,
        stage_since=at,
    )
    if person_id is None:
        row.stage, row.back_to = Stage.STEWARD, Stage.IDEA
        row.steward_until = at + rules_of(session).steward
    session.add(row)
    session.flush()
    texts = {"idea": words}
    session.add(Section(proposal_id=row.id, key="idea", words=words, version=1))
    session.add(
        Step(
            proposal_id=row.id, stage=row.stage, version=1, by_id=actor.person_id, at=at, seconds=0
        )
    )
    author: int | None = None
    if person_id is not None:
        author = _add_part(session, row.id, person_id, part, started=True).id
    session.add(
        Version(
            proposal_id=row.id,
            number=1,
            digest=digest(texts),
            texts=texts,
            at=at,
            contributor_id=author,
        )
    )
    session.flush()
    details: Mapping[str, object] = {"by_phone": part.how != ONLINE}
    audit.record(session, actor, "proposals:proposal:begin", ("proposal", row.id), details=details)
    if person_id is None:
        look_for_steward(session, row)
    return row


def look_for_steward(session: Session, row: Proposal) -> None:
    """Ask the people of the college to find somebody who goes on with it."""
    due = working_day_after(now().date(), 2)
    open_task(
        session,
        kind="proposals:steward",
        key=steward_key(row),
        due=due,
        about={"proposal": row.id},
    )


def steward_key(row: Proposal) -> str:
    """The key of the desk's task to find somebody for it, this time."""
    return f"proposals:steward:{row.id}:{row.stage_since:%Y%m%d%H%M%S}"


def _add_part(
    session: Session, proposal_id: int, person_id: int, part: Part, *, started: bool = False
) -> Contributor:
    at = now()
    row = Contributor(
        proposal_id=proposal_id,
        person_id=person_id,
        perspective=part.perspective,
        credit=part.credit,
        pseudonym=part.pseudonym if part.credit is Credit.PSEUDONYM else "",
        started=started,
        agreed_at=at,
        agreed_how=part.how,
        expectations=EXPECTATIONS,
        joined_at=at,
    )
    session.add(row)
    session.flush()
    return row


def join(session: Session, actor: Actor, proposal_id: int, person_id: int, part: Part) -> None:
    """Somebody makes it with the others from now on. Whoever left comes back to their old part.

    Raises:
        GoneError: there is no such proposal.
        RefusedError: STAGE, CONSENT, JOINED.
    """
    loaded = load(session, proposal_id)
    add_to(session, actor, loaded, person_id, part)


def add_to(session: Session, actor: Actor, loaded: Loaded, person_id: int, part: Part) -> None:
    """`join` for a proposal that is at hand."""
    before = loaded.state.of_person(person_id)
    key = before.id if before else 0
    after = states.join(loaded.state, key, person_id, part.perspective, agreed=part.agreed)
    if before is None:
        row = _add_part(session, loaded.row.id, person_id, part)
        after = with_id(after, row.id)
    else:
        row = next(one for one in loaded.people if one.id == key)
        row.agreed_at, row.agreed_how = now(), part.how
        row.expectations = EXPECTATIONS
    name_part(session, row, part.credit, part.pseudonym)
    if loaded.state.stage is Stage.STEWARD:
        close_task(session, steward_key(loaded.row))
    save(session, actor, loaded, after, "proposals:proposal:join", details={"part": row.id})


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
        sa.select(Invitation).where(
            Invitation.proposal_id == proposal_id,
            Invitation.person_id == actor.person_id,
            Invitation.answer.is_(None),
        )
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
        RefusedError: NOT_HERE for whoever does not make it; STAGE, where nobody can join any more.
    """
    loaded = load(session, proposal_id)
    loaded.part_of(actor.person_id)
    asked = session.get(Invitation, invitation_id, populate_existing=True)
    if asked is None or asked.proposal_id != proposal_id or asked.digest or not asked.person_id:
        raise GoneError
    if asked.answer is not None:
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
        sa.select(Invitation.id)
        .where(
            Invitation.proposal_id == proposal_id,
            Invitation.person_id.is_not(None),
            Invitation.answer.is_(None),
        )
        .order_by(Invitation.id)
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


def leave(session: Session, actor: Actor, proposal_id: int, person_id: int) -> None:
    """Somebody takes part no longer, without a reason. Nothing they gave is lost.

    Raises:
        GoneError, RefusedError: NOT_HERE.
    """
    loaded = load(session, proposal_id)
    key = loaded.part_of(person_id)
    after = states.leave(loaded.state, key, at=now(), rules=rules_of(session))
    save(session, actor, loaded, after, "proposals:proposal:leave", details={"part": key})
    if after.stage is Stage.STEWARD:
        look_for_steward(session, loaded.row)
