"""What time does by itself, the letter of the week, and two records that were one person's."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.proposals.models import (
    Comment,
    Contributor,
    Credit,
    Declaration,
    Invitation,
    Outcome,
    Review,
    Step,
)
from plugins.proposals.queries.digests import readers
from plugins.proposals.services.going_on import follow_time
from portal.messages.api import tell
from portal.plugin_api import EventContext, Job, now
from portal.plugin_api.events import PeopleMerged

WEEK = timedelta(days=7)


def _follow(session: Session) -> None:
    follow_time(session)


def write_digests(session: Session) -> None:
    """One letter to each who wishes it, once for each week of the calendar."""
    at = now()
    year, week, _day = at.isocalendar()
    about = {"since": (at - WEEK).isoformat()}
    for person_id in readers(session):
        key = f"proposals:digest:{year}:{week}:{person_id}"
        tell(session, person_id, "proposals:digest", about, key=key, expires=at + WEEK)


JOBS = (
    Job("follow_time", timedelta(hours=1), _follow),
    Job("digests", timedelta(days=1), write_digests),
)


def follow_merged_people(session: Session, event: PeopleMerged, context: EventContext) -> None:  # noqa: ARG001 - the contract's
    """Everything is the remaining person's. Where both made the same idea, the second part keeps no name."""
    both = (
        sa.select(Contributor.proposal_id)
        .where(Contributor.person_id == event.kept_id)
        .scalar_subquery()
    )
    double = session.scalars(
        sa.select(Contributor).where(
            Contributor.person_id == event.gone_id, Contributor.proposal_id.in_(both)
        )
    ).all()
    for part in double:
        part.person_id, part.credit, part.pseudonym = None, Credit.NONE, ""
        part.left_at = part.left_at or now()
    session.flush()
    for column in (
        Contributor.person_id,
        Comment.person_id,
        Invitation.person_id,
        Review.person_id,
        Step.by_id,
        Outcome.decided_by_id,
    ):
        session.execute(
            sa.update(column.class_)
            .where(column == event.gone_id)
            .values({column: event.kept_id})
            .execution_options(synchronize_session=False)
        )
    declared = sa.select(Declaration.proposal_id).where(Declaration.person_id == event.kept_id)
    session.execute(
        sa.delete(Declaration)
        .where(Declaration.person_id == event.gone_id, Declaration.proposal_id.in_(declared))
        .execution_options(synchronize_session=False)
    )
    session.execute(
        sa.update(Declaration)
        .where(Declaration.person_id == event.gone_id)
        .values(person_id=event.kept_id)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
