"""Places taken a second: the whole form (session, token, audit, notices, list) against one locked insert.

Forty people want each run of twelve places, so most of them end in a waiting list. *Many runs*: the
forms for all runs come mixed. *One hot run*: everybody wants the same run, then the next.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import sqlalchemy as sa

from tests.bench import floors
from tests.bench.gates import Gate, Result, median_ratio
from tests.bench.load import Effort
from tests.bench.places import Place
from tests.bench.servers import BenchError, Form, post_all, serving

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.app import Portal

TAKE = Gate("take-place", "taking a place ÷ one locked insert", 0.5, "at least")
HOT = Gate("hot-run", "places in one hot run ÷ in many runs", 0.9, "at least")
# 134: the highest published peak of reservations in a second that we know.
RATE = Gate("places-a-second", "places taken in a second", 134, "at least", "a second", 0)
GATES = (TAKE, HOT, RATE)
RUNS, WISHES, CAP = 10, 40, 12


def measure(place: Place, effort: Effort, wanted: set[str]) -> Iterator[Result]:
    """The rows of this module that are wanted, on one engine."""
    gates = [gate for gate in GATES if gate.name in wanted]
    if not gates:
        return
    app = place.portal()
    people = [_Person(app) for _ in range(WISHES)]
    rounds = [(_mixed(_forms(app, people)), _forms(app, people)) for _ in range(effort.rounds + 1)]
    many: list[float] = []
    hot: list[float] = []
    floor: list[float] = []
    worst = 0.0
    folder = place.folder
    with ExitStack() as running:
        portal = running.enter_context(
            serving("tests.bench.college:serve()", folder, place.settings())
        )
        base = running.enter_context(
            serving("tests.bench.floors:booking_app()", folder, place.floor())
        )
        try:
            for number, (mixed, one_run) in enumerate(rounds):
                bare = [
                    Form(f"/groups/{n % floors.GROUPS + 1}", "a=b", f"who={n}")
                    for n in range(len(mixed))
                ]
                rates = []
                for server, forms in ((portal, mixed), (base, bare), (portal, one_run)):
                    rate, wait = post_all(server, forms, folder)
                    rates.append(rate)
                    worst = max(worst, wait)
                if number:  # the first round warms up
                    for kept, rate in zip((many, floor, hot), rates, strict=True):
                        kept.append(rate)
        except BenchError as error:
            yield from (Result(gate, place.engine, 0, fault=str(error)) for gate in gates)
            return
    detail = (
        f"many {max(many):.0f}, hot {max(hot):.0f}, floor {max(floor):.0f} a second at best; "
        f"worst wait {worst:.2f} s"
    )
    values = {
        TAKE.name: median_ratio(list(zip(many, floor, strict=True))),
        HOT.name: median_ratio(list(zip(hot, many, strict=True))),
        RATE.name: median(many),
    }
    for gate in gates:
        yield Result(gate, place.engine, values[gate.name], detail)


class _Person:
    """Somebody signed in, with a token for their forms."""

    def __init__(self, app: Portal) -> None:
        from portal.accounts.testing import signed_in_client

        client = signed_in_client(app)
        self.token: str = client.csrf_token()  # type: ignore[attr-defined]
        cookie = client.get_cookie("session")
        if cookie is None:
            raise AssertionError("a signed-in client has a cookie")
        self.cookie = f"session={cookie.value}"
        self.id: int = client.person_id  # type: ignore[attr-defined]


def _forms(app: Portal, people: list[_Person]) -> list[Form]:
    """A form of each person for each of some new runs, all questions answered; run after run."""
    from portal.db import db, unit_of_work

    with app.app_context():
        with unit_of_work() as session:
            runs = [_run(session) for _ in range(RUNS)]
            _drafts(session, runs, [one.id for one in people])
        db.engine.dispose()
    return [
        Form(
            f"/places/runs/{run}/check",
            one.cookie,
            urlencode({"csrf_token": one.token, "form_key": secrets.token_hex(16), "wish": "list"}),
        )
        for run in runs
        for one in people
    ]


def _mixed(forms: list[Form]) -> list[Form]:
    """The same forms, those of all runs at once."""
    return [form for number in range(WISHES) for form in forms[number::WISHES]]


def _run(session: Session) -> int:
    from portal.courses.models import CourseSession, Mode, Run, RunState
    from tests.bench.college import ZONE

    now = datetime.now(UTC)
    day = now.date() + timedelta(days=60)
    starts = datetime(day.year, day.month, day.day, 10, tzinfo=UTC)
    run = Run(
        reference=f"wanted-{secrets.token_hex(6)}",
        course_id=2,
        term_id=1,
        state=RunState.OPEN,
        mode=Mode.IN_PERSON,
        venue_id=1,
        learning_cap=CAP,
        first_starts_at=starts,
        last_ends_at=starts + timedelta(days=14, hours=2),
        published_at=now,
        created_at=now,
    )
    session.add(run)
    session.flush()
    for index in range(3):
        begins = starts + timedelta(weeks=index)
        session.add(
            CourseSession(
                run_id=run.id,
                number=index + 1,
                local_date=begins.date(),
                local_time=begins.time().replace(tzinfo=None),
                zone=ZONE,
                minutes=120,
                starts_at=begins,
                ends_at=begins + timedelta(hours=2),
                uid=f"{run.reference}-{index}@college.example",
            )
        )
    session.flush()
    return run.id


def _drafts(session: Session, runs: list[int], people: list[int]) -> None:
    from portal.enrolment.models import Company, PlaceDraft
    from portal.vault import seal

    session.execute(
        sa.insert(PlaceDraft),
        [
            {
                "uid": (uid := str(uuid.uuid4())),
                "by_id": person,
                "person_id": person,
                "run_id": run,
                "needs": seal(session, PlaceDraft.needs, uid, ""),
                "company": Company.ALONE,
                "updated_at": datetime.now(UTC),
            }
            for run in runs
            for person in people
        ],
    )
