"""The register: marks that come in from phones, forms and paper, and people who simply turn up.

Whether the actor may is for the caller to ask. A mark says on which version it is based: one that was
changed by somebody else meanwhile is not overwritten but given back as a conflict. Each change has a key
made by its sender, so what is sent again, because no answer came, has one effect.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal.accounts.api import create_person
from portal.audit.api import record
from portal.courses.api import (
    LedSession,
    deliver_session,
    leaders_of_run,
    led_session,
    lock_run,
    session_starts,
)
from portal.enrolment.models import (
    Enrolment,
    How,
    KeepApart,
    Mark,
    MarkChange,
    MarkedHow,
    Seat,
    TakesPart,
    Visitor,
)
from portal.enrolment.queries import register as queries
from portal.enrolment.queries.register import RegisterLine
from portal.enrolment.services import blocked, check_ins, marks, seats
from portal.enrolment.services.attendance import Shown, shown
from portal.enrolment.services.outcomes import Body, ClosedError, Enrolled, Offered, TooLate
from portal.plugin_api import Actor

WAS_THERE = (
    "was at the first session"  # the reason on record, for those who begin as it is written down
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """One mark as it was made. `mark` None takes it back; `version` is the one that was looked at."""

    key: str
    enrolment_id: int
    mark: Mark | None
    version: int
    tapped_at: datetime | None = None


class Came(StrEnum):
    """What came of a tap."""

    TAKEN = "taken"  # in the register, now or since it was sent the first time
    CONFLICT = "conflict"  # somebody else changed it meanwhile: nothing was overwritten
    GONE = "gone"  # no place in this session (any more)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a tap, and the place as it stands now; None when it is gone."""

    tap: Tap
    came: Came
    line: RegisterLine | None


class FullError(Exception):
    """There is no place for somebody who came. `may_visit`: whoever leads may welcome them all the same."""

    def __init__(self, *, may_visit: bool) -> None:
        super().__init__(may_visit)
        self.may_visit = may_visit


def is_open(one: LedSession, day: date) -> bool:
    """True from the session's own day on, unless it was cancelled. `day` is the local date."""
    return not one.cancelled and one.day <= day


def written_at(taps: Sequence[Tap], instant: datetime) -> list[Tap]:
    """The same taps, said at that instant: as paper says it."""
    return [replace(tap, tapped_at=instant) for tap in taps]


def take(
    session: Session,
    actor: Actor,
    one: LedSession,
    taps: Sequence[Tap],
    *,
    how: MarkedHow,
    at: datetime,
) -> list[Answer]:
    """Put marks into the register of a session, each exactly once; what came of each, in their order.

    Follows: a kind check-in for who stays away, and the session has taken place once all are marked.
    """
    wanted = {tap.enrolment_id for tap in taps}
    lock_run(session, one.run_id)  # two phones at once: one after the other
    known = set(
        session.scalars(
            sa.select(MarkChange.key).where(MarkChange.key.in_([tap.key for tap in taps]))
        )
    )
    now = _lines(session, one, wanted)
    answers: list[Answer] = []
    changed: dict[int, int] = {}
    for tap in taps:
        line = now.get(tap.enrolment_id)
        came = _came(tap, line, known)
        if (
            came is Came.TAKEN
            and tap.key not in known
            and line is not None
            and line.mark != tap.mark
        ):
            marks.put(
                session,
                actor,
                one.id,
                tap.enrolment_id,
                tap.mark,
                how=how,
                at=at,
                tapped_at=tap.tapped_at,
                key=tap.key,
            )
            known.add(tap.key)
            changed[tap.enrolment_id] = one.id
            now |= _lines(session, one, [tap.enrolment_id])
        answers.append(Answer(tap, came, now.get(tap.enrolment_id)))
    if changed:
        details = {"marks": len(changed), "how": how.value}
        record(session, actor, "enrolment:register:marked", ("session", one.id), details=details)
        check_ins.follow(session, one.run_id, changed, at=at, zone=one.zone)
        _deliver_when_complete(session, actor, one, at)
    return answers


def _came(tap: Tap, line: RegisterLine | None, known: set[str]) -> Came:
    if tap.key in known:
        return Came.TAKEN
    if line is None:
        return Came.GONE
    if line.version != tap.version and line.mark != tap.mark:
        return Came.CONFLICT
    return Came.TAKEN


def _lines(session: Session, one: LedSession, only: Collection[int]) -> dict[int, RegisterLine]:
    """The places that this session counts for, by id."""
    found = queries.lines(session, one.run_id, one.id, only)
    return {line.enrolment_id: line for line in found if line.from_at <= one.starts_at}


