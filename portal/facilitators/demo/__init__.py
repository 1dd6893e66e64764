"""The demo college's facilitators: who leads, who rests, what is on record, and one session at risk."""

from __future__ import annotations

import random
from datetime import timedelta

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import DemoPeople
from portal.courses.api import coming_sessions, leads_in_sessions, topics, unassign
from portal.facilitators.models import Away, Clearance, ClearanceKind, Facilitator, Stage
from portal.facilitators.services.asking import ask
from portal.facilitators.services.matching import match
from portal.plugin_api import Actor

SEED = 2031
MOST_ASKED = 3
ENDS_SOON, ENDED = 20, -3  # days from today


def on_the_way(people: DemoPeople) -> tuple[int, int]:
    """Who is trained, and who comes along to sessions: students, who lead nothing yet."""
    trained, shadowing = people.students[-3:-1]
    return trained, shadowing


def seed_facilitators(session: Session, people: DemoPeople, *, seed: int = SEED) -> None:
    """Write them down; flushes, never commits. The same seed and day give the same college."""
    chance = random.Random(seed)  # noqa: S311 - invented people, not secrets
    now = clock.now()
    today = now.date()
    coordinator = Actor(person_id=people.officers["coordinator"][0])
    liked = list(topics(session))
    trained, shadowing = on_the_way(people)
    stages = {trained: Stage.TRAINED, shadowing: Stage.SHADOWING, people.peers[-1]: Stage.RESTING}
    everybody = (*people.peers, *people.professionals, trained, shadowing)
    for place, person_id in enumerate(everybody):
        session.add(
            Facilitator(
                person_id=person_id,
                stage=stages.get(person_id, Stage.ACTIVE),
                since=now - timedelta(days=chance.randrange(60, 900)),
                max_a_week=chance.choice((2, 2, 3, 4)),
                topics=sorted(chance.sample(liked, min(len(liked), 2))),
                weekly=[],
            )
        )
        for kind in ClearanceKind:
            days = chance.randrange(120, 900)
            if kind is ClearanceKind.DBS and place in (3, 4):
                days = ENDS_SOON if place == 3 else ENDED
            session.add(
                Clearance(
                    person_id=person_id,
                    kind=kind,
                    valid_to=today + timedelta(days=days)
                    if kind is not ClearanceKind.INDUCTION
                    else None,
                    recorded_by_id=coordinator.person_id,
                    recorded_at=now - timedelta(days=40),
                )
            )
    first = today + timedelta(days=10)
    session.add(
        Away(person_id=people.peers[1], first_day=first, last_day=first + timedelta(days=6))
    )
    session.flush()
    _one_at_risk(session, coordinator, people.peers[0])


def _one_at_risk(session: Session, coordinator: Actor, first: int) -> None:
    """Of the sessions of the next days, one has lost half of its pair: somebody handed it back.

    Some are asked instead, `first` among them if they could.
    """
    now = clock.now()
    coming = coming_sessions(session, now + timedelta(days=1), now + timedelta(days=14))
    one = next((meeting for meeting in coming if meeting.has_lived and meeting.has_other), None)
    if one is None:
        return
    lead = leads_in_sessions(session, [one.id])[0]
    unassign(session, Actor(person_id=lead.person_id), one.id, lead.person_id)
    fits = [fit.person_id for fit in match(session, one.id).fits if fit.person_id != lead.person_id]
    ask(session, coordinator, one.id, [*fits[:MOST_ASKED], first])
