"""Somebody waits though there are places, and no offer will come by itself: a coordinator finds a way.

That happens to people who must not share a group with somebody who is there. The task names neither the
other person nor a reason; who needs to know more asks whoever arranged it.
"""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal import clock
from portal.accounts.api import people_by_ids
from portal.courses.api import leaders_of_run, run_by_id
from portal.desk.api import (
    TaskBrief,
    TaskInfo,
    TaskKind,
    had_task,
    open_task,
    working_day_after,
)
from portal.enrolment.models import KeepApart, Seat, WaitBody, WaitEntry, WaitState
from portal.enrolment.services.ledger import Ledger, Line

WAITING_HELP = "enrolment:waiting_help"


def ask_for(ledger: Ledger) -> None:
    """One task for each line that would have its places, were it not for who is there; once and for all."""
    free = ledger.free
    if free.total <= 0:
        return
    for line in ledger.waiting():
        need = ledger.need(line.bodies)
        if free.fits(need) and ledger.is_kept_apart(line.people):
            _open(ledger, line)


def brief(session: Session, task: TaskInfo) -> TaskBrief | None:
    """What to do; None once they wait no more, or nothing stands in their way."""
    entry = session.get(WaitEntry, int(task.about["entry"]))
    run = run_by_id(session, int(task.about["run"]))
    if entry is None or entry.state is not WaitState.WAITING or run is None:
        return None
    arranged_by = _arranged_by(session, entry)
    if arranged_by is None:
        return None
    facts = [(_l("Course"), run.course_title)]
    facts += [(_l("Ask if you need to know more"), name) for name in arranged_by]
    return TaskBrief(
        _(
            "There are free places on this course, but none will be offered by itself. Find them "
            "another date, or somebody who can teach them alone. If there is none, ring them and say "
            "that we are looking. Please tell nobody that this list is any different from others."
        ),
        facts,
    )


KIND = TaskKind(
    kind=WAITING_HELP,
    title=_l("Find another way for somebody who waits"),
    next_step=_l("Look for another date for them"),
    group=_l("Offers"),
    brief=brief,
)


def _open(ledger: Ledger, line: Line) -> None:
    session, key = ledger.session, f"waiting-help:{line.entry.id}"
    if had_task(session, key):
        return
    today = clock.local_date(ledger.at, ledger.run.sessions[0].zone)
    open_task(
        session,
        kind=WAITING_HELP,
        key=key,
        due=working_day_after(today, 1),
        about={"entry": line.entry.id, "run": ledger.run.id},
        person_id=line.entry.person_id,
    )


def _arranged_by(session: Session, entry: WaitEntry) -> list[str] | None:
    """The names of whoever arranged what stands in this line's way; None when nothing does."""
    waiting = sa.select(WaitBody.person_id).where(WaitBody.entry_id == entry.id)
    seated = sa.select(Seat.person_id).where(Seat.run_id == entry.run_id)
    leading = leaders_of_run(session, entry.run_id)

    def met_by(other: InstrumentedAttribute[int]) -> sa.ColumnElement[bool]:
        return sa.or_(other.in_(seated), other.in_(waiting), other.in_(leading))

    pairs = session.scalars(
        sa.select(KeepApart.by_id).where(
            sa.or_(
                sa.and_(KeepApart.one_id.in_(waiting), met_by(KeepApart.other_id)),
                sa.and_(KeepApart.other_id.in_(waiting), met_by(KeepApart.one_id)),
            )
        )
    ).all()
    if not pairs:
        return None
    people = people_by_ids(session, {one for one in pairs if one is not None})
    return sorted(person.name for person in people.values())
