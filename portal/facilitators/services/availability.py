"""When somebody can lead, how much, and what they like: theirs to say, here or to a coordinator."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal.accounts.api import AgreedHow
from portal.audit.api import record
from portal.facilitators.models import Away
from portal.facilitators.services.errors import MissingRecordError, RefusedError
from portal.facilitators.services.people import locked
from portal.plugin_api import Actor

MOST_WINDOWS, MOST_AWAY = 30, 50
MOST_A_WEEK = 20
DAYS = 7


def add_window(session: Session, person_id: int, weekday: int, since: time, until: time) -> None:
    """One more time of the week at which they can lead. The first one ends "any time".

    Raises:
        MissingRecordError: they have no record.
        RefusedError: it ends before it begins, or there are too many.
    """
    one = locked(session, person_id)
    if until <= since:
        raise RefusedError(_l("Give a time that is later than the first one"), "until")
    window = [weekday % DAYS, f"{since:%H:%M}", f"{until:%H:%M}"]
    if window in one.weekly:
        return
    if len(one.weekly) >= MOST_WINDOWS:
        raise RefusedError(_l("These are many times already. Remove one first."))
    one.weekly = sorted([*one.weekly, window])
    session.flush()


def remove_window(session: Session, person_id: int, number: int) -> None:
    """Take one of the times away again, by its place in the list; with the last, any time is fine.

    Raises:
        MissingRecordError: they have no record, or no such time.
    """
    one = locked(session, person_id)
    if not 0 <= number < len(one.weekly):
        raise MissingRecordError(number)
    one.weekly = [window for place, window in enumerate(one.weekly) if place != number]
    session.flush()


def add_away(session: Session, person_id: int, first: date, last: date, *, today: date) -> None:
    """Days on which they cannot lead. What they lead then stays theirs until they say otherwise.

    Raises:
        MissingRecordError: they have no record.
        RefusedError: it ends before it begins, or is over.
    """
    locked(session, person_id)
    if last < first:
        raise RefusedError(_l("Give a day that is not before the first one"), "last_day")
    if last < today:
        raise RefusedError(_l("Give a day that is still to come"), "last_day")
    count = sa.select(sa.func.count()).where(Away.person_id == person_id, Away.last_day >= today)
    if (session.scalar(count) or 0) >= MOST_AWAY:
        raise RefusedError(_l("These are many days already. Remove some first."))
    session.add(Away(person_id=person_id, first_day=first, last_day=last))
    session.flush()


def remove_away(session: Session, person_id: int, away_id: int) -> None:
    """They can lead on these days after all.

    Raises:
        MissingRecordError: there are no such days of theirs.
    """
    theirs = sa.delete(Away).where(Away.id == away_id, Away.person_id == person_id)
    if not session.scalars(theirs.returning(Away.id)).all():
        raise MissingRecordError(away_id)


def set_most(session: Session, person_id: int, most: int) -> None:
    """How many sessions a week they lead at most: theirs to say, up or down.

    Raises:
        MissingRecordError: they have no record.
    """
    locked(session, person_id).max_a_week = min(max(most, 0), MOST_A_WEEK)
    session.flush()


def set_topics(session: Session, person_id: int, topics: Collection[int]) -> None:
    """What they like to lead.

    Raises:
        MissingRecordError: they have no record.
    """
    locked(session, person_id).topics = sorted(set(topics))
    session.flush()


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody told a coordinator. `window` is one more time of the week as (weekday, since, until).

    `any_time` takes all times of the week away first: then they can at all of them, or at `window` alone.
    `away` are the first and the last day on which they cannot.
    """

    most: int
    topics: Collection[int]
    any_time: bool = False
    window: tuple[int, time, time] | None = None
    away: tuple[date, date] | None = None


def put_down(
    session: Session, actor: Actor, person_id: int, told: Told, *, how: AgreedHow, today: date
) -> None:
    """What somebody told the actor, and how they did. Their days away the actor need not see for it.

    Raises:
        MissingRecordError: they have no record.
        RefusedError: a time or a day is not right.
    """
    set_most(session, person_id, told.most)
    set_topics(session, person_id, told.topics)
    if told.any_time:
        locked(session, person_id).weekly = []
        session.flush()
    if told.window is not None:
        add_window(session, person_id, *told.window)
    if told.away is not None:
        add_away(session, person_id, *told.away, today=today)
    record(
        session,
        actor,
        "facilitators:person:availability",
        ("person", person_id),
        details={"how": how.value},
    )


def forget_past(session: Session, today: date) -> None:
    """Delete days away that are over."""
    session.execute(sa.delete(Away).where(Away.last_day < today))
