"""Who takes part in a run, and who waits for it, for whoever has the right. Looking is put on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal import clock
from portal.accounts.api import people_by_ids
from portal.courses.api import Meeting, run_by_id
from portal.db import db
from portal.enrolment.forms.taking import COMPANY, MODES, ConfirmForm
from portal.enrolment.policies import ARRANGE
from portal.enrolment.queries.register import marks_of_run
from portal.enrolment.queries.runs import RosterLine, roster
from portal.enrolment.queries.waiting import WaitingLine, waiting_for_run
from portal.enrolment.services import arranging
from portal.enrolment.services.attendance import Attendance, attendance
from portal.enrolment.views import blueprint
from portal.enrolment.views.frame import found
from portal.plugin_api import current_actor, requires, writes


@dataclass(frozen=True, slots=True)
class Taker:
    """Somebody with a place, as the page of a run's people shows them."""

    line: RosterLine
    name: str
    begins_with: int | None  # the number of their first session, when they joined after the first
    with_names: tuple[str, ...]
    attendance: Attendance

    @property
    def came(self) -> bool:
        """True when the register says that they were there, once at least."""
        return self.attendance.attended > 0


@dataclass(frozen=True, slots=True)
class Waiter:
    """A party that waits, with its place in the list."""

    line: WaitingLine
    names: tuple[str, ...]
    number: int


@blueprint.get("/manage/places/runs/<int:run_id>")
@requires(ARRANGE)
@writes
def people(run_id: int) -> ResponseReturnValue:
    """Who takes part in a run, and who waits for it."""
    run, now = found(run_by_id(db.session, run_id)), clock.now()
    arranging.note_reading(db.session, current_actor(), run_id)
    lines, waits = roster(db.session, run_id), waiting_for_run(db.session, run_id, now)
    ids = {line.person_id for line in lines if line.person_id is not None}
    ids |= {body.person_id for line in waits for body in line.bodies if body.person_id is not None}
    known = people_by_ids(db.session, ids)

    def name(person_id: int | None, guest_name: str) -> str:
        return known[person_id].name if person_id in known else guest_name or _("Somebody")

    marks = marks_of_run(db.session, run_id)
    takers = [
        Taker(
            line=line,
            begins_with=_late(run.meetings, line),
            name=name(line.person_id, line.guest_name),
            with_names=tuple(
                name(other.person_id, other.guest_name)
                for other in lines
                if line.party_id is not None
                and other.party_id == line.party_id
                and other is not line
            ),
            attendance=attendance(run.meetings, line.from_at, marks.get(line.enrolment_id, {})),
        )
        for line in lines
    ]
    waiters, number = [], 0
    for line in waits:
        number += line.offer_id is None
        names = tuple(name(body.person_id, body.guest_name) for body in line.bodies)
        waiters.append(Waiter(line, names, number))
    return render_template(
        "enrolment/arrange/people.html",
        run=run,
        takers=takers,
        waiters=waiters,
        modes=MODES,
        company=COMPANY,
        form=ConfirmForm(),
    )


def _late(meetings: Sequence[Meeting], line: RosterLine) -> int | None:
    """The number of the session that somebody begins with; None for those who came from the first."""
    held = [one for one in meetings if not one.cancelled]
    theirs = [one for one in held if one.starts_at >= line.from_at]
    return theirs[0].number if theirs and theirs[0] is not held[0] else None
