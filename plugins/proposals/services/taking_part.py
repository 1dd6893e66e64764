"""Who makes a proposal: beginning one, taking part in it, leaving. Ways in stand in `coming_in`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals import states
from plugins.proposals.models import (
    Agreement,
    Answer,
    Contributor,
    Credit,
    Invitation,
    Proposal,
    Section,
    Step,
    Version,
)
from plugins.proposals.policies import EXPECTATIONS
from plugins.proposals.services.own_part import forget_support, name_part
from plugins.proposals.services.store import (
    Loaded,
    load,
    new_ref,
    rules_of,
    save,
    with_id,
)
from plugins.proposals.states import Perspective, RefusedError, Stage, Why
from plugins.proposals.texts import NAME, digest, folded
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
    texts = {NAME: title, "idea": words}
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
        if not before.active:  # they said yes to what was planned before they left
            session.execute(sa.delete(Agreement).where(Agreement.contributor_id == row.id))
    # An idea from a box has nobody who began it: whoever takes it up says how it is being made.
    row.started = row.started or not any(one.started for one in loaded.people)
    _settle_asked(session, loaded.row.id, person_id)
    name_part(session, row, part.credit, part.pseudonym)
    if loaded.state.stage is Stage.STEWARD:
        close_task(session, steward_key(loaded.row))
    save(session, actor, loaded, after, "proposals:proposal:join", details={"part": row.id})


def _settle_asked(session: Session, proposal_id: int, person_id: int) -> None:
    """Somebody who asked has come in, by whatever way: nobody need answer any more."""
    session.execute(
        sa.update(Invitation)
        .where(*waits(proposal_id), Invitation.person_id == person_id)
        .values(answer=Answer.YES, answered_at=now())
    )


def waits(proposal_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    """The condition on `Invitation` that somebody asked to join and has no answer."""
    return (
        Invitation.proposal_id == proposal_id,
        Invitation.person_id.is_not(None),
        Invitation.answer.is_(None),
    )


def leave(session: Session, actor: Actor, proposal_id: int, person_id: int) -> None:
    """Somebody takes part no longer, without a reason. Nothing they gave is lost.

    Raises:
        GoneError, RefusedError: NOT_HERE.
    """
    loaded = load(session, proposal_id)
    key = loaded.part_of(person_id)
    after = states.leave(loaded.state, key, at=now(), rules=rules_of(session))
    forget_support(session, key)
    save(session, actor, loaded, after, "proposals:proposal:leave", details={"part": key})
    if after.stage is Stage.STEWARD:
        look_for_steward(session, loaded.row)
