"""Whoever misses a first session that is needed is offered the next run of the course, without any penalty.

What the register says is looked at once the session is over, and again and again: marks from paper count
when they are typed in, and a corrected mark takes everything back. Nobody loses their place on the run that
they missed: it is theirs until they take the next one, give it up, or somebody of the college has talked with
them. The next run is kept as an offer or a place in its list; while none has dates, they hear of the first.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.api import record
from portal.courses.api import (
    FirstSession,
    first_sessions_held,
    next_run_of,
    run_by_id,
    runs_by_ids,
)
from portal.desk.api import TaskBrief, TaskInfo, TaskKind, close_task, open_task, working_day_after
from portal.enrolment.models import (
    Enrolment,
    EnrolmentState,
    MissedFirst,
    MissedState,
    TakesPart,
    WaitEntry,
)
from portal.enrolment.queries import missed_first as queries
from portal.enrolment.queries.asking import is_interested
from portal.enrolment.queries.waiting import LIVE, live_offer
from portal.enrolment.services import check_ins, seats, telling, wishes
from portal.enrolment.services.outcomes import Body, Enrolled, PlaceRefusedError
from portal.plugin_api import SYSTEM
from portal.ui.filters import moment

MISSED = "enrolment:missed_first"
LOOKED_AT = timedelta(days=60)  # after the session: paper may lie in a drawer that long
DAYS_TO_DECIDE = 3  # working days, before somebody asks them what suits them
MOVED_ON = "moved_on"  # why a place ended: they took one on a later run


def new_ones(session: Session, at: datetime) -> list[tuple[int, FirstSession]]:
    """Places whose first session was missed and of which nothing is noted yet. Two queries."""
    firsts = {one.session_id: one for one in first_sessions_held(session, at - LOOKED_AT, at)}
    by_run = {one.run_id: one for one in firsts.values()}
    if not firsts:
        return []
    ids = queries.missing(session, {key: one.starts_at for key, one in firsts.items()})
    places = [session.get_one(Enrolment, one) for one in ids]
    return [(place.id, by_run[place.run_id]) for place in places]


def take_up(session: Session, enrolment_id: int, first: FirstSession, *, at: datetime) -> None:
    """Note that a first session was missed, keep what there is of the next run, and tell them."""
    place = session.get_one(Enrolment, enrolment_id)
    known = sa.select(MissedFirst).where(MissedFirst.enrolment_id == enrolment_id)
    missed = session.scalar(known) or MissedFirst(enrolment_id=enrolment_id, times=0)
    missed.session_id, missed.entry_id, missed.at = first.session_id, None, at
    missed.state, missed.noted_interest = MissedState.LOOKING, False
    missed.times += 1
    session.add(missed)
    session.flush()
    record(session, SYSTEM, "enrolment:first:missed", ("enrolment", enrolment_id))
    keep(session, missed, first.course_id, at=at)
    if missed.state is MissedState.SETTLED:
        return
    telling.missed_first(session, place, missed.id, missed.times)
    close_task(session, check_ins.task_key(enrolment_id))  # one call is enough
    if place.state is EnrolmentState.ENROLLED:
        open_task(
            session,
            kind=MISSED,
            key=_key(missed.id),
            due=working_day_after(clock.local_date(at, first.zone), DAYS_TO_DECIDE),
            about={"missed": missed.id},
            person_id=place.person_id,
            link=f"/manage/places/runs/{place.run_id}",
        )


def keep(session: Session, missed: MissedFirst, course_id: int, *, at: datetime) -> bool:
    """Keep an offer or a place in the list of the next run; False while none is possible."""
    place = session.get_one(Enrolment, missed.enrolment_id)
    run_id = next_run_of(session, course_id, at, but_run_id=place.run_id)
    outcome = None
    if run_id is not None:
        try:
            outcome = seats.keep_next(
                session, SYSTEM, run_id, _bodies(session, place, run_id), how=place.how, at=at
            )
        except PlaceRefusedError:
            outcome = None
    if outcome is None:
        _note_interest(session, missed, place, course_id, at)
        return False
    if isinstance(outcome, Enrolled):
        missed.state = MissedState.SETTLED
    else:
        missed.state, missed.entry_id = MissedState.KEPT, outcome.entry_id
    _forget_interest(session, missed, place, course_id)
    session.flush()
    return True


def keep_for_those_who_look(
    session: Session, *, at: datetime, course_id: int | None = None
) -> None:
    """A course may have dates now: keep a place for whoever missed it before.

    Whoever does not want to hear of dates any more is left in peace.
    """
    waiting = queries.looking(session)
    runs = runs_by_ids(session, {one.run_id for one in waiting})
    for one in waiting:
        run = runs.get(one.run_id)
        if run is None or course_id not in {None, run.course_id}:
            continue
        if not is_interested(session, one.person_id, run.course_id):
            continue
        missed = session.get_one(MissedFirst, one.id)
        if keep(session, missed, run.course_id, at=at):
            missed.times += 1
            place = session.get_one(Enrolment, one.enrolment_id)
            telling.missed_first(session, place, one.id, missed.times)


def keep_again(session: Session, missed_id: int, *, at: datetime) -> None:
    """The run that they waited for began without them: the one after it is kept, or looked for."""
    one, missed = queries.standing(session, missed_id), session.get_one(MissedFirst, missed_id)
    run = run_by_id(session, one.run_id) if one is not None else None
    if one is None or run is None:
        return
    missed.state, missed.entry_id = MissedState.LOOKING, None
    missed.times += 1
    session.flush()
    keep(session, missed, run.course_id, at=at)
    if missed.state is not MissedState.SETTLED:
        place = session.get_one(Enrolment, one.enrolment_id)
        telling.missed_first(session, place, missed.id, missed.times)


def take_back(session: Session, missed_id: int, *, at: datetime) -> None:
    """They were there after all: what was kept for them is free again, and who was told hears that too."""
    missed = session.get_one(MissedFirst, missed_id)
    place = session.get_one(Enrolment, missed.enrolment_id)
    entry = session.get(WaitEntry, missed.entry_id) if missed.entry_id is not None else None
    run = run_by_id(session, place.run_id)
    offer_id = live_offer(session, entry.id) if entry is not None else None
    told = telling.take_back_missed(session, missed.id, offer_id)
    if entry is not None and entry.state in LIVE:
        seats.leave_waiting(session, SYSTEM, entry.id, at=at)
    if run is not None:
        _forget_interest(session, missed, place, run.course_id)
    missed.state, missed.entry_id = MissedState.TAKEN_BACK, None
    session.flush()
    record(session, SYSTEM, "enrolment:first:taken_back", ("enrolment", place.id))
    close_task(session, _key(missed.id))
    if told and place.person_id is not None:
        telling.was_there(session, place, missed.id, missed.times)


def settle(session: Session, enrolment_id: int, *, at: datetime) -> None:
    """Somebody has a place on a later run of what they missed: their place on the earlier one is free."""
    new = session.get(Enrolment, enrolment_id)
    run = run_by_id(session, new.run_id) if new is not None else None
    if new is None or new.person_id is None or run is None:
        return
    for one in queries.standing_of(session, new.person_id):
        old = run_by_id(session, one.run_id)
        if old is None or old.id == run.id or old.course_id != run.course_id:
            continue
        missed = session.get_one(MissedFirst, one.id)
        missed.state = MissedState.SETTLED
        _forget_interest(
            session, missed, session.get_one(Enrolment, one.enrolment_id), run.course_id
        )
        session.flush()
        close_task(session, _key(one.id))
        if one.active:
            _let_go(session, one.enrolment_id, run.id, at)


def brief(session: Session, task: TaskInfo) -> TaskBrief | None:
    """What to talk about; None once it is settled, or they have given their place up."""
    one = queries.standing(session, int(task.about["missed"]))
    run = run_by_id(session, one.run_id) if one is not None else None
    if one is None or run is None or not one.active:
        return None
    facts = [(_l("Course"), run.course_title)]
    missed = next((each for each in run.meetings if each.id == one.session_id), None)
    if missed is not None:
        facts.append((_l("Missed"), moment(missed.starts_at)))
    facts.append((_l("Kept for them"), kept_words(session, one)))
    return TaskBrief(
        _(
            "The first session is needed to take part, and they could not be there. Nothing is wrong. Ask "
            "what suits them: the next dates, or to go on with this group all the same. Their place here "
            "is theirs until they say otherwise; if they give it up, do it on the page below."
        ),
        facts,
    )


def kept_words(session: Session, one: queries.Missed) -> str:
    """What is kept for somebody who missed a first session, for whoever talks with them."""
    entry = session.get(WaitEntry, one.entry_id) if one.entry_id is not None else None
    if entry is None:
        return str(_("We tell them when there are dates"))
    run = run_by_id(session, entry.run_id)
    if run is None or run.starts_at is None or entry.state not in LIVE:
        return str(_("Nothing any more: they said no, or the time to answer is over"))
    when = moment(run.starts_at)
    if live_offer(session, entry.id) is not None:
        return str(_("A place on the run that begins on %(when)s, until they answer", when=when))
    return str(_("A place in the list of the run that begins on %(when)s", when=when))


KIND = TaskKind(
    kind=MISSED,
    title=_l("Ask what suits somebody who missed the first session"),
    next_step=_l("Ring or write: the next dates, or this group all the same?"),
    group=_l("Check-ins"),
    brief=brief,
    by_contact=True,
)


def _bodies(session: Session, place: Enrolment, run_id: int) -> list[Body]:
    """The student and those who come only with them, in the way they took part, where the next run has it."""
    run = run_by_id(session, run_id)
    only = {"in_person": TakesPart.IN_PERSON, "online": TakesPart.ONLINE}
    fixed = only.get(run.mode.value) if run is not None else None
    return [
        Body(
            person_id=one.person_id,
            guest_name=one.guest_name,
            role=one.role,
            mode=fixed or one.mode,
        )
        for one in (place, *queries.came_with(session, place.id))
    ]


def _note_interest(
    session: Session, missed: MissedFirst, place: Enrolment, course_id: int, at: datetime
) -> None:
    if place.person_id is not None and not is_interested(session, place.person_id, course_id):
        wishes.note_interest(session, course_id, place.person_id, at=at)
        missed.noted_interest = True
        session.flush()


def _forget_interest(
    session: Session, missed: MissedFirst, place: Enrolment, course_id: int
) -> None:
    """Take back what the college noted; what they asked for themselves stands."""
    if missed.noted_interest and place.person_id is not None:
        wishes.forget_interest(session, course_id, place.person_id)
        missed.noted_interest = False


def _let_go(session: Session, enrolment_id: int, new_run_id: int, at: datetime) -> None:
    """Their own choice moved them on, so neither they nor who moved with them is told a second time."""
    going = [one.id for one in queries.came_with(session, enrolment_id)]
    seats.release(session, SYSTEM, enrolment_id, why=MOVED_ON, at=at)
    for one in going:
        place = session.get_one(Enrolment, one, populate_existing=True)
        if place.state is EnrolmentState.RELEASED:
            place.ended_why = MOVED_ON
    session.flush()
    record(
        session,
        SYSTEM,
        "enrolment:first:moved_on",
        ("enrolment", enrolment_id),
        details={"run": new_run_id},
    )


def _key(missed_id: int) -> str:
    return f"missed-first:{missed_id}"
