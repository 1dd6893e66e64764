"""Places arranged for others: what the seat engine does, with the agreement and the reason on record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.audit.api import record
from portal.enrolment.models import How
from portal.enrolment.services import agreements, drafts, seats, wishes
from portal.enrolment.services.outcomes import Body, Enrolled, Full, Offered, Waiting
from portal.plugin_api import Actor


def enrol(
    session: Session,
    actor: Actor,
    run_id: int,
    bodies: Sequence[Body],
    *,
    how: How,
    agreed_on: date,
    needs: str,
    override: str,
    late: str,
    or_wait: bool,
    at: datetime,
) -> Enrolled | Waiting | Offered | Full:
    """Ask for places for somebody who asked the college on the phone or on paper.

    What they want those who lead to know goes with the place; while they wait it is kept with their wish.
    `late` is why they may begin after a first session that is needed: then there is no list to wait in.

    Raises:
        PlaceRefusedError: no place can be asked for like this; nothing was changed.
        NoSuchPlaceError: there is no such run.
    """
    asking = seats.book if or_wait and not late else seats.book_at_once
    outcome = asking(session, actor, run_id, bodies, at=at, how=how, override=override, late=late)
    person_id = bodies[0].person_id
    if isinstance(outcome, Full) or person_id is None:
        return outcome
    agreements.agree(
        session, actor, person_id, None, how=how, agreed_on=agreed_on, at=at, run_id=run_id
    )
    if needs and isinstance(outcome, Enrolled) and not outcome.already:
        wishes.share_needs(session, outcome.enrolment_ids[0], needs, at=at)
    elif needs and isinstance(outcome, Waiting):
        drafts.write(session, person_id, run_id, at=at, needs=needs)
    return outcome


def let_go(session: Session, actor: Actor, enrolment_id: int, *, reason: str, at: datetime) -> bool:
    """The college lets a place go, for a reason that the person can ask to read. False when it had ended.

    Raises:
        NoSuchPlaceError: there is no such enrolment.
    """
    done = seats.release(session, actor, enrolment_id, why="college", at=at)
    if done:
        record(
            session,
            actor,
            "enrolment:place:let_go",
            ("enrolment", enrolment_id),
            reason=reason.strip(),
        )
    return done


def note_reading(session: Session, actor: Actor, run_id: int) -> None:
    """Put on record that somebody looked at who takes part in a run and who waits."""
    record(session, actor, "enrolment:people:read", ("run", run_id))


def note_reading_pairs(session: Session, actor: Actor) -> None:
    """Put on record that somebody looked at who must not meet whom."""
    record(session, actor, "enrolment:apart:read", ("keep_apart", "all"))
