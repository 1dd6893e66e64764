"""Writes the settled part of the demo college's places in bulk: as the engine would have left it."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.courses.api import RunSeats
from portal.enrolment.demo.words import NEEDS
from portal.enrolment.models import (
    AttendanceMark,
    Enrolment,
    EnrolmentState,
    Mark,
    Party,
    PartyMember,
    Role,
    Seat,
    ShareableNeed,
    TakesPart,
)
from portal.vault import seal

MARKS = {Mark.PRESENT: 67, Mark.PART: 1, Mark.APOLOGIES: 12, Mark.ABSENT: 20}  # per cent
REGISTER_DUE = timedelta(
    hours=24
)  # registers of sessions that ended since are still to be filled in
WITH_NEEDS = 0.12
APOLOGIES_AHEAD = 0.06  # of those with a session to come


@dataclass(slots=True)
class Place:
    """One body's place before it is written. `brings` is the guest who comes along."""

    person_id: int
    mode: TakesPart
    row: dict[str, Any]
    brings: str = ""


@dataclass(slots=True)
class Group:
    """A run of the demo college with those who have a place on it."""

    run: RunSeats
    number: int  # in its term
    leader_id: int | None
    places: list[Place] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """True when it has been held."""
        return self.run.state.value == "finished"

    @property
    def public(self) -> bool:
        """False while only staff see it."""
        return self.run.state.value != "planned"


class Writer:
    """Writes groups that are decided on."""

    def __init__(self, session: Session, chance: random.Random, at: datetime) -> None:
        self._session, self._chance, self._at = session, chance, at

    def write(self, groups: Sequence[Group], strangers: Sequence[Sequence[int]]) -> None:
        """Everything about these groups; `strangers` are those who left, group by group. Flushes."""
        places = [(group, place) for group in groups for place in group.places]
        ids = insert(self._session, Enrolment, [place.row for _, place in places])
        for (_, place), identity in zip(places, ids, strict=True):
            place.row["id"] = identity
        guests = self._write_guests([place for _, place in places if place.brings])
        self._write_seats(groups, guests)
        self._write_marks(groups)
        self._write_needs(groups)
        self._write_left(groups, strangers)

    def _write_guests(self, bringing: Sequence[Place]) -> dict[int, int]:
        """The guests' own places, in one party with whom they come; their ids by the student's."""
        rows = [
            place.row
            | {"person_id": None, "guest_name": place.brings, "role": Role.SUPPORTER}
            | {"made_by_id": place.person_id}
            for place in bringing
        ]
        for row in rows:
            row.pop("id")
        ids = insert(self._session, Enrolment, rows)
        parties = insert(
            self._session,
            Party,
            [
                {"run_id": one.row["run_id"], "created_at": one.row["created_at"]}
                for one in bringing
            ],
        )
        members = []
        for place, guest, party in zip(bringing, ids, parties, strict=True):
            for enrolment, role in ((place.row["id"], Role.STUDENT), (guest, Role.SUPPORTER)):
                members.append({"party_id": party, "enrolment_id": enrolment, "role": role})
        insert(self._session, PartyMember, members, returning=False)
        return {place.row["id"]: guest for place, guest in zip(bringing, ids, strict=True)}

    def _write_seats(self, groups: Sequence[Group], guests: dict[int, int]) -> None:
        """Everybody's numbers, as the engine gives them: the lowest free, over all and in their way."""
        rows = []
        for group in groups:
            if group.over:  # a run that was held has no seats any more
                continue
            places: Counter[TakesPart] = Counter()
            number = 0
            for place in group.places:
                bodies: list[tuple[int, int | None]] = [(place.row["id"], place.person_id)]
                if place.brings:
                    bodies.append((guests[place.row["id"]], None))
                for enrolment_id, person_id in bodies:
                    number += 1
                    places[place.mode] += 1
                    rows.append(
                        {
                            "run_id": group.run.id,
                            "number": number,
                            "mode": place.mode,
                            "place": places[place.mode],
                            "person_id": person_id,
                            "enrolment_id": enrolment_id,
                            "wait_body_id": None,
                        }
                    )
        insert(self._session, Seat, rows, returning=False)

    def _write_marks(self, groups: Iterable[Group]) -> None:
        """What the registers say, and apologies for what is still to come."""
        kinds, weights = list(MARKS), list(MARKS.values())
        rows = []
        for group in groups:
            over = [one for one in group.run.sessions if one.ends_at < self._at - REGISTER_DUE]
            coming = [one for one in group.run.sessions if one.starts_at > self._at]
            for place in group.places:
                since = place.row["from_at"]
                marks = [
                    (one, self._chance.choices(kinds, weights)[0], group.leader_id, one.ends_at)
                    for one in over
                    if one.starts_at >= since
                ]
                if coming and self._happens(APOLOGIES_AHEAD):
                    told = self._at - timedelta(hours=self._chance.randrange(1, 40))
                    one = self._chance.choice(coming[:3])
                    marks.append((one, Mark.APOLOGIES, place.person_id, told))
                rows += [
                    {
                        "session_id": one.id,
                        "enrolment_id": place.row["id"],
                        "mark": mark,
                        "by_id": by,
                        "at": at,
                    }
                    for one, mark, by, at in marks
                ]
        insert(self._session, AttendanceMark, rows, returning=False)

    def _write_needs(self, groups: Iterable[Group]) -> None:
        rows = [
            {
                "uid": (uid := str(uuid.uuid4())),
                "enrolment_id": place.row["id"],
                "words": seal(
                    self._session, ShareableNeed.words, uid, str(self._chance.choice(NEEDS))
                ),
                "updated_at": place.row["created_at"],
            }
            for group in groups
            for place in group.places
            if group.run.state.value in ("open", "running") and self._happens(WITH_NEEDS)
        ]
        insert(self._session, ShareableNeed, rows, returning=False)

    def _write_left(self, groups: Sequence[Group], strangers: Sequence[Sequence[int]]) -> None:
        """Places that were given up."""
        rows = []
        for group, people in zip(groups, strangers, strict=True):
            for person, place in zip(people, group.places, strict=False):
                row = place.row | {"person_id": person, "state": EnrolmentState.WITHDRAWN}
                row |= {
                    "ended_at": row["created_at"] + timedelta(minutes=200),
                    "ended_why": "left",
                }
                row.pop("id")
                rows.append(row)
        insert(self._session, Enrolment, rows, returning=False)

    def _happens(self, part: float) -> bool:
        return self._chance.random() < part


def insert(
    session: Session, model: type, rows: Sequence[dict[str, Any]], *, returning: bool = True
) -> list[int]:
    """Write rows in bulk; their ids in the same order, unless nobody asks for them."""
    table = cast(sa.Table, model.__table__)  # type: ignore[attr-defined]  # every model has one
    if not rows:
        return []
    if not returning:
        session.execute(sa.insert(table), rows)
        return []
    statement = sa.insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return list(session.scalars(statement, rows))
