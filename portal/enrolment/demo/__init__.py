"""The places room's part of the demo college: who takes part in what, who waits, and how it went.

What is over is written in bulk, as the engine would have left it. What is live (places given up, offers,
lists that move) goes through the engine itself. The same seed and the same day give the same college.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import DemoPeople, demo_people_with_login, is_reached_by_email
from portal.audit.api import record
from portal.courses.api import RunSeats, all_run_seats, runs_by_ids, set_places
from portal.enrolment import following, reminding
from portal.enrolment.demo import away as demo_away
from portal.enrolment.demo import lists as demo_lists
from portal.enrolment.demo.words import GUESTS
from portal.enrolment.demo.writing import Group, Place, Writer, insert
from portal.enrolment.models import EnrolmentState, How, Interest, Role, TakesPart
from portal.enrolment.services import rules
from portal.enrolment.services.keeping_apart import keep_apart
from portal.enrolment.services.room import Room, count, left, limits
from portal.plugin_api import SYSTEM, Actor

SEED = 2027
CAP_LEFT = (1, 6)  # of a run that is neither full nor empty, so many places are free
FULL = (0, 3, 8, 15, 21)  # by their number in the term
EMPTY = (5,)
OF_CANCELLED = 2  # who had a place when a run was cancelled
WITH_SUPPORTER, FROM_LATER, GAVE_UP = 0.08, 0.1, 0.06
ONLINE = 0.4  # of those who can choose
INTERESTED = 15
WAITED = 6  # for each full run that is over


def seed_places(
    session: Session, people: DemoPeople, *, at: datetime | None = None, seed: int = SEED
) -> None:
    """Give the demo people their places; flushes, never commits. `at` is the present, or a moment given."""
    maker = _Maker(session, people, at or clock.now(), random.Random(seed))  # noqa: S311 - invented lives
    maker.make()


class _Maker:
    def __init__(
        self, session: Session, people: DemoPeople, at: datetime, chance: random.Random
    ) -> None:
        self._session, self._people, self._at, self._chance = session, people, at, chance
        self._student = demo_people_with_login(people)["student"]
        self._coordinator = Actor(person_id=people.officers["coordinator"][0], name="coordinator")
        self._busy: dict[int, set[datetime]] = defaultdict(set)
        self._taken: Counter[int] = Counter()
        self._shown: Counter[str] = Counter()  # to the student who can be looked in on
        self._pool = [one for one in people.students if one not in set(people.peers)]
        self._chance.shuffle(self._pool)

    def make(self) -> None:
        groups = self._groups()
        for group in groups:
            if group.public:
                self._fill(group)
        Writer(self._session, self._chance, self._at).write(groups, self._strangers(groups))
        demo_lists.write_past(self._session, self._past_lists(groups))
        for group in groups:
            self._keep_numbers(group)
        self._note_interest(groups)
        self._make_lists(groups)
        one, other = self._pool[:2]
        keep_apart(self._session, self._coordinator, one, other, at=self._at)
        coming = [group for group in groups if group.run.takes_people]
        quiet = [group for group in coming if group.number not in FULL]
        listed = {
            place.person_id for group in coming if group.number in FULL for place in group.places
        }
        others = {self._student, one, other, *listed}
        demo_away.send_away(self._session, self._coordinator, quiet, others, self._at)
        details = {"places": sum(len(group.places) for group in groups)}
        record(self._session, SYSTEM, "enrolment:demo:seed", ("college", "demo"), details=details)
        self._tell(groups)

    def _tell(self, groups: Sequence[Group]) -> None:
        """What is due to be told on this day: reminders, and runs that were cancelled."""
        reminding.remind(self._session)
        for group in groups:
            if group.public and group.run.state.value == "cancelled":
                following.tell_cancelled(self._session, group.run.id, at=self._at)

    def _keep_numbers(self, group: Group) -> None:
        """What lists say of a run for which nobody waits; the engine sees to the others."""
        run = group.run
        held = count(place.mode for place in group.places for _ in range(1 + bool(place.brings)))
        free = None
        if run.takes_people:
            coming = rules.next_start(run, self._at) is not None
            free = left(limits(run, self._at), held).one_by_one if coming else 0
        if (held.total, free) != (run.seats_taken, run.places_free):
            set_places(self._session, run.id, taken=held.total, free=free)

    def _groups(self) -> list[Group]:
        runs = all_run_seats(self._session)
        infos = runs_by_ids(self._session, [run.id for run in runs])
        numbers: Counter[int] = Counter()
        groups = []
        for run in runs:
            info = infos.get(run.id)
            leaders = info.leader_ids if info else ()
            groups.append(Group(run, numbers[run.term_id], leaders[0] if leaders else None))
            numbers[run.term_id] += 1
        return groups

    # --- who takes part ----------------------------------------------------------------------------

    def _fill(self, group: Group) -> None:
        """People for one run: as many as its kind has, and never more than the engine would let in."""
        room = _room_before(group.run)
        wanted = self._wanted(group, room)
        times = {one.starts_at for one in group.run.sessions}
        while wanted > 0:
            modes = self._modes(room)
            if not modes:
                return
            mode = modes[0]
            brings = ""
            if wanted > 1 and room.fits(count([mode, mode])) and self._happens(WITH_SUPPORTER):
                brings = self._chance.choice(GUESTS)
            person = self._next_student(group, times)
            group.places.append(Place(person, mode, self._row(group, person, mode), brings))
            bodies = [mode, mode] if brings else [mode]
            room = left(room, count(bodies))
            wanted -= len(bodies)

    def _wanted(self, group: Group, room: Room) -> int:
        if group.number in EMPTY:
            return 0
        if group.run.state.value == "cancelled":
            return OF_CANCELLED
        if group.number in FULL:
            return room.total
        fewest, most = CAP_LEFT
        return max(1, room.total - self._chance.randint(fewest, most))

    def _modes(self, room: Room) -> list[TakesPart]:
        """The ways in which one more may take part, the one to be taken first."""
        possible = [mode for mode in TakesPart if room.fits(count([mode]))]
        if len(possible) > 1 and self._happens(ONLINE):
            possible.reverse()
        return possible

    def _next_student(self, group: Group, times: set[datetime]) -> int:
        """Whoever took part least, and is in no other group at that time."""
        here = {place.person_id for place in group.places}
        clashes = self._busy[self._student] & times
        if self._student not in here and not clashes and self._suits(group):
            person = self._student
        else:
            free = (
                one
                for one in self._pool
                if one != self._student and one not in here and not self._busy[one] & times
            )
            person = min(free, key=lambda one: self._taken[one])
        self._busy[person] |= times
        self._taken[person] += 1
        return person

    def _suits(self, group: Group) -> bool:
        """The person of the student's sign-in has something of each kind to see."""
        state = group.run.state.value
        few = {"finished": 2, "running": 1, "open": 1}
        if group.number in FULL or self._shown[state] >= few.get(state, 0):
            return False
        self._shown[state] += 1
        return True

    def _row(self, group: Group, person_id: int, mode: TakesPart) -> dict[str, Any]:
        run = group.run
        first = run.sessions[0] if run.sessions else None
        before = min(self._at, first.starts_at if first else self._at)
        begun = [one.starts_at for one in run.sessions if one.starts_at < self._at]
        late = len(begun) > 2 and self._happens(FROM_LATER)
        by_mail = is_reached_by_email(self._session, person_id)
        ended = run.sessions[-1].ends_at if group.over else None
        how = How.ONLINE if by_mail else self._chance.choice((How.PHONE, How.PAPER))
        asked_at = before - timedelta(minutes=self._chance.randrange(300, 30_000))
        return {
            "run_id": run.id,
            "person_id": person_id,
            "guest_name": "",
            "role": Role.STUDENT,
            "mode": mode,
            "state": EnrolmentState.COMPLETED if group.over else EnrolmentState.ENROLLED,
            "from_at": begun[1] if late else asked_at,
            "how": how,
            "made_by_id": None if by_mail else self._coordinator.person_id,
            "created_at": asked_at,
            "ended_at": ended,
            "ended_why": "",
        }

    def _happens(self, part: float) -> bool:
        return self._chance.random() < part

    def _strangers(self, groups: Sequence[Group]) -> list[list[int]]:
        """For each run, who had a place and gave it up again, as happens everywhere."""
        return [
            sorted(
                {
                    person
                    for person in (self._chance.choice(self._pool) for _ in group.places)
                    if self._happens(GAVE_UP) and person != self._student
                }
                - {place.person_id for place in group.places}
            )
            for group in groups
        ]

    # --- lists -------------------------------------------------------------------------------------

    def _past_lists(self, groups: Sequence[Group]) -> list[demo_lists.PastList]:
        """For honest odds: those who waited for full runs that are over; some got a place in the end."""
        lists = []
        for group in groups:
            if not (group.over and group.number in FULL):
                continue
            here = {place.person_id for place in group.places}
            others = [one for one in self._pool if one not in here and one != self._student]
            got = 1 + group.number % (WAITED - 1)
            lists.append(
                demo_lists.PastList(
                    run=group.run,
                    took=[(place.person_id, place.mode) for place in group.places[-got:]],
                    waited=self._chance.sample(others, WAITED - got),
                )
            )
        return lists

    def _make_lists(self, groups: Sequence[Group]) -> None:
        """Full runs of the coming term: each shows another moment in the life of a waiting list."""
        full = [
            group for group in groups if group.number in FULL and group.run.state.value == "open"
        ]
        pool = [one for one in reversed(self._pool) if one != self._student]
        by_mail = [one for one in pool if is_reached_by_email(self._session, one)]
        by_hand = [one for one in pool if one not in set(by_mail)]
        demo_lists.live(
            self._session,
            [(group.run, [place.row["id"] for place in group.places]) for group in full],
            demo_lists.Waiters(self._student, by_mail, by_hand),
            self._coordinator,
            self._at,
        )

    def _note_interest(self, groups: Sequence[Group]) -> None:
        """Who wants to hear when a course that is over runs again."""
        coming = {group.run.course_id for group in groups if not group.over}
        over = sorted({group.run.course_id for group in groups} - coming)
        who = [self._student, *self._chance.sample(self._pool, INTERESTED)]
        pairs = {(self._chance.choice(over), person) for person in who} if over else set()
        rows = [
            {"course_id": course, "person_id": person, "created_at": self._at - timedelta(days=9)}
            for course, person in sorted(pairs)
        ]
        insert(self._session, Interest, rows, returning=False)


def _room_before(run: RunSeats) -> Room:
    """What the engine would have let in before the first session, whatever has become of the run."""
    if not run.sessions:  # cancelled: nobody knows which room it had
        return (
            Room(run.learning_cap, 0, run.learning_cap)
            if run.in_person
            else Room(0, run.learning_cap, run.learning_cap)
        )
    return limits(replace(run, takes_people=True), run.sessions[0].starts_at - timedelta(days=1))