def _deliver_when_complete(session: Session, actor: Actor, one: LedSession, at: datetime) -> None:
    if at < one.starts_at:
        return
    everybody = queries.lines(session, one.run_id, one.id)
    said = [shown(one, line.from_at, line.mark) for line in everybody]
    if Shown.UNMARKED in said:
        return
    current = led_session(
        session, one.id
    )  # under the run's lock: another phone may have been first
    if current is not None and current.state.value in ("scheduled", "moved"):
        deliver_session(session, actor, one.id)


def welcome(
    session: Session,
    actor: Actor,
    one: LedSession,
    *,
    person_id: int | None,
    name: str,
    key: str,
    at: datetime,
    visit: bool = False,
) -> bool:
    """Somebody came without a place: they get one by the college's own rules, and are marked present.

    Without `person_id` a new record is made under `name`. Full: nothing is changed, and with `visit`,
    the word of whoever leads, they are written down as a visitor. True when they have a place.

    Raises:
        FullError: there is no place, or somebody waits for it, and `visit` was not said.
        PlaceRefusedError: no place can be asked for; why.
    """
    if visit:
        _visit(session, actor, one, person_id, name, at)
        return False
    if person_id is not None and (mine := _place_of(session, one, person_id)) is not None:
        enrolment_id = mine
    else:
        enrolment_id = _book(session, actor, one, person_id, name, at)
    enrolment = session.get_one(Enrolment, enrolment_id)
    enrolment.from_at = min(enrolment.from_at, one.starts_at)  # they are here today
    session.flush()
    line = _lines(session, one, [enrolment_id])[enrolment_id]
    tap = Tap(key=key, enrolment_id=enrolment_id, mark=Mark.PRESENT, version=line.version)
    take(session, actor, one, [tap], how=MarkedHow.FORM, at=at)
    return True


def _place_of(session: Session, one: LedSession, person_id: int) -> int | None:
    found = (
        line for line in queries.lines(session, one.run_id, one.id) if line.person_id == person_id
    )
    line = next(found, None)
    return line.enrolment_id if line else None


def _book(
    session: Session, actor: Actor, one: LedSession, person_id: int | None, name: str, at: datetime
) -> int:
    """A place by the engine's rules; undone, with the new record, when they would have to wait."""
    point = session.begin_nested()
    try:
        who = person_id or create_person(session, actor, name=name)
        mode = TakesPart.IN_PERSON if one.in_person else TakesPart.ONLINE
        body = Body(person_id=who, mode=mode)
        outcome: object = seats.book(
            session,
            actor,
            one.run_id,
            [body],
            at=at,
            how=How.WALK_IN,
            late=WAS_THERE if _is_first(session, one) else "",
        )
        if isinstance(outcome, Offered):
            outcome = seats.accept(session, actor, outcome.offer_id, at=at)
    except ClosedError:  # written down after the last session: they were there all the same
        point.rollback()
        raise FullError(may_visit=not _apart(session, one, person_id)) from None
    except BaseException:
        point.rollback()
        raise
    if not isinstance(outcome, Enrolled):
        point.rollback()
        raise FullError(
            may_visit=not isinstance(outcome, TooLate) and not _apart(session, one, person_id)
        )
    point.commit()
    return outcome.enrolment_ids[0]


def _is_first(session: Session, one: LedSession) -> bool:
    """True for the run's first session: who came to it may begin, whenever it is written down."""
    return next(iter(session_starts(session, one.run_id)), None) == one.id


def _visit(
    session: Session,
    actor: Actor,
    one: LedSession,
    person_id: int | None,
    name: str,
    at: datetime,
) -> None:
    """Write a visitor down; the same person twice is one visitor."""
    blocked.refuse(session, [person_id], at)
    if _apart(session, one, person_id):
        raise FullError(may_visit=False)
    lock_run(session, one.run_id)
    there = queries.visitors(session, one.id)
    if person_id is not None and any(other.person_id == person_id for other in there):
        return
    visitor = Visitor(
        session_id=one.id,
        person_id=person_id,
        guest_name="" if person_id is not None else name.strip(),
        by_id=actor.person_id,
        at=at,
    )
    session.add(visitor)
    session.flush()
    record(session, actor, "enrolment:register:visitor", ("session", one.id))


def _apart(session: Session, one: LedSession, person_id: int | None) -> bool:
    """True when somebody who must not meet them has a place: nobody is told why."""
    if person_id is None:
        return False
    pairs = session.execute(
        sa.select(KeepApart.one_id, KeepApart.other_id).where(
            sa.or_(KeepApart.one_id == person_id, KeepApart.other_id == person_id)
        )
    )
    others = {other if one_id == person_id else one_id for one_id, other in pairs}
    if not others:
        return False
    seated = sa.select(Seat.id).where(Seat.run_id == one.run_id, Seat.person_id.in_(others))
    leading = leaders_of_run(session, one.run_id)
    return bool(others & leading) or session.scalar(seated.limit(1)) is not None
