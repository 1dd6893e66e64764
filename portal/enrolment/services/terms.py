"""Whether a student may have one more place: not while their places are stopped, and no more workshops in
a term than the college's cap. Invariant 7.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from portal.courses.api import workshops_among
from portal.db import dialect_name
from portal.enrolment.models import STANDING, Enrolment, EnrolmentState, MissedFirst, Role, WaitBody
from portal.enrolment.services import rules
from portal.enrolment.services.ledger import Ledger
from portal.enrolment.services.outcomes import Body, TermCapError

_COUNTED = (EnrolmentState.ENROLLED, EnrolmentState.COMPLETED)
_LOCK = 7_236  # any number that only this file uses


def check(ledger: Ledger, students: Sequence[Body | WaitBody], override: str) -> None:
    """Do nothing when each of these may have one workshop more, or somebody gave a reason to override.

    Raises:
        TermCapError: one of them has as many as the college allows.
    """
    cap = rules.number(ledger.session, rules.TERM_CAP)
    if not cap or override.strip():
        return
    session, run = ledger.session, ledger.run
    if not workshops_among(session, [run.id], run.term_id):  # a drop-in
        return
    # Whoever missed the first session of a workshop and takes the next run of it has one workshop, not two.
    missed = sa.select(MissedFirst.enrolment_id).where(MissedFirst.state.in_(STANDING))
    for person_id in sorted(body.person_id for body in students if body.person_id is not None):
        _one_at_a_time(ledger, person_id)
        held = session.scalars(
            sa.select(Enrolment.run_id).where(
                Enrolment.person_id == person_id,
                Enrolment.role == Role.STUDENT,
                Enrolment.state.in_(_COUNTED),
                Enrolment.run_id != run.id,
                Enrolment.id.not_in(missed),
            )
        ).all()
        if workshops_among(session, held, run.term_id) >= cap:
            raise TermCapError(cap)


def _one_at_a_time(ledger: Ledger, person_id: int) -> None:
    """Two runs have two locks, so the person is locked too. SQLite writes one at a time anyway."""
    if dialect_name(ledger.session) == "postgresql":
        ledger.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK, person_id)))
