"""What becomes of somebody's part in ideas when two records of them become one."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session, aliased

from plugins.proposals.models import (
    PRIVATE_FIRST,
    Agreement,
    Contributor,
    Credit,
    Declaration,
    Draft,
    Invitation,
    Review,
    Rung,
    SupportPlan,
    Version,
)
from portal.plugin_api import Veto, moved, now


def merge_parts(session: Session, kept_id: int, gone_id: int) -> None:
    """Gives them to the kept record. Where both made the same idea, the second part keeps no name: no idea
    ever has fewer parts than it had. The first is named as the more private of the two was, so that nobody
    is unmasked; comments are named as they were. Whoever takes part under either record takes part still:
    where the first part had been left, what the second one brings and hears goes on in it.

    Raises:
        Veto: one record has looked, as a reviewer, at what the other one makes.
    """
    for maker, judge in ((kept_id, gone_id), (gone_id, kept_id)):
        _refuse_judging_oneself(session, maker, judge)
    parts = session.scalars(sa.select(Contributor).where(Contributor.person_id == kept_id))
    kept = {one.proposal_id: one for one in parts}
    double = session.scalars(
        sa.select(Contributor).where(
            Contributor.person_id == gone_id, Contributor.proposal_id.in_(kept)
        )
    )
    for part in double.all():
        mine = kept[part.proposal_id]
        if PRIVATE_FIRST.index(part.credit) < PRIVATE_FIRST.index(mine.credit):
            mine.credit, mine.pseudonym = part.credit, part.pseudonym
        if part.left_at is None and mine.left_at is not None:
            _go_on_in(session, mine, part)
        _bring_along(session, mine.id, part.id)
        part.person_id, part.credit, part.pseudonym = None, Credit.NONE, ""
        part.left_at = part.left_at or now()
    session.flush()
    moved(Contributor.person_id)(session, kept_id, gone_id)


def _go_on_in(session: Session, mine: Contributor, part: Contributor) -> None:
    """The part that was left is taken up again as the other one is: an old yes to anything is none of it."""
    mine.left_at, mine.perspective, mine.digest = None, part.perspective, part.digest
    mine.agreed_at, mine.agreed_how, mine.expectations = (
        part.agreed_at,
        part.agreed_how,
        part.expectations,
    )
    session.execute(sa.delete(Agreement).where(Agreement.contributor_id == mine.id))


def _bring_along(session: Session, mine: int, part: int) -> None:
    """What hangs on the second part hangs on the first: nobody would find it again at a part without a name,
    to give it out or to let it go. Somebody is one voice on the ladder, too.
    """
    for column in (Version.contributor_id, SupportPlan.contributor_id):
        moved(column)(session, mine, part)
    moved(Rung.contributor_id, once=())(session, mine, part)
    twin = aliased(Draft)
    kept = sa.select(twin.words).where(twin.contributor_id == mine, twin.key == Draft.key)
    theirs = sa.select(Draft.key, Draft.words, kept.scalar_subquery())
    for key, typed, before in session.execute(theirs.where(Draft.contributor_id == part)).all():
        if before is not None:  # both were typed by them: neither is lost
            both = sa.update(Draft).where(Draft.contributor_id == mine, Draft.key == key)
            session.execute(both.values(words=f"{before}\n\n{typed}"))
    moved(Draft.contributor_id, once=(Draft.key,))(session, mine, part)


def merge_asked(session: Session, kept_id: int, gone_id: int) -> None:
    """Gives them to the kept record. Nobody waits for an answer twice, nor beside a part that they have."""
    moved(Invitation.person_id)(session, kept_id, gone_id)
    waits = Invitation.person_id == kept_id, Invitation.answer.is_(None)
    later = aliased(Invitation)
    again = sa.select(later.id).where(
        later.person_id == kept_id,
        later.answer.is_(None),
        later.proposal_id == Invitation.proposal_id,
        later.id > Invitation.id,
    )
    part = sa.select(Contributor.id).where(
        Contributor.person_id == kept_id,
        Contributor.left_at.is_(None),
        Contributor.proposal_id == Invitation.proposal_id,
    )
    session.execute(sa.delete(Invitation).where(*waits, sa.or_(again.exists(), part.exists())))


def merge_reviews(session: Session, kept_id: int, gone_id: int) -> None:
    """Gives them to the kept record. Where both looked at one idea, their last word counts and the others are
    kept: nobody is two. So it is where one of them had looked at it before an appeal, which is for others.
    """
    moved(Review.person_id)(session, kept_id, gone_id)
    session.flush()
    rows = session.scalars(
        sa.select(Review)
        .where(Review.person_id == kept_id)
        .order_by(Review.proposal_id, Review.round, Review.at.desc(), Review.id.desc())
        .execution_options(populate_existing=True)
    ).all()
    seen: set[int] = set()
    for row in rows:
        if row.proposal_id in seen and row.voided_at is None:
            row.voided_at = now()
        seen.add(row.proposal_id)
    session.flush()


def _refuse_judging_oneself(session: Session, maker: int, judge: int) -> None:
    for said in (Declaration, Review):
        judged = (
            sa.select(Contributor.id)
            .join(said, said.proposal_id == Contributor.proposal_id)
            .where(Contributor.person_id == maker, said.person_id == judge)
        )
        if session.scalar(judged.limit(1)) is not None:
            raise Veto(
                _l(
                    "One record takes part in making an idea that the other one reviews. Talk with whoever "
                    "decides about the idea first."
                )
            )
