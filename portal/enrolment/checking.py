"""Health checks of places: that what the lists say is what is held."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from portal.courses.api import seats_taken_by_run
from portal.enrolment.models import Enrolment, EnrolmentState, Seat
from portal.plugin_api import Check, CheckResult


def runs_that_differ(session: Session) -> dict[int, tuple[int, int]]:
    """Runs whose number in the lists is not their number of seats: (in the lists, seats), by run.

    Finished runs have no seats any more, so nothing is compared. Two queries.
    """
    held = dict(
        session.execute(sa.select(Seat.run_id, sa.func.count()).group_by(Seat.run_id)).all()
    )
    shown = seats_taken_by_run(session)
    return {
        run_id: (taken, held.get(run_id, 0))
        for run_id, taken in shown.items()
        if taken != held.get(run_id, 0)
    }


def places_without_seat(session: Session) -> int:
    """How many enrolments that count hold no seat: their place could be given away again."""
    statement = (
        sa.select(sa.func.count())
        .select_from(Enrolment)
        .outerjoin(Seat, Seat.enrolment_id == Enrolment.id)
        .where(Enrolment.state == EnrolmentState.ENROLLED, Seat.id.is_(None))
    )
    return session.scalar(statement) or 0


def check_seats(session: Session) -> CheckResult:
    """Whether every place is held once, and the lists say so."""
    differ, without = len(runs_that_differ(session)), places_without_seat(session)
    if without:
        message = ngettext(
            "%(num)d place is held by no seat. Restore a backup, or ask for help: it could be "
            "given away a second time.",
            "%(num)d places are held by no seat. Restore a backup, or ask for help: they could be "
            "given away a second time.",
            without,
        )
        return CheckResult(ok=False, message=message)
    if differ:
        message = ngettext(
            "The lists show a wrong number of places for %(num)d run. Its next booking puts it right.",
            "The lists show a wrong number of places for %(num)d runs. Their next bookings put it "
            "right.",
            differ,
        )
        return CheckResult(ok=False, message=message)
    return CheckResult(ok=True, message=_("Every place is held once, and the lists say so."))


CHECKS = (Check("enrolment-seats", check_seats),)
