"""Who leads a session, with which perspective, and when a session may go ahead without a pair.

A session is led by a pair: one person with lived experience of what it is about, and one with
professional or subject experience. Who brings which is said for this session only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session, aliased

from portal import clock
from portal.courses.models import (
    Assignment,
    ChangeKind,
    CourseSession,
    PairWaiver,
    Perspective,
    Run,
)
from portal.courses.services import clashes, history
from portal.courses.services.errors import InvalidError, MissingError
from portal.db import lock_rows
from portal.plugin_api import Actor, Leading, publish
from portal.plugin_api.dispatch import ask_veto
from portal.plugin_api.events import LeaderGiven, LeaderGone, LimitsChanged, PairLost


def is_pair(perspectives: Iterable[Perspective]) -> bool:
    """True when lived experience stands beside professional or subject experience."""
    present = frozenset(perspectives)
    return Perspective.LIVED in present and bool(
        present & {Perspective.PROFESSIONAL, Perspective.SUBJECT}
    )


def at_risk(session: Session, session_id: int) -> bool:
    """True when a session has no pair, unless somebody leads it and it may go ahead without.

    Going ahead without a pair is one who leads alone: it is never nobody.
    """
    perspectives = _perspectives(session, session_id)
    if is_pair(perspectives):
        return False
    waived = sa.select(PairWaiver.id).where(PairWaiver.session_id == session_id)
    return not perspectives or session.scalar(waived) is None


def _perspectives(session: Session, session_id: int) -> Sequence[Perspective]:
    """What those bring who lead a session and are not somewhere else then."""
    return session.scalars(
        sa.select(Assignment.perspective).where(
            Assignment.session_id == session_id, Assignment.holds
        )
    ).all()


def assign(
    session: Session, actor: Actor, session_id: int, person_id: int, perspective: Perspective
) -> Assignment:
    """Let a person lead a session; once more with another perspective changes the perspective.

    With a pair a waiver has done its work: should the pair be lost again, somebody decides anew.

    Raises:
        MissingError: there is no such session.
        ClashError: they lead something else then.
        Veto: somebody says that this person leads nothing now, or not this.
    """
    course_id, run_id = _whose(session, session_id)
    lock_rows(session, CourseSession, [session_id])  # before its leaders, as whoever moves it does
    clashes.lock_leaders(session, [person_id])
    existing = session.scalar(
        sa.select(Assignment).where(
            Assignment.session_id == session_id, Assignment.person_id == person_id
        )
    )
    if existing is not None:
        if existing.perspective is not perspective:
            before = at_risk(session, session_id)
            existing.perspective = perspective
            _noted(session, actor, session_id, course_id, "assigned")
            _end_waiver(session, session_id)
            tell_if_lost(session, run_id, session_id, before=before)
        return existing
    clashes.check(session, session_id, person_id)
    ask_veto(session, "courses:session:lead", actor, Leading(person_id, session_id))
    row = Assignment(session_id=session_id, person_id=person_id, perspective=perspective)
    session.add(row)
    with clashes.colliding():
        session.flush()
    session.refresh(row)  # the database has filled in the times
    _noted(session, actor, session_id, course_id, "assigned")
    _end_waiver(session, session_id)
    given = LeaderGiven(
        run_id=run_id, session_id=session_id, person_id=person_id, assignment_id=row.id
    )
    publish(session, given)
    publish(session, LimitsChanged(run_id=run_id))
    return row


def unassign(
    session: Session, actor: Actor, session_id: int, person_id: int, *, why: str = ""
) -> bool:
    """A person no longer leads a session, at any moment and without having to say why.

    Returns False when they did not lead it. The session may be at risk afterwards.
    """
    course_id, run_id = _whose(session, session_id)
    # Of two who go at once the second sees the first: else neither would see that the pair is lost.
    lock_rows(session, CourseSession, [session_id])
    before = at_risk(session, session_id)
    gone = session.scalars(
        sa.delete(Assignment)
        .where(Assignment.session_id == session_id, Assignment.person_id == person_id)
        .returning(Assignment.id)
    ).all()
    if gone:
        _noted(session, actor, session_id, course_id, "unassigned", why=why)
        own = actor.person_id == person_id
        publish(
            session,
            LeaderGone(
                run_id=run_id, session_id=session_id, person_id=person_id, by_themselves=own
            ),
        )
        publish(session, LimitsChanged(run_id=run_id))
        tell_if_lost(session, run_id, session_id, before=before)
    return bool(gone)


def merge_leads(session: Session, kept_id: int, gone_id: int) -> None:
    """Two records of one person become one, which leads what either led.

    Nobody leads two sessions at once: of such a pair the kept record's holds, and the other counts as no
    leader until the two are apart. What loses its pair by it is said.
    """
    led = sa.select(CourseSession.id, CourseSession.run_id).join(Assignment)
    before = [
        (run_id, session_id, at_risk(session, session_id))
        for session_id, run_id in session.execute(led.where(Assignment.person_id == gone_id)).all()
    ]
    other = aliased(Assignment)
    theirs = sa.select(other.session_id).where(other.person_id == kept_id)
    at_once = sa.exists().where(
        other.person_id == kept_id,
        other.holds,
        other.starts_at < Assignment.ends_at,
        other.ends_at > Assignment.starts_at,
    )
    gone = Assignment.person_id == gone_id
    session.execute(sa.delete(Assignment).where(gone, Assignment.session_id.in_(theirs)))
    session.execute(sa.update(Assignment).where(gone, at_once).values(holds=False))
    session.execute(sa.update(Assignment).where(gone).values(person_id=kept_id))
    for run_id, session_id, risky in before:
        tell_if_lost(session, run_id, session_id, before=risky)


def tell_if_lost(session: Session, run_id: int, session_id: int, *, before: bool) -> None:
    """Tell whoever listens that a session is at risk now, unless it was so before."""
    if not before and at_risk(session, session_id):
        publish(session, PairLost(run_id=run_id, session_id=session_id))


def waive_pair(session: Session, actor: Actor, session_id: int, *, reason: str) -> PairWaiver:
    """Let a session go ahead without a pair, for a reason that stands in the history.

    Raises:
        InvalidError: no reason is given.
        MissingError: there is no such session.
    """
    course_id, _ = _whose(session, session_id)
    if not reason.strip():
        raise InvalidError(reason=_l("Say why this session can go ahead without a pair"))
    row = session.scalar(sa.select(PairWaiver).where(PairWaiver.session_id == session_id))
    if row is None:
        row = PairWaiver(session_id=session_id)
        session.add(row)
    row.reason, row.by_person_id, row.at = reason.strip(), actor.person_id, clock.now()
    _noted(session, actor, session_id, course_id, "waived", why=reason)
    return row


def _end_waiver(session: Session, session_id: int) -> None:
    if is_pair(_perspectives(session, session_id)):
        session.execute(sa.delete(PairWaiver).where(PairWaiver.session_id == session_id))


def _whose(session: Session, session_id: int) -> tuple[int, int]:
    """The ids of a session's course and run."""
    row = session.execute(
        sa.select(Run.course_id, Run.id).join(CourseSession).where(CourseSession.id == session_id)
    ).one_or_none()
    if row is None:
        raise MissingError(session_id)
    return row.course_id, row.id


def _noted(
    session: Session, actor: Actor, session_id: int, course_id: int, action: str, *, why: str = ""
) -> None:
    """Who leads is never copied into the history: it would outlive the person's own choice."""
    session.flush()
    history.note(
        session,
        actor,
        ChangeKind.SESSION,
        session_id,
        action,
        course_id=course_id,
        why=why,
    )
