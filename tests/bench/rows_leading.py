"""Finding who could lead: one session among 500 people, and a whole term of 500 sessions at once.

Everybody leads two sessions, learns in a course of their own, and has times, likes and days away, so no
reason is free of charge. Each measurement begins with an empty session, as a request does.
"""

from __future__ import annotations

import time as stopwatch
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from tests.bench import college
from tests.bench.gates import Gate, Result
from tests.bench.load import Effort
from tests.bench.places import Place

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.app import Portal

Answer = TypeVar("Answer")
ONE = Gate("match-one", "one session among 500 who lead: slowest", 200, "at most", "ms", 0)
QUERIES = Gate("queries-match", "queries of matching one session", 6, "at most", "", 0)
TERM = Gate("match-term", "a term of 500 sessions among 500 who lead", 5, "at most", "s", 0)
GATES = (ONE, QUERIES, TERM)
PEOPLE, RUNS, WEEKS = 500, 100, 5
SESSIONS = RUNS * WEEKS
TRIED, TIMES = (
    20,
    3,
)  # sessions of which the slowest counts; each is matched so often, the median counts
COURSES = 50


def measure(place: Place, effort: Effort, wanted: set[str]) -> Iterator[Result]:
    """The rows of this module that are wanted, on one engine."""
    gates = {gate.name for gate in GATES} & wanted
    if not gates:
        return
    app = _filled(place)
    from portal.facilitators.services import matching

    with app.app_context():
        ids = _in_session(_ids)
        (one, many) = _in_session(lambda session: _sizes(matching.match(session, ids[0])))
        fault = "" if one + many == PEOPLE - 2 else f"{one + many} people were looked at"
        detail = f"{one} fit, {many} do not"
        if {ONE.name, QUERIES.name} & gates:
            tried = ids[:: SESSIONS // TRIED]
            took = [
                median(_seconds(partial(matching.match, session_id=at)) for _ in range(TIMES))
                for at in tried
            ]
            with college.counting(app) as seen:
                _in_session(lambda session: matching.match(session, ids[-1]))
            if ONE.name in gates:
                said = f"median of all {median(took) * 1000:.0f} ms; {detail}"
                yield Result(ONE, place.engine, max(took) * 1000, said, fault)
            if QUERIES.name in gates:
                yield Result(QUERIES, place.engine, len(seen), fault=fault)
        if TERM.name in gates:
            found = _in_session(lambda session: len(_match_term(session)))
            lost = "" if found == SESSIONS else f"{found} sessions were matched"
            rounds = [_seconds(_match_term) for _ in range(effort.rounds)]
            yield Result(
                TERM,
                place.engine,
                median(rounds),
                f"slowest round {max(rounds):.2f} s",
                fault or lost,
            )


def _in_session(work: Callable[[Session], Answer]) -> Answer:
    from portal.db import unit_of_work

    with unit_of_work() as session:
        return work(session)


def _seconds(work: Callable[[Session], object]) -> float:
    begun = stopwatch.perf_counter()
    _in_session(work)
    return stopwatch.perf_counter() - begun


def _sizes(found: Any) -> tuple[int, int]:
    return len(found.fits), len(found.others)


def _ids(session: Session) -> list[int]:
    from portal.courses.models import CourseSession, Run

    ours = sa.select(CourseSession.id).join(Run).where(Run.reference.like("led-%"))
    return list(session.scalars(ours.order_by(CourseSession.id)))


def _match_term(session: Session) -> dict[int, Any]:
    """Reading the term's sessions is part of it."""
    from portal.courses.api import sessions_to_lead
    from portal.facilitators.services import matching

    return matching.match_all(session, list(sessions_to_lead(session, _ids(session)).values()))


def _filled(place: Place) -> Portal:
    """A college in which 500 people lead a term of 500 sessions, each of them by two."""
    from portal.db import unit_of_work

    app = college.make_app(place.folder, place.database("leading"))
    college.make_tables(app)
    with app.app_context():
        # The lists and courses of the other rows, then statistics over all that is there.
        college.fill(app, COURSES)
        with unit_of_work() as session:
            people = _people(session)
            ids = _meetings(session)
            _lead(session, ids, people)
        college.analyse(app)
    return app


def _now() -> datetime:
    return datetime.now(UTC)


def _people(session: Session) -> list[int]:
    from portal.accounts.models import Person
    from portal.facilitators.models import Away, Clearance, ClearanceKind, Facilitator, Stage

    rows = [{"name": f"Peer {number}", "created_at": _now()} for number in range(PEOPLE)]
    people = list(session.scalars(sa.insert(Person).returning(Person.id), rows))
    today = _now().date()
    session.execute(
        sa.insert(Facilitator),
        [
            {
                "person_id": person,
                "stage": Stage.RESTING if number % 25 == 0 else Stage.ACTIVE,
                "since": _now(),
                "max_a_week": number % 3 + 1,
                "weekly": [[day, "09:00", "18:30"] for day in range(5)] if number % 2 else [],
                "topics": [number % 12 + 1],
            }
            for number, person in enumerate(people)
        ],
    )
    session.execute(
        sa.insert(Clearance),
        [
            {
                "person_id": person,
                "kind": kind,
                "valid_to": today + timedelta(days=20 if number % 10 == 0 else 900),
                "recorded_by_id": None,
                "recorded_at": _now(),
            }
            for number, person in enumerate(people)
            for kind in (ClearanceKind.DBS, ClearanceKind.TRAINING)
        ],
    )
    session.execute(
        sa.insert(Away),
        [
            {
                "person_id": person,
                "first_day": today + timedelta(days=14),
                "last_day": today + timedelta(days=28),
            }
            for person in people[::5]
        ],
    )
    return people


def _meetings(session: Session) -> list[int]:
    """A hundred runs of five weekly sessions, over twelve weeks; those of one run follow one another."""
    from portal.courses.models import CourseSession, Mode, Run, RunState

    for number in range(RUNS):
        first = _now().date() + timedelta(days=7 + number % 49)
        hour = 9 + 2 * (number // 49)
        starts = [_wall(first + timedelta(weeks=week), hour) for week in range(WEEKS)]
        run = Run(
            reference=f"led-{number}",
            course_id=number % COURSES + 1,
            term_id=1,
            state=RunState.OPEN,
            mode=Mode.IN_PERSON,
            venue_id=number % 6 + 1,
            learning_cap=12,
            first_starts_at=starts[0],
            last_ends_at=starts[-1] + timedelta(hours=2),
            published_at=_now(),
            created_at=_now(),
        )
        session.add(run)
        session.flush()
        session.execute(
            sa.insert(CourseSession),
            [
                {
                    "run_id": run.id,
                    "number": week + 1,
                    "local_date": first + timedelta(weeks=week),
                    "local_time": time(hour),
                    "zone": college.ZONE,
                    "minutes": 120,
                    "starts_at": at,
                    "ends_at": at + timedelta(hours=2),
                    "uid": f"led-{number}-{week}@college.example",
                }
                for week, at in enumerate(starts)
            ],
        )
    return _ids(session)


def _wall(day: date, hour: int) -> datetime:
    from portal import clock

    return clock.wall_to_utc(datetime.combine(day, time(hour)), college.ZONE)


def _lead(session: Session, ids: list[int], people: list[int]) -> None:
    """Two people lead each session, and everybody learns in a run."""
    from portal.courses.models import Assignment, Perspective, Run
    from portal.enrolment.models import Enrolment, EnrolmentState, How, Role, TakesPart

    pair = (Perspective.LIVED, Perspective.PROFESSIONAL)
    session.execute(
        sa.insert(Assignment),
        [
            {
                "session_id": one,
                "person_id": people[(2 * number + half) % PEOPLE],
                "perspective": pair[half],
            }
            for number, one in enumerate(ids)
            for half in (0, 1)
        ],
    )
    ours = sa.select(Run.id).where(Run.reference.like("led-%")).order_by(Run.id)
    runs = list(session.scalars(ours))
    session.execute(
        sa.insert(Enrolment),
        [
            {
                "run_id": runs[7 * number % RUNS],
                "person_id": person,
                "role": Role.STUDENT,
                "mode": TakesPart.IN_PERSON,
                "state": EnrolmentState.ENROLLED,
                "from_at": _now(),
                "how": How.ONLINE,
                "created_at": _now(),
            }
            for number, person in enumerate(people)
        ],
    )
