"""The demo college's board, the way of a few people, times for support, and a reference."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import AgreedHow, DemoPeople, demo_people_with_login
from portal.courses.api import leads_of_all
from portal.facilitators.demo import on_the_way
from portal.facilitators.models import (
    MarkHow,
    OpportunityKind,
    PathwayMark,
    SlotState,
    Stage,
    SupportKind,
    SupportSlot,
    TimeCounts,
)
from portal.facilitators.queries.steps import steps
from portal.facilitators.services import opportunities, pathway, references, support
from portal.facilitators.services.opportunities import Chat, OpportunityWords
from portal.facilitators.services.pathway import Record
from portal.facilitators.services.references import Signature
from portal.facilitators.services.support import SlotGiven
from portal.plugin_api import Actor

_HELD = (
    (SupportKind.SUPERVISION, 35, 60, TimeCounts.PAID),
    (SupportKind.REFLECTION, 50, 90, TimeCounts.RECOGNISED),
    (SupportKind.PREPARATION, 20, 45, TimeCounts.PAID),
    (SupportKind.DEBRIEF, 19, 30, TimeCounts.PAID),
)  # of the first peer: what, how many days ago, minutes, how it counts


def seed_pathway(session: Session, people: DemoPeople) -> None:
    """Write it down; flushes, never commits."""
    zone: str = current_app.settings.timezone  # type: ignore[attr-defined]  # it is a Portal
    today = clock.local_date(clock.now(), zone)
    coordinator = Actor(person_id=people.officers["coordinator"][0])
    coach = people.officers["coach"][0]
    board = [_publish(session, coordinator, words) for words in _board()]
    _interests(session, coordinator, coach, people, board, today)
    _marks(session, coordinator, people, today)
    _support(session, coordinator, coach, people, zone)
    _reference(session, coordinator, people.peers[0], today)


def _board() -> tuple[OpportunityWords, ...]:
    return (
        OpportunityWords(
            kind=OpportunityKind.EMPLOYED,
            title=_("Peer worker for welcome and enrolment"),
            what=_(
                "You ring people who are new, help them choose a course, and show them round on their "
                "first day. You bring your own experience of finding a way back."
            ),
            hours=_("15 hours a week. You and your manager agree on the days; no evenings."),
            support=_("Supervision every four weeks, a buddy, and time off when you need it."),
            money=_("£12.60 an hour, paid each month, with holidays and a pension."),
            leads=False,
            last_day=None,
        ),
        OpportunityWords(
            kind=OpportunityKind.SESSIONAL,
            title=_("Lead sessions as a peer facilitator"),
            what=_(
                "You lead a course together with somebody who knows the subject from their work. "
                "You decide how much of your own story you tell."
            ),
            hours=_("As many as you like: you set the most for a week, and say when you can."),
            support=_("Training, two sessions to watch, supervision, and time to prepare."),
            money=_(
                "£22 for each hour of a session, and paid time before and after. Travel on top."
            ),
            leads=True,
            last_day=None,
        ),
        OpportunityWords(
            kind=OpportunityKind.VOLUNTEER,
            title=_("Welcome people at the door"),
            what=_("You say hello, show where the room is, and put the kettle on."),
            hours=_("Two hours, once a week or now and then. You can stop at any time."),
            support=_("Somebody of the college is always in the house."),
            money=_("Not paid. Bus fares and lunch are paid back on the same day."),
            leads=False,
            last_day=None,
        ),
    )


def _publish(session: Session, actor: Actor, words: OpportunityWords) -> int:
    made = opportunities.create(session, actor, words)
    opportunities.publish(session, actor, made)
    return made


def _interests(
    session: Session,
    coordinator: Actor,
    coach: int,
    people: DemoPeople,
    board: list[int],
    today: date,
) -> None:
    """The student who signs in was asked about a time; the contributor talked and goes on; one rang us."""
    logins = demo_people_with_login(people)
    _employed, leading, welcoming = board
    student = logins["student"]
    first = opportunities.like(session, Actor(person_id=student), leading, student, today=today)
    at = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=5)
    chat = Chat(at, coach, _("on the phone: we ring you"))
    opportunities.name_chat(session, coordinator, first, chat, agreed=False)
    contributor = logins["contributor"]
    opportunities.like(session, Actor(person_id=contributor), leading, contributor, today=today)
    given = Record(MarkHow.DONE, today - timedelta(days=6))
    pathway.put_down(session, coordinator, contributor, "references", given, today=today)
    caller = people.students[-1]
    opportunities.like(session, coordinator, welcoming, caller, today=today, how=AgreedHow.PHONE)


def _marks(session: Session, coordinator: Actor, people: DemoPeople, today: date) -> None:
    """Whoever is trained or shadows already has the steps before that behind them."""
    trained, shadowing = on_the_way(people)
    for person_id in (trained, shadowing):
        for number, step in enumerate(steps(session)):
            if step.stage is Stage.SHADOWING and person_id == trained:
                continue
            session.add(
                PathwayMark(
                    person_id=person_id,
                    step_key=step.key,
                    how=MarkHow.DONE,
                    on_day=today - timedelta(days=90 - 14 * number),
                    recorded_by_id=coordinator.person_id,
                    recorded_at=clock.now(),
                )
            )
    session.flush()


def _support(
    session: Session, coordinator: Actor, coach: int, people: DemoPeople, zone: str
) -> None:
    peer = people.peers[0]
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    for kind, days, minutes, counts in _HELD:
        session.add(
            SupportSlot(
                person_id=peer,
                kind=kind,
                with_id=coach,
                starts_at=now - timedelta(days=days),
                minutes=minutes,
                counts=counts,
                state=SlotState.HELD,
                recorded_by_id=coordinator.person_id,
            )
        )
    _others_support(session, coordinator, coach, people, now)
    first = clock.local_date(now, zone) + timedelta(days=8)
    at = _free_hour(session, (peer, coach), first, zone)
    planned = SlotGiven(SupportKind.SUPERVISION, at, 60, TimeCounts.PAID, coach, "Quay House")
    support.plan(session, coordinator, peer, planned)
    words = _(
        "A seat near the door, and a message the day before. On a bad day I may need to sit down."
    )
    support.save_adjustments(session, Actor(person_id=peer), coach, words)


def _free_hour(session: Session, people: Collection[int], day: date, zone: str) -> datetime:
    """The first hour of the college's day, from a day on, in which none of these people leads."""
    while True:
        for hour in range(9, 17):
            at = clock.wall_to_utc(datetime.combine(day, time(hour)), zone)
            if not leads_of_all(session, at, at + timedelta(hours=1), people=people):
                return at
        day += timedelta(days=1)


def _others_support(
    session: Session, coordinator: Actor, coach: int, people: DemoPeople, now: datetime
) -> None:
    """The others have had theirs in turn, so that only a few are due."""
    _trained, shadowing = on_the_way(people)
    for number, person_id in enumerate((*people.peers[1:], *people.professionals, shadowing)):
        for kind, cycle in ((SupportKind.SUPERVISION, 42), (SupportKind.REFLECTION, 84)):
            session.add(
                SupportSlot(
                    person_id=person_id,
                    kind=kind,
                    with_id=coach,
                    starts_at=now - timedelta(days=1 + number * 11 % cycle),
                    minutes=60,
                    counts=TimeCounts.PAID,
                    state=SlotState.HELD,
                    recorded_by_id=coordinator.person_id,
                )
            )
    session.flush()


def _reference(session: Session, coordinator: Actor, peer: int, today: date) -> None:
    asked = references.ask(
        session, Actor(person_id=peer), _("A course at the further education college"), today=today
    )
    words = _(
        "They have led courses with us, always together with somebody else, and always well prepared.\n\n"
        "Students say that they feel welcome from the first minute. I would be glad to work with them again."
    )
    references.sign(session, coordinator, asked, Signature(words, _("Coordinator")))
