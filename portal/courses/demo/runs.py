"""Runs, sessions and leaders of one term of the demo college, in every state that a page can show.

Decided first and written in bulk afterwards. No two runs share a room at one time and nobody leads two
at once, as in a college whose coordinator looks after it.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Literal

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal.courses.demo.catalogue import Offered
from portal.courses.demo.leaders import Leaders, Slot, insert
from portal.courses.models import (
    Assignment,
    ChangeKind,
    CourseChange,
    CourseSession,
    Mode,
    PairWaiver,
    Run,
    RunState,
    SessionState,
    Term,
)
from portal.courses.services import schedule
from portal.plugin_api import Actor
from portal.plugin_api.events import RunChanged, publish_many

Which = Literal["past", "present", "coming"]
WHICH: tuple[Which, ...] = ("past", "present", "coming")
RUNS = 40  # a term
CAP = 12  # people learn well together up to here
ONLINE_PART = 6  # of the places of a run that is both
TIMES = (time(10), time(13, 30), time(18))
DAYS = range(5)
SATURDAY = (5, time(10, 30))
UID_SPACE = uuid.UUID("5f0c8f3e-6d0b-4f1f-9a53-2b1c3f6c8a10")  # any constant: uids follow the seed
# Which of a term's runs show something out of the ordinary; by their number in the term.
CANCELLED_RUNS = (11, 29)
WITH_MOVED = (1, 14, 27)
WITH_CANCELLED = (2, 18, 33)
WITHOUT_PAIR = (4, 9, 13, 22, 31)
WITH_WAIVER = (7,)
FIRST_NEEDED = (3, 16)  # of the coming term
UNPUBLISHED = frozenset(range(32, 40))  # of the coming term

MOST_AT_ONCE = 4  # runs at one time of the week: there must be leaders to go round
LAST_WEEK = 11  # of a term, in which a run should end
ONLINE_LINK = "https://meet.example/harbour"


def _too_few() -> str:
    return str(_("Too few people could come at this time. We will offer it again next term."))


@dataclass(slots=True)
class _Plan:
    """One run before it is written."""

    number: int
    course: Offered
    slot: Slot
    venue_id: int | None
    mode: Mode
    row: dict[str, Any] = field(default_factory=dict)
    sessions: list[dict[str, Any]] = field(default_factory=list)


class RunMaker:
    """Makes the runs of one term after another."""

    def __init__(
        self,
        session: Session,
        chance: random.Random,
        leaders: Leaders,
        actor: Actor,
        venues: Sequence[tuple[int, int]],
        *,
        zone: str,
        at: datetime,
    ) -> None:
        self._session = session
        self._chance = chance
        self._leaders = leaders
        self._actor = actor
        self._venues = [venue for venue, _capacity in venues]
        self._zone = zone
        self._at = at

    def make_term(self, term: Term, which: Which, offered: Sequence[Offered]) -> None:
        """Forty runs in this term."""
        first = {"past": 0, "present": RUNS // 2, "coming": RUNS}[which]
        courses = [offered[(first + number) % len(offered)] for number in range(RUNS)]
        plans = self._place(courses)
        for plan in plans:
            self._date(plan, term)
            self._unsettle(plan)
            self._settle_state(plan, term, which)
        run_ids = insert(self._session, Run, [plan.row for plan in plans])
        self._write_sessions(plans, run_ids, term)
        self._write_history(plans, run_ids)

    # --- where and when ----------------------------------------------------------------------------

    def _place(self, courses: Sequence[Offered]) -> list[_Plan]:
        """A time of the week and a room for each, no room twice at one time."""
        slots: list[Slot] = [(day, at) for day in DAYS for at in TIMES]
        slots.append(SATURDAY)
        rooms = [(slot, venue) for slot in slots for venue in self._venues]
        self._chance.shuffle(rooms)
        at_once: Counter[Slot] = Counter()
        plans = []
        for number, course in enumerate(courses):
            slot, venue = next(
                (slot, venue) for slot, venue in rooms if at_once[slot] < MOST_AT_ONCE
            )
            rooms.remove((slot, venue))
            at_once[slot] += 1
            online = course.mode is Mode.ONLINE
            plans.append(_Plan(number, course, slot, None if online else venue, course.mode))
        return plans

    def _date(self, plan: _Plan, term: Term) -> None:
        weekday, at = plan.slot
        count = plan.course.sessions
        latest = max(0, LAST_WEEK - count)
        weeks = plan.number % (latest + 1)
        first = term.starts_on + timedelta(days=weekday, weeks=weeks)
        timetable = schedule.weekly(
            first, at, count=count, minutes=plan.course.minutes, zone=self._zone
        )
        plan.sessions = [
            {
                "number": number,
                "local_date": slot.day,
                "local_time": slot.at,
                "zone": self._zone,
                "minutes": plan.course.minutes,
                "starts_at": slot.starts_at,
                "ends_at": slot.ends_at,
                "venue_id": None,
                "online_link": "" if plan.mode is Mode.IN_PERSON else ONLINE_LINK,
                "state": SessionState.SCHEDULED,
                "reason": "",
                "moved_from": None,
                "version": 0,
                "note": "",
            }
            for number, slot in enumerate(timetable.slots, start=1)
        ]

    # --- what went differently ---------------------------------------------------------------------

    def _unsettle(self, plan: _Plan) -> None:
        if plan.number in WITH_MOVED and plan.sessions:
            one = plan.sessions[-1]
            old = one["starts_at"]
            moved = schedule.slot(
                one["local_date"] + timedelta(days=7), one["local_time"], one["minutes"], self._zone
            )
            if not schedule.is_bank_holiday(moved.day):
                one |= {
                    "local_date": moved.day,
                    "starts_at": moved.starts_at,
                    "ends_at": moved.ends_at,
                    "moved_from": old,
                    "state": SessionState.MOVED,
                    "reason": _("The room is being painted that day."),
                    "version": 1,
                }
        if plan.number in WITH_CANCELLED and len(plan.sessions) > 1:
            plan.sessions[1] |= {
                "state": SessionState.CANCELLED,
                "reason": _("Both leaders are ill. We are sorry."),
                "version": 1,
            }
        if plan.number in CANCELLED_RUNS:
            for one in plan.sessions:
                one |= {
                    "state": SessionState.CANCELLED,
                    "reason": _too_few(),
                    "version": one["version"] + 1,
                }
        for one in plan.sessions:
            gone = one["ends_at"] <= self._at
            if gone and one["state"] is not SessionState.CANCELLED:
                one["state"] = SessionState.DELIVERED

    def _settle_state(self, plan: _Plan, term: Term, which: Which) -> None:
        on = [one for one in plan.sessions if one["state"] is not SessionState.CANCELLED]
        spans = on or plan.sessions
        begins, ends = spans[0]["starts_at"], max(one["ends_at"] for one in spans)
        if plan.number in CANCELLED_RUNS:
            state = RunState.CANCELLED
        elif ends <= self._at:
            state = RunState.FINISHED
        elif begins <= self._at:
            state = RunState.RUNNING
        elif which == "coming" and plan.number in UNPUBLISHED:
            state = RunState.PLANNED
        else:
            state = RunState.OPEN
        written = min(self._at, begins) - timedelta(days=self._chance.randrange(40, 70))
        published = None if state is RunState.PLANNED else written + timedelta(days=7)
        plan.row = {
            "reference": f"{term.slug}-{plan.number + 1}",
            "course_id": plan.course.id,
            "term_id": term.id,
            "state": state,
            "mode": plan.mode,
            "venue_id": plan.venue_id,
            "learning_cap": CAP,
            "online_cap": ONLINE_PART if plan.mode is Mode.BOTH else None,
            "first_required": which == "coming" and plan.number in FIRST_NEEDED,
            "first_starts_at": begins,
            "last_ends_at": ends,
            "cancelled_reason": _too_few() if state is RunState.CANCELLED else "",
            "published_at": published,
            "import_key": None,
            "version": 2 if published else 1,
            "created_at": written,
        }

    # --- writing -----------------------------------------------------------------------------------

    def _write_sessions(self, plans: Sequence[_Plan], run_ids: Sequence[int], term: Term) -> None:
        for plan, run_id in zip(plans, run_ids, strict=True):
            for one in plan.sessions:
                one["run_id"] = run_id
                name = f"{plan.row['reference']}/{one['number']}"
                one["uid"] = f"{uuid.uuid5(UID_SPACE, name)}@sessions.recovery-portal"
        rows = [one for plan in plans for one in plan.sessions]
        ids = iter(insert(self._session, CourseSession, rows))
        assignments: list[dict[str, Any]] = []
        waivers: list[dict[str, Any]] = []
        for plan in plans:
            pair = self._leaders.pair(term.id, plan.slot, plan.number)
            for one in plan.sessions:
                one["id"] = next(ids)
                coming = one["ends_at"] > self._at
                alone = coming and plan.number in (*WITHOUT_PAIR, *WITH_WAIVER)
                assignments.extend(
                    {"session_id": one["id"], "person_id": person, "perspective": perspective}
                    for person, perspective in (pair[:1] if alone else pair)
                )
                if coming and plan.number in WITH_WAIVER:
                    waivers.append(self._waiver(one["id"]))
        insert(self._session, Assignment, assignments)
        insert(self._session, PairWaiver, waivers)

    def _waiver(self, session_id: int) -> dict[str, Any]:
        return {
            "session_id": session_id,
            "reason": _("A guest speaker leads this one, and the group asked for it."),
            "by_person_id": self._actor.person_id,
            "at": self._at - timedelta(days=3),
        }

    def _write_history(self, plans: Sequence[_Plan], run_ids: Sequence[int]) -> None:
        rows: list[dict[str, Any]] = []
        for plan, run_id in zip(plans, run_ids, strict=True):
            row, course_id = plan.row, plan.course.id
            about = (ChangeKind.RUN, run_id, course_id)
            rows.append(
                self._change(
                    *about, "planned", row["created_at"], {"sessions": [None, len(plan.sessions)]}
                )
            )
            if row["published_at"]:
                changes = {"state": ["planned", "open"], "version": [1, 2]}
                rows.append(self._change(*about, "published", row["published_at"], changes))
            last_week = self._at - timedelta(days=7)
            if row["state"] is RunState.CANCELLED:
                changes = {"state": ["open", "cancelled"]}
                rows.append(
                    self._change(
                        *about, "cancelled", last_week, changes, why=row["cancelled_reason"]
                    )
                )
                continue
            rows.extend(
                self._change(
                    ChangeKind.SESSION,
                    one["id"],
                    course_id,
                    "moved" if one["moved_from"] else "cancelled",
                    min(last_week, one["starts_at"] - timedelta(days=1)),
                    {"version": [0, 1]},
                    why=one["reason"],
                )
                for one in plan.sessions
                if one["version"]
            )
        insert(self._session, CourseChange, rows)
        publish_many(
            self._session,
            [
                RunChanged(course_id=plan.course.id, run_id=run_id, state=plan.row["state"].value)
                for plan, run_id in zip(plans, run_ids, strict=True)
            ],
        )

    def _change(
        self,
        kind: ChangeKind,
        subject_id: int,
        course_id: int,
        action: str,
        at: datetime,
        changes: dict[str, Any],
        why: str = "",
    ) -> dict[str, Any]:
        return {
            "subject_kind": kind,
            "subject_id": subject_id,
            "course_id": course_id,
            "action": action,
            "at": at,
            "actor_person_id": self._actor.person_id,
            "why": why,
            "changes": changes,
        }
