"""A break: places are kept for the time it promised, and nobody asks why.

Sessions in it count as apologies: nobody is reminded of them, nobody asks why somebody did not come, and the
register shows no more than that. In the list they keep their number while places pass them. It ends by itself
at the end of its last day: that is read from the clock, and a job only says so.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.audit.api import record
from portal.courses.api import lock_run
from portal.enrolment.models import (
    How,
    Mark,
    MarkedHow,
    Offer,
    OfferState,
    Pause,
    PauseEnd,
    WaitEntry,
)
from portal.enrolment.queries.blocks import waits_of
from portal.enrolment.queries.pauses import (
    apologised_for,
    pause_at,
    sessions_to_come,
    spoken_for,
)
from portal.enrolment.services import handing, marks, rules, seats, spans, telling
from portal.enrolment.services.outcomes import RefusedError
from portal.plugin_api import SYSTEM, Actor, publish
from portal.plugin_api.events import PersonPaused, PersonResumed


def end_of(last_day: date, zone: str) -> datetime:
    """The instant at which a last day is over."""
    return clock.wall_to_utc(datetime.combine(last_day + timedelta(days=1), time.min), zone)


def check_day(session: Session, last_day: date, today: date) -> None:
    """Do nothing when a break may last to the end of that day.

    Raises:
        RefusedError: it is over already, or longer than the college promises.
    """
    weeks = rules.number(session, spans.PAUSE_WEEKS)
    if not today <= last_day <= today + timedelta(weeks=weeks):
        raise RefusedError(
            "last_day",
            _l("Give today or a later day, at most %(weeks)d weeks from now", weeks=weeks),
        )


def begin(
    session: Session,
    actor: Actor,
    person_id: int,
    *,
    last_day: date,
    zone: str,
    at: datetime,
    how: How = How.ONLINE,
    agreed_on: date | None = None,
) -> int:
    """Somebody takes a break from now to the end of a day; its id. One that they take already is that one.

    Raises:
        RefusedError: not for so long; nothing was changed.
    """
    today = clock.local_date(at, zone)
    check_day(session, last_day, today)
    standing = _open_of(session, person_id)
    if standing is not None and standing.ends_at > at:
        return standing.id
    if standing is not None:
        _end(session, standing, PauseEnd.OVER, standing.ends_at)
    pause = Pause(
        person_id=person_id,
        starts_at=at,
        ends_at=end_of(last_day, zone),
        last_day=last_day,
        how=how,
        agreed_on=agreed_on or today,
        recorded_by_id=None if actor.person_id == person_id else actor.person_id,
    )
    session.add(pause)
    session.flush()
    details = {"pause": pause.id, "how": how.value, "until": last_day.isoformat()}
    record(session, actor, "enrolment:pause:begun", ("person", person_id), details=details)
    publish(session, PersonPaused(person_id=person_id, pause_id=pause.id))
    for offer_id in session.scalars(
        sa.select(Offer.id)
        .join(WaitEntry, WaitEntry.id == Offer.entry_id)
        .where(WaitEntry.person_id == person_id, Offer.state == OfferState.LIVE)
        .order_by(Offer.run_id)
    ).all():
        let_pass(session, offer_id, at=at)
    keep_apologies(session, pause, at)
    return pause.id


def resume(session: Session, actor: Actor, person_id: int, *, at: datetime) -> bool:
    """Somebody is back before the last day. False when they took no break."""
    pause = _open_of(session, person_id)
    if pause is None or pause.ends_at <= at:
        return False
    record(
        session, actor, "enrolment:pause:ended", ("person", person_id), details={"pause": pause.id}
    )
    _end(session, pause, PauseEnd.EARLY, at)
    _take_up(session, pause, at)
    return True


def tend(session: Session, pause_id: int, *, at: datetime) -> None:
    """Look after an open break: apologies for sessions that were moved into it; when it is over, its end."""
    pause = session.get_one(Pause, pause_id, with_for_update=True, populate_existing=True)
    if pause.ended_at is not None:
        return
    if pause.ends_at > at:
        keep_apologies(session, pause, at)
        return
    _end(session, pause, PauseEnd.OVER, pause.ends_at)
    _take_up(session, pause, at)
    telling.break_is_over(session, pause.person_id, pause.id)


def keep_apologies(session: Session, pause: Pause, at: datetime) -> None:
    """Apologies for the sessions in a break, once each, and none by it for others.

    What the register or the person says of a session stands: also that they come after all.
    """
    coming = sessions_to_come(session, pause.person_id, at)
    places = sorted({one.enrolment_id for one in coming})
    for run_id in sorted({one.run_id for one in coming}):
        lock_run(session, run_id)
    by_pause = apologised_for(session, places)
    spoken = spoken_for(session, places, pause.starts_at)
    is_on = pause.ended_at is None
    for one in coming:
        key = (one.session_id, one.enrolment_id)
        within = is_on and pause.starts_at <= one.starts_at < pause.ends_at
        if within and key not in spoken:
            _put(session, key, Mark.APOLOGIES, at)
        elif not within and key in by_pause:
            _put(session, key, None, at)


def let_pass(session: Session, offer_id: int, *, at: datetime) -> None:
    """A place that was offered to somebody who takes a break goes to the next. They keep their number.

    Does nothing when they take none, or the offer is over.
    """
    found = session.execute(
        sa.select(Offer.run_id, WaitEntry.person_id)
        .join(WaitEntry, WaitEntry.id == Offer.entry_id)
        .where(Offer.id == offer_id)
    ).one_or_none()
    if found is None or found.person_id is None:
        return
    if pause_at(session, found.person_id, at) is None:
        return
    ledger = handing.opened(session, found.run_id, at)
    live = (line for line in ledger.lines if line.offer is not None and line.offer.id == offer_id)
    line = next(live, None)
    if line is not None and line.offer is not None:
        # As if they could not be reached: then a place passes, and nobody loses theirs in the list.
        line.offer.clock_starts_at = None
        handing.end_unanswered(ledger, line)
        handing.hand_on(ledger)
    handing.close(ledger)


def merge(session: Session, kept_id: int, gone_id: int, *, at: datetime) -> None:
    """Two records of one person: of two breaks the one that lasts longer stays. Safe to run twice."""
    rows = session.scalars(
        sa.select(Pause)
        .where(Pause.person_id.in_((kept_id, gone_id)), Pause.ended_at.is_(None))
        .order_by(Pause.ends_at.desc(), Pause.id)
        .execution_options(populate_existing=True)
    ).all()
    for shorter in rows[1:]:
        shorter.ended_at, shorter.ended_how = at, PauseEnd.REPLACED
    session.flush()
    for column in (Pause.person_id, Pause.recorded_by_id):
        session.execute(sa.update(Pause).where(column == gone_id).values({column.key: kept_id}))
    for pause in rows[:1]:
        session.refresh(pause)
        keep_apologies(session, pause, at)


def _open_of(session: Session, person_id: int) -> Pause | None:
    return session.scalar(
        sa.select(Pause)
        .where(Pause.person_id == person_id, Pause.ended_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _end(session: Session, pause: Pause, how: PauseEnd, at: datetime) -> None:
    pause.ended_at, pause.ended_how = at, how
    session.flush()
    publish(session, PersonResumed(person_id=pause.person_id, pause_id=pause.id))


def _take_up(session: Session, pause: Pause, at: datetime) -> None:
    """They are asked again when there is a place, and come to what is left of their courses."""
    keep_apologies(session, pause, at)
    for run_id in waits_of(session, pause.person_id):
        seats.refresh(session, run_id, at=at, changed=True)


def _put(session: Session, key: tuple[int, int], mark: Mark | None, at: datetime) -> None:
    session_id, enrolment_id = key
    marks.put(session, SYSTEM, session_id, enrolment_id, mark, how=MarkedHow.PAUSE, at=at)
