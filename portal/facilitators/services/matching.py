"""Who fits a session, and why others do not; and the last look before somebody is given one.

What fits is ranked by who leads least around then, who likes the topic, and who knows the group. The list
never says what somebody does otherwise: that is between them and whoever gives them the session.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.accounts.api import people_by_ids
from portal.courses.api import MissingError, SessionToLead, sessions_to_lead
from portal.facilitators.models import ClearanceKind, Facilitator, Stage
from portal.facilitators.policies import (
    NEEDS,
    TRAVEL_MINUTES,
    Why,
    clash_with,
    rank,
    why_not,
)
from portal.facilitators.queries.pool import Candidate, load
from portal.plugin_api import Commitment, Leading, Veto
from portal.plugin_api.dispatch import gather_commitments, settings_of
from portal.ui.filters import day, hours


@dataclass(frozen=True, slots=True)
class Rules:
    """What the college asks of whoever leads."""

    needs: tuple[ClearanceKind, ...]
    travel: timedelta


@dataclass(frozen=True, slots=True)
class Fit:
    """Somebody, and why they do not fit; None when they do. `load`: sessions in the weeks around."""

    person_id: int
    why: Why | None
    load: int
    likes: bool
    knows: int


@dataclass(frozen=True, slots=True)
class Match:
    """Those who fit a session, the best first, and those who do not. Whoever leads it is in none of them.

    `said_no` would fit, and said no to it or handed it back: nobody asks them with everybody else.
    """

    meeting: SessionToLead
    fits: tuple[Fit, ...]
    said_no: tuple[Fit, ...]
    others: tuple[Fit, ...]


def rules_of(session: Session) -> Rules:
    """The settings that decide. One query."""
    found = settings_of(session, (TRAVEL_MINUTES, *NEEDS.values()))
    needs = tuple(kind for kind, key in NEEDS.items() if found[key])
    return Rules(needs, timedelta(minutes=int(found[TRAVEL_MINUTES])))


def match(session: Session, session_id: int) -> Match:
    """Who fits one session. Six queries, however many may lead.

    Raises:
        MissingError: there is no such session.
    """
    meeting = sessions_to_lead(session, [session_id]).get(session_id)
    if meeting is None:
        raise MissingError(session_id)
    return match_all(session, [meeting])[session_id]


def match_all(session: Session, meetings: Collection[SessionToLead]) -> dict[int, Match]:
    """Who fits each of these sessions, by its id. Five queries, however many there are."""
    rules = rules_of(session)
    people = load(session, meetings, rules.needs)
    return {meeting.id: _match(people, meeting, rules.travel) for meeting in meetings}


def _match(people: Collection[Candidate], meeting: SessionToLead, travel: timedelta) -> Match:
    fits: list[Candidate] = []
    others: list[tuple[Candidate, Why]] = []
    for one in people:
        if meeting.id in one.leads:
            continue
        why = why_not(one, meeting, travel)
        if why is None:
            fits.append(one)
        else:
            others.append((one, why))
    fits.sort(key=lambda one: rank(one, meeting))
    return Match(
        meeting,
        tuple(_fit(one, meeting, None) for one in fits if meeting.id not in one.said_no),
        tuple(_fit(one, meeting, None) for one in fits if meeting.id in one.said_no),
        tuple(_fit(one, meeting, why) for one, why in others),
    )


def _fit(one: Candidate, meeting: SessionToLead, why: Why | None) -> Fit:
    likes, knows = meeting.topic_id in one.topics, one.runs.get(meeting.run_id, 0)
    return Fit(one.person_id, why, one.load, likes, knows)


def check(session: Session, leading: Leading) -> None:
    """The last look before somebody is given a session, under the lock on them.

    Of whoever has no record here, such as a guest from another service, only what takes them up counts.

    Raises:
        Veto: they cannot lead it; who, what and when.
    """
    meeting = sessions_to_lead(session, [leading.session_id]).get(leading.session_id)
    if meeting is None or not meeting.coming:
        return
    record = session.get(Facilitator, leading.person_id)
    one = _on_record(session, record, meeting) if record is not None else None
    busy = gather_commitments(session, leading.person_id, meeting.starts_at, meeting.ends_at)
    if busy.missing:
        raise Veto(_("We cannot see at the moment when they are free. Please try again later."))
    if busy.items:
        raise Veto(_clash_words(session, leading.person_id, busy.items[0], meeting))
    if one is not None and clash_with(one, meeting, rules_of(session).travel) is not None:
        raise Veto(
            _("They could not be here in time from where they are before, or get there afterwards.")
        )


def _on_record(session: Session, record: Facilitator, meeting: SessionToLead) -> Candidate:
    """Somebody as they are read for a session.

    Raises:
        Veto: they do not lead now, or not on that day.
    """
    if record.stage is not Stage.ACTIVE:
        raise Veto(_("They do not lead sessions at the moment. Choose somebody else."))
    (one,) = load(session, [meeting], rules_of(session).needs, person_id=record.person_id)
    if one.cleared_to is None or one.cleared_to < meeting.day:
        raise Veto(
            _("What they need in order to lead is not on record for that day. Renew it first.")
        )
    return one


def _clash_words(session: Session, person_id: int, busy: Commitment, meeting: SessionToLead) -> str:
    """Both sides of a clash, by name: for the person, and for whoever gives them the session."""
    person = people_by_ids(session, [person_id]).get(person_id)
    words: str = _(
        "%(name)s has “%(busy)s” on %(day)s, %(hours)s. “%(course)s” is on %(then)s, %(times)s.",
        name=person.name if person else "–",
        busy=busy.title,
        day=day(busy.start),
        hours=hours(busy.start, busy.end),
        course=meeting.course_title,
        then=day(meeting.starts_at),
        times=hours(meeting.starts_at, meeting.ends_at),
    )
    return words
