"""Reviews, the conversation where they differ, the decision, and the appeal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from plugins.proposals import states
from plugins.proposals.events import ProposalAdopted
from plugins.proposals.models import Conversation, Declaration, Outcome, Review, Version
from plugins.proposals.services.store import Loaded, load, look, rules_of, save, with_id
from plugins.proposals.services.telling import tell_parts, tell_reviewers
from plugins.proposals.services.writing import texts_now
from plugins.proposals.states import ADOPTED, Perspective, RefusedError, Stage, Verdict, Why
from portal.courses.api import begin_course
from portal.desk.api import close_task, open_task, working_day_after
from portal.plugin_api import Actor, insert_once, now, publish


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided. `topic_id` is the shelf of the catalogue for what is adopted."""

    stage: Stage
    reasons: Mapping[str, str] = field(default_factory=dict)
    change: str = ""
    contact: str = ""
    topic_id: int | None = None


def declare(
    session: Session,
    actor: Actor,
    proposal_id: int,
    perspective: Perspective,
    *,
    interests: str,
    employer: str,
) -> None:
    """Say what interests the actor has, before the text opens for them. The first word stands.

    Raises:
        GoneError, RefusedError: STAGE, CONTRIBUTOR, SAME_PEOPLE; NOT_HERE where nobody is signed in.
    """
    loaded = load(session, proposal_id)
    if actor.person_id is None:
        raise RefusedError(Why.NOT_HERE)
    after = states.declare(loaded.state, actor.person_id)
    insert_once(
        session,
        Declaration,
        proposal_id=proposal_id,
        person_id=actor.person_id,
        round=loaded.row.round,
        perspective=perspective,
        interests=interests,
        employer=employer,
        at=now(),
    )
    save(session, actor, loaded, after, "proposals:review:declare")


def review(
    session: Session,
    actor: Actor,
    proposal_id: int,
    answers: Mapping[str, tuple[int, str]],
    *,
    read: int | None = None,
) -> None:
    """What the actor says of the present version, from the perspective that they declared: a band and words
    for each criterion. `read` is the version that they had before their eyes.

    Raises:
        GoneError, RefusedError: STAGE, CONTRIBUTOR, SAME_PEOPLE, UNDECLARED, CHANGED, CRITERIA.
    """
    loaded = load(session, proposal_id)
    person_id = actor.person_id or 0
    said = _declared_as(session, loaded, person_id)
    mine = [one for one in loaded.reviews if one.person_id == person_id and not one.voided_at]
    bands = {name: band for name, (band, _words) in answers.items()}
    key = mine[0].id if mine else 0
    rules = rules_of(session)
    after = states.review(loaded.state, key, person_id, said, bands, rules=rules, read=read)
    row = mine[0] if mine else Review(proposal_id=proposal_id, person_id=person_id)
    row.round, row.perspective, row.version = loaded.row.round, said, loaded.row.version
    row.confirmed, row.at = loaded.row.version, now()
    row.answers = {name: list(answer) for name, answer in answers.items()}
    row.digest = _digest(session, loaded)
    if not mine:
        session.add(row)
        session.flush()
        after = with_id(after, row.id)
    save(session, actor, loaded, after, "proposals:review:write", details={"review": row.id})
    _look_for_conversation(session, loaded)


def _declared_as(session: Session, loaded: Loaded, person_id: int) -> Perspective:
    """What they declared; for whoever declared nothing the rules say why that is refused."""
    found = session.scalar(
        sa.select(Declaration.perspective).where(
            Declaration.proposal_id == loaded.row.id,
            Declaration.person_id == person_id,
            Declaration.round == loaded.row.round,
        )
    )
    return found or Perspective.LEARNER


def _digest(session: Session, loaded: Loaded) -> str:
    found = session.scalar(
        sa.select(Version.digest).where(
            Version.proposal_id == loaded.row.id, Version.number == loaded.row.version
        )
    )
    return found or ""


def confirm(session: Session, actor: Actor, proposal_id: int, *, read: int | None = None) -> None:
    """The actor stands by their review for the version of now, which is the one they `read`.

    Raises:
        GoneError, RefusedError: STAGE, UNDECLARED, CHANGED.
    """
    loaded = load(session, proposal_id)
    after = states.confirm(loaded.state, actor.person_id or 0, read=read)
    digest = _digest(session, loaded)
    for row in loaded.reviews:
        if row.person_id == actor.person_id and not row.voided_at:
            row.digest = digest
    save(session, actor, loaded, after, "proposals:review:confirm")
    _look_for_conversation(session, loaded)


def _look_for_conversation(session: Session, loaded: Loaded) -> None:
    """Where the groups see it differently, a conversation is arranged by the people of the college."""
    found = states.verdict(loaded.state, rules_of(session))
    if loaded.row.stage is Stage.REVIEW and found.enough and found.apart:
        open_task(
            session,
            kind="proposals:conversation",
            key=_talk_key(loaded),
            due=working_day_after(now().date(), 2),
            about={"proposal": loaded.row.id},
        )


