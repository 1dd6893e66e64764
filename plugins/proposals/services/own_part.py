"""One's own part in a proposal: how one is named, what helps, how one sees the work."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals.models import (
    PRIVATE_FIRST,
    Comment,
    Contributor,
    Credit,
    Rung,
    SupportKind,
    SupportPlan,
)
from plugins.proposals.services.store import GoneError
from plugins.proposals.states import RefusedError, Why
from portal.audit import api as audit
from portal.desk.api import close_task, open_task, working_day_after
from portal.plugin_api import Actor, now


def my_part(session: Session, proposal_id: int, person_id: int | None) -> Contributor:
    """Somebody's own part, now or before.

    Raises:
        GoneError: they have none.
    """
    found = session.scalar(
        sa.select(Contributor).where(
            Contributor.proposal_id == proposal_id,
            Contributor.person_id == person_id,
            Contributor.person_id.is_not(None),
        )
    )
    if found is None:
        raise GoneError
    return found


def change_credit(
    session: Session, actor: Actor, proposal_id: int, credit: Credit, pseudonym: str, *, news: bool
) -> None:
    """How the actor is named, also for what they gave before (`name_part`), and whether they hear weekly.

    Raises:
        GoneError: they have no part in it.
    """
    mine = my_part(session, proposal_id, actor.person_id)
    mine.digest = news
    name_part(session, mine, credit, pseudonym)
    audit.record(session, actor, "proposals:part:change", ("proposal", proposal_id))


def name_part(session: Session, part: Contributor, credit: Credit, pseudonym: str) -> None:
    """Name somebody so from now on, and for what they said as the part was named before; flushed.

    What they said under another credit than the part's stays so, unless the new one is more private: nothing
    that was said without a name is given one.
    """
    pseudonym = pseudonym if credit is Credit.PSEUDONYM else ""
    less_private = PRIVATE_FIRST[PRIVATE_FIRST.index(credit) + 1 :]
    session.execute(
        sa.update(Comment)
        .where(
            Comment.proposal_id == part.proposal_id,
            Comment.person_id == part.person_id,
            sa.or_(
                sa.and_(Comment.credit == part.credit, Comment.pseudonym == part.pseudonym),
                Comment.credit.in_(less_private),
            ),
        )
        .values(credit=credit, pseudonym=pseudonym)
    )
    part.credit, part.pseudonym = credit, pseudonym
    session.flush()


def ask_for_support(
    session: Session, actor: Actor, proposal_id: int, kind: SupportKind, words: str
) -> None:
    """What would help the actor to take part: a task for a coordinator.

    Raises:
        GoneError: they have no part in it.
        RefusedError: NOT_HERE, where they have left.
    """
    mine = my_part(session, proposal_id, actor.person_id)
    _check_here(mine)
    plan = SupportPlan(contributor_id=mine.id, kind=kind, words=words, at=now())
    session.add(plan)
    session.flush()
    audit.record(session, actor, "proposals:support:ask", ("proposal", proposal_id))
    open_task(
        session,
        kind="proposals:support",
        key=_support_key(plan.id),
        due=working_day_after(now().date(), 2),
        about={"plan": plan.id},
        person_id=actor.person_id,
    )


def forget_support(session: Session, part: int) -> None:
    """Somebody takes part no longer, so nobody rings them about what would help them to."""
    open_plans = SupportPlan.contributor_id == part, SupportPlan.done_at.is_(None)
    plans = sa.delete(SupportPlan).where(*open_plans).returning(SupportPlan.id)
    for plan in session.scalars(plans).all():
        close_task(session, _support_key(plan))


def _support_key(plan: int) -> str:
    return f"proposals:support:{plan}"


def _check_here(part: Contributor) -> None:
    if part.left_at is not None:
        raise RefusedError(Why.NOT_HERE)


def rate(session: Session, actor: Actor, proposal_id: int, rung: int) -> None:
    """Where on the ladder the actor sees the work. Whoever began it declares, others rate; latest counts.

    Raises:
        GoneError: they have no part in it.
        RefusedError: NOT_HERE, where they have left.
        ValueError: there is no such rung.
    """
    if not 1 <= rung <= 5:
        raise ValueError(rung)
    mine = my_part(session, proposal_id, actor.person_id)
    _check_here(mine)
    found = session.get(Rung, mine.id)
    if found is None:
        found = Rung(contributor_id=mine.id, rung=rung, at=now())
        session.add(found)
    found.rung, found.at = rung, now()
    session.flush()
    audit.record(session, actor, "proposals:part:rate", ("proposal", proposal_id))
