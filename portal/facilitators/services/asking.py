"""Asking people to lead a session, and their yes or no: the first who says yes has it.

Whoever asks or answers holds the run's lock, so of two who say yes at once the second sees the first. Nobody
is asked why not, and whoever was asked in vain is told kindly.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.api import record
from portal.courses.api import (
    NotAllowedNowError,
    Perspective,
    SessionToLead,
    assign,
    leads_in_sessions,
    lock_run,
    sessions_to_lead,
)
from portal.facilitators.models import AskState, LeadAsk
from portal.facilitators.policies import ANSWER_HOURS
from portal.facilitators.queries.asks import waiting_over
from portal.facilitators.services import matching, telling
from portal.facilitators.services.errors import MissingRecordError, RefusedError
from portal.plugin_api import Actor, Veto
from portal.plugin_api.dispatch import setting


def ask(session: Session, actor: Actor, session_id: int, people: Collection[int]) -> int:
    """Ask these people; how many were asked. Who does not fit any more, or waits already, is left out.

    Whoever said no may be asked again, by name.

    Raises:
        MissingError: there is no such session.
        RefusedError: nobody is needed for it, or it has begun.
    """
    meeting = _locked(session, session_id)
    if not meeting.at_risk or meeting.starts_at <= clock.now():
        raise RefusedError(
            _l("This session has its pair, has begun, or does not take place. Nobody is needed.")
        )
    found = matching.match(session, session_id)
    fit = {one.person_id for one in (*found.fits, *found.said_no)}
    known = {
        one.person_id: one
        for one in session.scalars(sa.select(LeadAsk).where(LeadAsk.session_id == session_id))
    }
    asked = 0
    for person_id in sorted(fit & set(people)):
        one = known.get(person_id)
        if one is not None and one.state is AskState.WAITING:
            continue
        if one is None:
            one = LeadAsk(session_id=session_id, person_id=person_id, times=0)
            session.add(one)
        one.state, one.times = AskState.WAITING, one.times + 1
        one.asked_at, one.answered_at = clock.now(), None
        session.flush()
        telling.asked(session, one, meeting)
        asked += 1
    record(
        session,
        actor,
        "facilitators:session:asked",
        ("session", session_id),
        details={"people": asked},
    )
    return asked


def say_yes(session: Session, actor: Actor, ask_id: int, perspective: Perspective) -> bool:
    """They lead the session, with the perspective they choose for it. False: it is theirs no more to take.

    Whoever said yes, and has handed the session back since, may say so again.

    Raises:
        MissingRecordError: there is no such question.
        RefusedError: something keeps them from it, in words; it has begun; they did not say what they bring.
    """
    one, meeting = _answered(session, ask_id)
    leading = {lead.person_id for lead in leads_in_sessions(session, [meeting.id])}
    if one.state is AskState.YES and one.person_id in leading:
        return True
    if meeting.starts_at <= clock.now():
        raise RefusedError(_l("This session has begun. Nobody is needed for it any more."))
    if not meeting.at_risk:
        _settle(session, one, AskState.TAKEN)
        return False
    if perspective not in meeting.missing:
        raise RefusedError(_l("Choose what you bring to this session"), "perspective")
    try:
        row = assign(session, actor, meeting.id, one.person_id, perspective)
    except (NotAllowedNowError, Veto) as error:
        raise RefusedError(error.reason) from error
    _settle(session, one, AskState.YES)
    telling.leads(session, meeting.id, one.person_id, row.id)
    close_when_found(session, meeting.id)
    return True


def give(
    session: Session, actor: Actor, session_id: int, person_id: int, perspective: Perspective
) -> None:
    """Somebody who has said yes in person leads a session, asked here or not, and is told of it.

    Raises:
        MissingError: there is no such session.
        NotAllowedNowError, Veto: something keeps them from it, in words.
    """
    _locked(session, session_id)
    row = assign(session, actor, session_id, person_id, perspective)
    telling.leads(session, session_id, person_id, row.id)
    own = sa.select(LeadAsk).where(LeadAsk.session_id == session_id, LeadAsk.person_id == person_id)
    one = session.scalar(own)
    if one is not None and one.state is not AskState.YES:
        _settle(session, one, AskState.YES)
    close_when_found(session, session_id)


def say_no(session: Session, actor: Actor, ask_id: int) -> None:
    """They do not lead it this time. Nothing else changes.

    Raises:
        MissingRecordError: there is no such question.
    """
    one, _meeting = _answered(session, ask_id)
    if one.state is AskState.WAITING:
        _settle(session, one, AskState.NO)
        record(session, actor, "facilitators:session:declined", ("session", one.session_id))


def close_when_found(session: Session, session_id: int) -> None:
    """Let nobody wait for a session that needs nobody any more: they are told kindly. The run is locked."""
    meeting = sessions_to_lead(session, [session_id])[session_id]
    if meeting.at_risk:
        return
    waiting = sa.select(LeadAsk).where(
        LeadAsk.session_id == session_id, LeadAsk.state == AskState.WAITING
    )
    for other in session.scalars(waiting.order_by(LeadAsk.id)).all():
        _settle(session, other, AskState.TAKEN)
        telling.taken(session, other)


def remind_coordinators(session: Session, at: datetime) -> int:
    """Ask the coordinators what to do about each session for which nobody has said yes in time; how many."""
    before = at - timedelta(hours=int(setting(session, ANSWER_HOURS)))
    overdue = waiting_over(session, before, at)
    meetings = sessions_to_lead(session, overdue)
    done = 0
    for session_id, times in overdue.items():
        if meetings[session_id].at_risk:
            done += telling.nobody_found(session, session_id, times)
    return done


def _answered(session: Session, ask_id: int) -> tuple[LeadAsk, SessionToLead]:
    session_id = session.scalar(sa.select(LeadAsk.session_id).where(LeadAsk.id == ask_id))
    if session_id is None:
        raise MissingRecordError(ask_id)
    meeting = _locked(session, session_id)
    one = session.scalars(
        sa.select(LeadAsk).where(LeadAsk.id == ask_id).execution_options(populate_existing=True)
    ).one()
    return one, meeting


def _locked(session: Session, session_id: int) -> SessionToLead:
    """The session as it is under its run's lock.

    Raises:
        MissingError: there is none.
    """
    found = sessions_to_lead(session, [session_id]).get(session_id)
    lock_run(session, found.run_id if found else 0)
    return sessions_to_lead(session, [session_id])[session_id]


def _settle(session: Session, one: LeadAsk, state: AskState) -> None:
    one.state, one.answered_at = state, clock.now()
    session.flush()
    telling.take_back(session, one)
