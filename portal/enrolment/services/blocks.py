"""Stopping somebody's places for a time: decided by one person, looked at by another, over on a day.

What is to come is let go of at once; what was stays. A block ends by itself at the end of its last day: that
is read from the clock, and a job only says so. Nothing makes one longer but a new decision.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import people_who_sign_in_as
from portal.audit.api import record
from portal.courses.api import all_run_seats, leads_from, unassign
from portal.enrolment.models import Block, BlockAppeal, BlockEnd
from portal.enrolment.policies import ADMINISTRATOR, BLOCK_ROLES
from portal.enrolment.queries.blocks import block_at, places_of, waits_of
from portal.enrolment.services import block_tasks, blocked, rules, seats, spans, telling
from portal.enrolment.services.outcomes import NoSuchBlockError, RefusedError
from portal.plugin_api import SYSTEM, Actor, publish
from portal.plugin_api.events import PersonBlocked, PersonUnblocked

BLOCKED = "blocked"  # why a place ended


def decide(
    session: Session,
    actor: Actor,
    person_id: int,
    *,
    reason: str,
    last_day: date,
    review_on: date,
    zone: str,
    at: datetime,
    instead_of: int | None = None,
) -> int:
    """Stop somebody's places from now to the end of a day; the block's id.

    `instead_of` is the block that this decision takes the place of: without it, whoever is blocked stays so
    as it was decided. Places, waits and offers to come are let go of, and so are sessions they would lead.

    Raises:
        RefusedError: it cannot be decided like this; `field` is what to mend. Nothing was changed.
    """
    _check(session, actor, person_id, reason, last_day, review_on, clock.local_date(at, zone))
    _check_who(session, actor, person_id, at)
    # First what can be seen, run by run; then, when nobody can give them more, what came in meanwhile.
    _let_go(session, actor, person_id, at)
    blocked.wait_for_others(session, person_id)
    _make_room(session, actor, person_id, instead_of, at)
    block = Block(
        person_id=person_id,
        by_id=actor.person_id,
        reason=reason.strip(),
        starts_at=at,
        ends_at=clock.wall_to_utc(datetime.combine(last_day + timedelta(days=1), time.min), zone),
        last_day=last_day,
        review_on=review_on,
    )
    session.add(block)
    session.flush()
    _let_go(session, actor, person_id, at)
    _lead_nothing(session, actor, person_id, at)
    # Why is kept with the block alone: whoever may read the record need not be allowed to read that.
    details = {"block": block.id, "until": last_day.isoformat(), "review": review_on.isoformat()}
    record(session, actor, "enrolment:block:decided", ("person", person_id), details=details)
    publish(session, PersonBlocked(person_id=person_id, block_id=block.id))
    block_tasks.ask_for_review(session, block)
    telling.blocked(session, person_id, block.id)
    return block.id


def lift(session: Session, actor: Actor, block_id: int, *, at: datetime) -> bool:
    """End a block before its day. What was let go of does not come back. False when it was over.

    Raises:
        RefusedError: it is the actor's own.
    """
    block = locked(session, block_id)
    must_not_be_ones_own(actor, block.person_id)
    if not holds(block, at):
        return False
    end(session, actor, block, BlockEnd.LIFTED, at)
    return True


def settle_over(session: Session, block_id: int, *, at: datetime) -> None:
    """A block's last day has passed: say so, once."""
    block = locked(session, block_id)
    if block.ended_at is None and block.ends_at <= at:
        end(session, SYSTEM, block, BlockEnd.OVER, block.ends_at)


def note_reading(session: Session, actor: Actor, block: Block) -> None:
    """Put on record that somebody read why."""
    record(
        session,
        actor,
        "enrolment:block:read",
        ("person", block.person_id),
        details={"block": block.id},
    )


def merge(session: Session, kept_id: int, gone_id: int, *, at: datetime) -> None:
    """Two records of one person: of two blocks that hold, the one that ends later stays. Safe to run twice.

    Everything else of the gone record has been given to the kept one before: a block that came with it counts
    for that too.
    """
    for person_id in sorted((kept_id, gone_id)):
        blocked.wait_for_others(session, person_id)
    rows = session.scalars(
        sa.select(Block)
        .where(Block.person_id.in_((kept_id, gone_id)), Block.ended_at.is_(None))
        .order_by(Block.ends_at.desc(), Block.id)
        .execution_options(populate_existing=True)
    ).all()
    for shorter in rows[1:]:
        end(session, SYSTEM, shorter, BlockEnd.REPLACED, at)
    came = bool(rows) and rows[0].person_id == gone_id and holds(rows[0], at)
    _give_to(session, kept_id, gone_id)
    if came:
        publish(session, PersonBlocked(person_id=kept_id, block_id=rows[0].id))
        _let_go(session, SYSTEM, kept_id, at)
        _lead_nothing(session, SYSTEM, kept_id, at)