def _talk_key(loaded: Loaded) -> str:
    return f"proposals:conversation:{loaded.row.id}"


def verdict_of(session: Session, proposal_id: int) -> Verdict:
    """What the reviews add up to at this moment.

    Raises:
        GoneError: there is no such proposal.
    """
    return states.verdict(look(session, proposal_id), rules_of(session))


def converse(session: Session, actor: Actor, proposal_id: int) -> None:
    """Begin the conversation that stands in the place of a decision.

    Raises:
        GoneError, RefusedError: STAGE, REVIEWS, TOGETHER.
    """
    loaded = load(session, proposal_id)
    rules = rules_of(session)
    found = states.verdict(loaded.state, rules)
    after = states.converse(loaded.state, rules)
    session.add(
        Conversation(
            proposal_id=proposal_id,
            version=loaded.row.version,
            criteria={name: list(found.gaps[name]) for name in found.apart},
            opened_at=now(),
        )
    )
    save(session, actor, loaded, after, "proposals:conversation:begin")
    key = f"talk:v{loaded.row.version}:{now():%Y%m%d%H%M}"
    tell_parts(session, loaded, "proposals:conversation", key=key)
    tell_reviewers(session, loaded.row, "proposals:conversation", key=key)


def end_conversation(session: Session, actor: Actor, proposal_id: int, words: str) -> None:
    """Write down what was said; reviewers look at their bands again.

    Raises:
        GoneError, RefusedError: STAGE.
    """
    loaded = load(session, proposal_id)
    after = states.return_to_review(loaded.state)
    session.execute(
        sa.update(Conversation)
        .where(Conversation.proposal_id == proposal_id, Conversation.closed_at.is_(None))
        .values(closed_at=now(), words=words)
    )
    close_task(session, _talk_key(loaded))
    save(session, actor, loaded, after, "proposals:conversation:end")
    key = f"talked:v{loaded.row.version}:{now():%Y%m%d%H%M}"
    tell_reviewers(session, loaded.row, "proposals:talked", key=key)


def decide(session: Session, actor: Actor, proposal_id: int, decision: Decision) -> None:
    """Decide. What is adopted becomes a course that is being made, in the same transaction.

    Raises:
        GoneError, RefusedError: STAGE, CONTRIBUTOR, SAME_PEOPLE, REVIEWS, APART, REASONS.
        portal.courses.api.InvalidError: the course cannot be begun like that.
    """
    loaded = load(session, proposal_id)
    after = states.decide(
        loaded.state,
        actor.person_id or 0,
        decision.stage,
        rules=rules_of(session),
        reasons=decision.reasons,
        change=decision.change,
        contact=decision.contact,
    )
    session.add(
        Outcome(
            proposal_id=proposal_id,
            round=loaded.row.round,
            stage=decision.stage,
            version=loaded.row.version,
            decided_by_id=actor.person_id,
            at=now(),
            reasons={name: words for name, words in decision.reasons.items() if words.strip()},
            change=decision.change,
            contact=decision.contact,
        )
    )
    if decision.stage in ADOPTED and loaded.row.course_id is None:
        _begin_course(session, actor, loaded, decision)
    save(session, actor, loaded, after, "proposals:proposal:decide")
    close_task(session, f"proposals:appeal:{proposal_id}")
    key = f"decided:{loaded.row.round}:v{loaded.row.version}"
    tell_parts(session, loaded, "proposals:decided", key=key)


def _begin_course(session: Session, actor: Actor, loaded: Loaded, decision: Decision) -> None:
    texts = texts_now(session, loaded.row.id)
    course_id = begin_course(
        session,
        actor,
        title=loaded.row.title,
        topic_id=decision.topic_id or 0,
        description=texts.get("learning", "") or texts.get("idea", ""),
        why=_("Designed together, and adopted"),
    )
    loaded.row.course_id = course_id
    publish(session, ProposalAdopted(proposal_id=loaded.row.id, course_id=course_id))


def appeal(session: Session, actor: Actor, proposal_id: int, words: str) -> None:
    """Ask different people to look again.

    Raises:
        GoneError, RefusedError: STAGE, NOT_HERE.
    """
    loaded = load(session, proposal_id)
    after = states.appeal(loaded.state, loaded.part_of(actor.person_id))
    # A round may hold more than one "not now": what was written again was looked at by the same people.
    last = sa.select(sa.func.max(Outcome.id)).where(Outcome.proposal_id == proposal_id)
    session.execute(
        sa.update(Outcome)
        .where(Outcome.id == last.scalar_subquery())
        .values(appealed_at=now(), appeal=words)
    )
    loaded.row.round += 1
    save(session, actor, loaded, after, "proposals:proposal:appeal")
    open_task(
        session,
        kind="proposals:appeal",
        key=f"proposals:appeal:{proposal_id}",
        due=working_day_after(now().date(), 2),
        about={"proposal": proposal_id},
    )
