"""What somebody does about a session that they lead: hand it back, say that they are late, ask, look back.

Each is one step, and none asks for a reason.
"""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.api import record
from portal.courses.api import (
    Perspective,
    SessionToLead,
    assign,
    leads_in_sessions,
    sessions_to_lead,
    unassign,
)
from portal.db import insert_once
from portal.desk.api import open_task
from portal.enrolment.api import LEADS_AFTER, roster, still_leads
from portal.facilitators.models import (
    AskState,
    DebriefNote,
    HandAbout,
    LeadAsk,
    RaisedHand,
    SessionPlan,
)
from portal.facilitators.services import telling
from portal.facilitators.services.errors import MissingRecordError, PlanChangedError, RefusedError
from portal.plugin_api import Actor
from portal.vault import seal

HAND = "facilitators:hand"  # a kind of the desk's tasks


def led_by(session: Session, actor: Actor, session_id: int) -> SessionToLead:
    """A session that somebody leads, or led not long ago.

    Raises:
        MissingRecordError: they do not lead it, lead nothing any more, or there is none.
    """
    leaders = {one.person_id for one in leads_in_sessions(session, [session_id])}
    if actor.person_id not in leaders or not still_leads(session, actor, session_id):
        raise MissingRecordError(session_id)
    meeting = sessions_to_lead(session, [session_id])[session_id]
    if meeting.ends_at + LEADS_AFTER < clock.now():
        raise MissingRecordError(session_id)
    return meeting


def drop_out(session: Session, actor: Actor, session_id: int) -> bool:
    """Hand a session back, at any moment before it has begun. False when it was not theirs any more.

    What follows is told to the coordinators as the session loses its pair. Nobody asks them for it again with
    everybody else.

    Raises:
        RefusedError: it has begun.
    """
    meeting = sessions_to_lead(session, [session_id]).get(session_id)
    if meeting is None or actor.person_id is None:
        return False
    if meeting.starts_at <= clock.now():
        raise RefusedError(_l("This session has begun. If you need help now, raise a hand."))
    if not unassign(session, actor, session_id, actor.person_id):
        return False
    said: dict[str, Any] = {"state": AskState.HANDED_BACK, "answered_at": clock.now()}
    whose = {"session_id": session_id, "person_id": actor.person_id}
    if not insert_once(session, LeadAsk, **whose, **said, asked_at=clock.now(), times=0):
        session.execute(sa.update(LeadAsk).filter_by(**whose).values(**said))
    return True


def bring(session: Session, actor: Actor, session_id: int, perspective: Perspective) -> None:
    """What the actor brings to a session that they lead: theirs to say, until it is over.

    The session may lose its pair by it; then somebody is looked for who brings what is missing.

    Raises:
        MissingRecordError: they do not lead it.
        RefusedError: it is over.
    """
    meeting = led_by(session, actor, session_id)
    if meeting.ends_at <= clock.now() or actor.person_id is None:
        raise RefusedError(_l("This session is over. What you brought to it stays as it was."))
    assign(session, actor, session_id, actor.person_id, perspective)


def run_late(session: Session, actor: Actor, session_id: int, minutes: int, *, key: str) -> int:
    """Tell everybody with a place that the session begins later; how many are told, each by their own way.

    `key` is the form's: sent twice, it is told once.

    Raises:
        MissingRecordError: they do not lead it.
        RefusedError: it is not today, or over.
    """
    meeting = led_by(session, actor, session_id)
    now = clock.now()
    if clock.local_date(now, meeting.zone) != meeting.day or now >= meeting.ends_at:
        raise RefusedError(_l("You can say this on the day of the session, until it is over."))
    people = {
        line.person_id
        for line in roster(session, meeting.run_id)
        if line.person_id is not None and line.from_at <= meeting.starts_at
    }
    for person_id in sorted(people):
        telling.late(session, meeting, person_id, minutes, key)
    record(
        session,
        actor,
        "facilitators:session:late",
        ("session", session_id),
        details={"minutes": minutes, "told": len(people)},
    )
    return len(people)


def raise_hand(
    session: Session, actor: Actor, session_id: int, about: HandAbout, words: str, *, zone: str
) -> None:
    """Ask for a coordinator: a task on the desk, due today.

    Raises:
        MissingRecordError: they do not lead it.
    """
    led_by(session, actor, session_id)
    uid = str(uuid.uuid4())
    hand = RaisedHand(
        uid=uid,
        session_id=session_id,
        person_id=actor.person_id,
        about=about,
        words=seal(session, RaisedHand.words, uid, words.strip()),
        raised_at=clock.now(),
    )
    session.add(hand)
    session.flush()
    open_task(
        session,
        kind=HAND,
        key=f"{HAND}:{hand.id}",
        due=clock.local_date(clock.now(), zone),
        about={"hand": hand.id},
        person_id=actor.person_id,
    )


def write_note(session: Session, actor: Actor, session_id: int, words: str) -> None:
    """How it went: read by those who led it and the coordinators. Written again, it is changed.

    Raises:
        MissingRecordError: they do not lead it.
        RefusedError: it has not begun.
    """
    meeting = led_by(session, actor, session_id)
    if clock.now() < meeting.starts_at:
        raise RefusedError(_l("You can write this once the session has begun."))
    note = session.scalar(
        sa.select(DebriefNote).where(
            DebriefNote.session_id == session_id, DebriefNote.person_id == actor.person_id
        )
    )
    if note is None:
        uid = str(uuid.uuid4())
        note = DebriefNote(uid=uid, session_id=session_id, person_id=actor.person_id)
        session.add(note)
    note.words = seal(session, DebriefNote.words, note.uid, words.strip())
    note.at = clock.now()
    session.flush()


def write_plan(
    session: Session, actor: Actor, session_id: int, words: str, *, version: int
) -> None:
    """Write the plan of a session anew, from the version that the actor saw (0: there was none).

    Raises:
        MissingRecordError: they do not lead it.
        PlanChangedError: whoever leads it with them has changed it meanwhile; nothing is written.
    """
    led_by(session, actor, session_id)
    insert_once(session, SessionPlan, session_id=session_id, words="", version=0, at=clock.now())
    plan = session.scalars(
        sa.select(SessionPlan)
        .where(SessionPlan.session_id == session_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if plan.words == words.strip():
        return
    if plan.version != version:
        raise PlanChangedError(plan.words, plan.version)
    plan.words, plan.version = words.strip(), version + 1
    plan.at, plan.written_by_id = clock.now(), actor.person_id
    session.flush()
    record(session, actor, "facilitators:session:planned", ("session", session_id))