def _give_to(session: Session, kept_id: int, gone_id: int) -> None:
    """Every column that names the gone record names the kept one."""
    both = (kept_id, gone_id)
    # Who decided about somebody turns out to be the same person: by whom is left open.
    session.execute(
        sa.update(Block).where(Block.person_id.in_(both), Block.by_id.in_(both)).values(by_id=None)
    )
    for column in (
        Block.person_id,
        Block.by_id,
        Block.reviewed_by_id,
        Block.ended_by_id,
        BlockAppeal.written_by_id,
        BlockAppeal.answered_by_id,
    ):
        session.execute(
            sa.update(column.class_).where(column == gone_id).values({column.key: kept_id})
        )


def locked(session: Session, block_id: int) -> Block:
    """A block as it is, under its lock.

    Raises:
        NoSuchBlockError: there is none.
    """
    block = session.scalar(
        sa.select(Block)
        .where(Block.id == block_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if block is None:
        raise NoSuchBlockError(block_id)
    return block


def holds(block: Block, at: datetime) -> bool:
    """Whether a block holds at that instant, whatever a job has seen to."""
    return block.ended_at is None and block.starts_at <= at < block.ends_at


def must_not_be_ones_own(actor: Actor, person_id: int) -> None:
    """Nobody decides about themselves.

    Raises:
        RefusedError: they would.
    """
    if actor.person_id == person_id:
        raise RefusedError("", _l("You cannot decide this about yourself."))


def deciders(session: Session, at: datetime) -> set[int]:
    """Everybody who may decide about places, and look at what others decided."""
    found: set[int] = set()
    for role in BLOCK_ROLES:
        found |= people_who_sign_in_as(session, role, at)
    return found


def end(session: Session, actor: Actor, block: Block, how: BlockEnd, at: datetime) -> None:
    """A block is not open any more; what waited at the desk for it is not needed."""
    block.ended_at, block.ended_how, block.ended_by_id = at, how, actor.person_id
    session.flush()
    block_tasks.close_review(session, block.id)
    record(
        session,
        actor,
        "enrolment:block:ended",
        ("person", block.person_id),
        details={"block": block.id, "how": how.value},
    )
    if how is not BlockEnd.REPLACED:
        publish(session, PersonUnblocked(person_id=block.person_id, block_id=block.id))
        telling.unblocked(session, block.person_id, block.id)


def _check(
    session: Session,
    actor: Actor,
    person_id: int,
    reason: str,
    last_day: date,
    review_on: date,
    today: date,
) -> None:
    must_not_be_ones_own(actor, person_id)
    if not reason.strip():
        raise RefusedError("reason", _l("Write why"))
    weeks = rules.number(session, spans.BLOCK_WEEKS)
    if not today < last_day <= today + timedelta(weeks=weeks):
        raise RefusedError(
            "last_day", _l("Give a day after today, at most %(weeks)d weeks from now", weeks=weeks)
        )
    if not today < review_on < last_day:
        raise RefusedError("review_on", _l("Give a day after today and before the last day"))


def _check_who(session: Session, actor: Actor, person_id: int, at: datetime) -> None:
    """Those who decide about others cannot stop each other in turn, nor leave nobody to look at it again.

    Raises:
        RefusedError: they would.
    """
    own = block_at(session, actor.person_id, at) if actor.person_id is not None else None
    if own is not None and own.by_id == person_id:
        raise RefusedError(
            "", _l("This person has stopped your own places. Somebody else decides about them.")
        )
    if people_who_sign_in_as(session, ADMINISTRATOR, at) == {person_id}:
        raise RefusedError(
            "", _l("This is the college’s only administrator. Name another one first.")
        )
    able = deciders(session, at)
    if person_id in able and not able - {person_id, actor.person_id or 0}:
        raise RefusedError(
            "",
            _l(
                "Nobody else could look at this again. Give one more person the right to decide first."
            ),
        )


def _make_room(
    session: Session, actor: Actor, person_id: int, instead_of: int | None, at: datetime
) -> None:
    """There is one open block of a person: one that is over is seen to, one that holds was to be replaced."""
    standing = session.scalar(
        sa.select(Block)
        .where(Block.person_id == person_id, Block.ended_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if standing is None:
        return
    if not holds(standing, at):
        end(session, SYSTEM, standing, BlockEnd.OVER, standing.ends_at)
    elif standing.id == instead_of:
        end(session, actor, standing, BlockEnd.REPLACED, at)
    else:
        raise RefusedError(
            "", _l("Somebody has decided about this person already. Read that first.")
        )


def _let_go(session: Session, actor: Actor, person_id: int, at: datetime) -> None:
    """Places on runs that are not over, waits and offers: run by run, in the order of their locks."""
    coming = {run.id for run in all_run_seats(session, ending_after=at)}
    places = {run: enrolment for run, enrolment in places_of(session, person_id) if run in coming}
    waits = set(waits_of(session, person_id))
    for run_id in sorted(places.keys() | waits):
        if run_id in waits:
            seats.leave_parties(session, actor, run_id, person_id, at=at)
        if run_id in places:
            seats.release(session, actor, places[run_id], why=BLOCKED, at=at)


def _lead_nothing(session: Session, actor: Actor, person_id: int, at: datetime) -> None:
    """Sessions to come are led by others: each shows as at risk until somebody is found."""
    for session_id in leads_from(session, person_id, at):
        unassign(session, actor, session_id, person_id)
