"""People who share a good deal: a party, a supporter, a leader, somebody at the desk, and a group.

Each has a name, an address and words that occur nowhere else, so that whatever of one is found where only
another's belongs is found by looking for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.models import CourseSession
from portal.desk.api import log_try, open_task
from portal.enrolment.models import Enrolment, Mark, MarkedHow, Role
from portal.enrolment.services import agreements, drafts, keeping_apart, marks, wishes
from portal.enrolment.services.outcomes import Body, Enrolled
from portal.messages.api import queue_email
from portal.plugin_api import Actor
from tests.factories.accounts import make_login, make_person
from tests.factories.courses import make_assignment
from tests.factories.enrolment import book, make_group

NAMES = {
    "ada": "Adalind Ashgrove",
    "bo": "Borislav Birchwood",
    "cy": "Cyrilla Copperfield",
    "di": "Dimitra Dunmore",
    "eve": "Evelina Eastcheap",
}


@dataclass(frozen=True)
class Sharing:
    """Ids of people. Ada came with Bo, Cy acts for Ada and supports her, Di leads, Eve works at the desk."""

    ada: int
    bo: int
    cy: int
    di: int
    eve: int
    run: int
    ada_place: int

    def marks_of(self, who: str) -> list[str]:
        """What names one of them and nobody else."""
        word = NAMES[who].split()[1]
        return [NAMES[who], word, f"{who}@{word.lower()}.example", f"needs of {word}"]


def make_sharing(session: Session, at: datetime | None = None) -> Sharing:
    """The five of them, flushed."""
    at = at or clock.now()
    ids = {who: _person(session, who, at) for who in NAMES}
    ada, bo, cy, di, eve = (ids[who] for who in NAMES)
    desk = Actor(person_id=eve, name=NAMES["eve"])
    run = make_group(session, 8, first=at.date() + timedelta(weeks=5))
    for meeting in session.scalars(sa.select(CourseSession).filter_by(run_id=run.id)):
        make_assignment(session, session_id=meeting.id, person_id=di)
    code = agreements.make_code(session, Actor(person_id=ada), at=at)
    agreements.use_code(session, Actor(person_id=cy), code, at=at, today=at.date())
    made = book(session, run.id, ada, Body(person_id=bo, role=Role.BUDDY), at=at)
    assert isinstance(made, Enrolled)
    book(session, run.id, cy, at=at)
    places = {row.person_id: row.id for row in session.scalars(sa.select(Enrolment))}
    for who in ("ada", "bo", "cy"):
        words = f"needs of {NAMES[who].split()[1]}"
        wishes.share_needs(session, places[ids[who]], words, at=at)
        wishes.note_interest(session, run.course_id, ids[who], at=at)
    first = session.scalars(sa.select(CourseSession).filter_by(run_id=run.id)).first()
    assert first is not None
    for who in ("ada", "bo", "cy"):
        marks.put(
            session,
            Actor(person_id=di),
            first.id,
            places[ids[who]],
            Mark.PRESENT,
            how=MarkedHow.FORM,
            at=at,
        )
    keeping_apart.keep_apart(session, desk, ada, make_person(session, "Fenella Foxglove").id, at=at)
    drafts.write(
        session,
        cy,
        run.id,
        at=at,
        person_id=ada,
        needs="needs of Ashgrove",
        guest_name="Gus Copperfield",
    )
    _desk(session, desk, ids, at)
    return Sharing(ada, bo, cy, di, eve, run.id, places[ada])


def _person(session: Session, who: str, at: datetime) -> int:
    word = NAMES[who].split()[1].lower()
    login = make_login(session, name=NAMES[who], email=f"{who}@{word}.example")
    return login.person_id


def _desk(session: Session, desk: Actor, ids: dict[str, int], at: datetime) -> None:
    """Messages, tasks with their notes, and what is not sent yet."""
    for who in ("ada", "bo"):
        word = NAMES[who].split()[1]
        queue_email(
            session,
            to=f"{who}@{word.lower()}.example",
            subject="From your college",
            text=f"Dear {NAMES[who]}",
            person_id=ids[who],
            purpose="enrolment:place",
        )
        task = open_task(
            session,
            kind="desk:errand",
            key=f"errand:{who}",
            due=at.date(),
            about={"what": f"ring {NAMES[who]}"},
            person_id=ids[who],
        )
        note = f"note about {word}"
        log_try(session, desk, task, "done", note, tries=0, today=at.date())
