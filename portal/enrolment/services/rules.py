"""The room's settings, and the moments that follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.api import RunSeats, SessionSeats
from portal.enrolment.services import spans
from portal.plugin_api import Setting
from portal.plugin_api.dispatch import setting

HOURS_OF_A_DAY = 24
A_WEEK_OF_HOURS = 7 * 24
A_YEAR_OF_HOURS = 8_760
OFFER_HOURS = "enrolment:offer_hours"
LEAST_HOURS = "enrolment:offer_least_hours"
SKIPS = "enrolment:skips"
HOLD_HOURS = "enrolment:hold_hours"
CONTACT_TRIES = "enrolment:contact_tries"
CONTACT_DAYS = "enrolment:contact_days"
TERM_CAP = "enrolment:term_cap"
FEWEST = "enrolment:fewest"

SETTINGS = (
    Setting(
        key=OFFER_HOURS,
        default=48,
        label=_l("An offered place waits for an answer for"),
        unit=_l("working hours"),
        help=_l(
            "A working day counts 24 hours. Weekends and bank holidays do not count. "
            "An offer also ends when the next session begins."
        ),
        least=1,
        most=A_YEAR_OF_HOURS,
    ),
    Setting(
        key=LEAST_HOURS,
        default=24,
        label=_l("Whoever had less time than this to answer keeps their place in the list"),
        unit=_l("hours"),
        help=_l(
            "When a session begins soon after an offer. They are asked again for the session after it."
        ),
        most=A_WEEK_OF_HOURS,
    ),
    Setting(
        key=SKIPS,
        default=2,
        label=_l("People behind may be offered a place before those who come together"),
        unit=_l("times"),
        help=_l("After that, places that become free are kept for those who come together."),
    ),
    Setting(
        key=HOLD_HOURS,
        default=72,
        label=_l("Free places are kept for people who come together for at most"),
        unit=_l("hours"),
        help=_l("Then the next who fit are offered them."),
        most=A_YEAR_OF_HOURS,
    ),
    Setting(
        key=CONTACT_TRIES,
        default=3,
        label=_l("Before a place is offered to the next, we try to reach a person"),
        unit=_l("times"),
        help=_l("For people without e-mail and text messages. They keep their place in the list."),
    ),
    Setting(
        key=CONTACT_DAYS,
        default=5,
        label=_l("Or for at most"),
        unit=_l("working days"),
        help=_l("Whichever comes first."),
        least=1,
        most=365,
    ),
    Setting(
        key=TERM_CAP,
        default=0,
        label=_l("Workshops for one person in a term, at most"),
        unit=_l("workshops"),
        help=_l("0 means as many as they like. Drop-ins do not count."),
    ),
    Setting(
        key=FEWEST,
        default=4,
        label=_l("Show a course at the desk when, two weeks before it begins, it has fewer than"),
        unit=_l("people"),
        help=_l("0 means never."),
    ),
)
_DEFAULTS = {one.key: int(one.default) for one in (*SETTINGS, *spans.SETTINGS)}


def number(session: Session, key: str) -> int:
    """A setting of this room; its default in a session without a host, as scripts have."""
    try:
        return int(setting(session, key))
    except KeyError:
        return _DEFAULTS[key]


def next_start(run: RunSeats, at: datetime) -> datetime | None:
    """When the next session begins that somebody new could begin with; None when there is none."""
    return min((one.starts_at for one in _openings(run) if one.starts_at > at), default=None)


def may_walk_in(run: RunSeats, at: datetime) -> bool:
    """True while somebody who simply comes may begin with the session that is on, or with a later one."""
    return any(one.ends_at > at for one in _openings(run))


def _openings(run: RunSeats) -> Sequence[SessionSeats]:
    return run.sessions[:1] if run.first_required else run.sessions


def was_too_short(session: Session, run: RunSeats, begun: datetime, ended: datetime) -> bool:
    """True when a session began so soon after an offer that nobody could be expected to answer."""
    least = timedelta(hours=number(session, LEAST_HOURS))
    return ended - begun < least and any(one.starts_at == ended for one in run.sessions)


def offer_ends(session: Session, run: RunSeats, at: datetime) -> datetime:
    """Until when an offer stands whose clock starts now: never longer than to the next session."""
    return _at_most(run, at, number(session, OFFER_HOURS))


def contact_ends(session: Session, run: RunSeats, at: datetime) -> datetime:
    """Until when the college tries to reach somebody about an offer made now."""
    return _at_most(run, at, number(session, CONTACT_DAYS) * HOURS_OF_A_DAY)


def hold_ends(session: Session, at: datetime) -> datetime:
    """Until when places that are free now are kept for the head of the list."""
    return at + timedelta(hours=number(session, HOLD_HOURS))


def _at_most(run: RunSeats, at: datetime, hours: int) -> datetime:
    start = next_start(run, at)
    if start is None:
        raise ValueError("an offer needs a session to come")
    return min(clock.working_hours_after(at, hours, run.sessions[0].zone), start)
