"""What people agreed to about places, for the page "What you agreed to"."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import people_by_ids
from portal.courses.api import courses_by_ids, runs_by_ids
from portal.enrolment.models import Agreement, Enrolment, Interest, ShareableNeed
from portal.enrolment.services import agreements, wishes
from portal.plugin_api import Actor, Consent, ConsentKind


def supporters(session: Session, person_id: int) -> Sequence[Consent]:
    """Whoever may act for the person."""
    rows = session.scalars(
        sa.select(Agreement)
        .where(
            Agreement.person_id == person_id,
            Agreement.acting_id.is_not(None),
            Agreement.ended_at.is_(None),
        )
        .order_by(Agreement.id)
    ).all()
    names = people_by_ids(session, {row.acting_id for row in rows if row.acting_id})
    return [
        Consent(
            ref=str(row.id),
            what=_(
                "%(name)s may ask for places for you, and come along",
                name=names[row.acting_id].name,
            ),
            since=row.created_at,
        )
        for row in rows
        if row.acting_id in names
    ]


def end_supporter(session: Session, actor: Actor, ref: str) -> None:
    """They act for the person no more. What somebody else agreed to is not this person's to end here."""
    mine = {one.ref for one in supporters(session, actor.person_id or 0)}
    if ref in mine:
        agreements.end(session, actor, int(ref), at=clock.now())


def needs(session: Session, person_id: int) -> Sequence[Consent]:
    """What those who lead may read."""
    rows = session.execute(
        sa.select(ShareableNeed.id, ShareableNeed.updated_at, Enrolment.run_id)
        .join(Enrolment, Enrolment.id == ShareableNeed.enrolment_id)
        .where(Enrolment.person_id == person_id)
        .order_by(ShareableNeed.id)
    ).all()
    runs = runs_by_ids(session, {row.run_id for row in rows})
    return [
        Consent(
            ref=str(row.id),
            what=_(
                "Those who lead %(course)s may read what you wrote",
                course=runs[row.run_id].course_title,
            ),
            since=row.updated_at,
        )
        for row in rows
        if row.run_id in runs
    ]


def take_back_needs(session: Session, actor: Actor, ref: str) -> None:
    """The words are gone."""
    if actor.person_id is not None and ref.isdecimal():
        wishes.take_back_need(session, actor.person_id, int(ref))


def interests(session: Session, person_id: int) -> Sequence[Consent]:
    """Courses that the person wants to hear about."""
    rows = session.execute(
        sa.select(Interest.course_id, Interest.created_at)
        .where(Interest.person_id == person_id)
        .order_by(Interest.id)
    ).all()
    courses = courses_by_ids(session, {row.course_id for row in rows})
    return [
        Consent(
            ref=str(row.course_id),
            what=_("We tell you when %(course)s has dates", course=courses[row.course_id].title),
            since=row.created_at,
        )
        for row in rows
        if row.course_id in courses
    ]


def forget_interest(session: Session, actor: Actor, ref: str) -> None:
    """Nobody tells them any more."""
    if actor.person_id is not None and ref.isdecimal():
        wishes.forget_interest(session, int(ref), actor.person_id)


KINDS = (
    ConsentKind(
        kind="enrolment:agreement",
        title=_l("Who may act for you"),
        after=_l("They cannot ask for places for you any more. Places that you have stay yours."),
        listed=supporters,
        withdraw=end_supporter,
    ),
    ConsentKind(
        kind="enrolment:need",
        title=_l("What you shared with those who lead"),
        after=_l("Your words are deleted. Your place stays yours."),
        listed=needs,
        withdraw=take_back_needs,
    ),
    ConsentKind(
        kind="enrolment:interest",
        title=_l("Courses you want to hear about"),
        after=_l("We do not write to you about this course any more."),
        listed=interests,
        withdraw=forget_interest,
    ),
)
