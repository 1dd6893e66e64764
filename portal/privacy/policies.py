"""Who reviews a request for the whole record, and until when it is answered."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta

from portal import clock
from portal.plugin_api import Actor

REVIEW = "privacy:record:review"
ACT = "privacy:person:act"
CONFIRM = "privacy:erasure:confirm"
# What plugins may veto, of which the subject is the person's id.
ERASE_FOR, ASK_FOR = "privacy:person:erase_for", "privacy:record:ask_for"
TIME_TO_SAY_NO = timedelta(days=7)  # long enough for a letter to come, and a call to be made
DECEMBER = 12


def may_review(actor: Actor, person_id: int) -> bool:
    """Nobody looks through their own record before it is given out: somebody else does."""
    return actor.can(REVIEW) and actor.person_id != person_id


def may_act_for(actor: Actor, person_id: int) -> bool:
    """For oneself there are one's own pages."""
    return actor.can(ACT) and actor.person_id != person_id


def may_confirm_erasure(actor: Actor, *, begun_by_id: int | None, person_id: int) -> bool:
    """A second person. Who holds a role over others is for `ERASE_FOR` and its vetoes to ask."""
    return actor.can(CONFIRM) and actor.person_id not in {begun_by_id, person_id}


def confirmed_from(begun_at: datetime) -> datetime:
    """From when on an erasure that was begun for somebody may be confirmed: until then they can say no."""
    return begun_at + TIME_TO_SAY_NO


def a_month_after(day: date) -> date:
    """The same day of the next month, or its last one where it has no such day."""
    year, month = (day.year + 1, 1) if day.month == DECEMBER else (day.year, day.month + 1)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def due_on(asked_on: date, paused_days: int) -> date:
    """The last day to answer: a month from the day of asking, and as many days more as the clock stood still.

    Where that is a weekend or a bank holiday, the next working day (source: the Information Commissioner's
    Office, "How long do we have to comply?").
    """
    day = a_month_after(asked_on) + timedelta(days=paused_days)
    while not clock.is_working_day(day):
        day += timedelta(days=1)
    return day


def stood_still(paused_days: int, paused_on: date | None, today: date) -> int:
    """For how many days the clock has stood still by today. The day on which it stopped counts, that on which
    it goes on does not.
    """
    return paused_days + (max(0, (today - paused_on).days) if paused_on else 0)
