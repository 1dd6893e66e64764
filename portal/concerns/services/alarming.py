"""Telling the people on duty, by every way at once, and others when nobody answers.

Nothing here knows a word of a concern. The desk stands beside the messages: it needs no mail server.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import people_with_role
from portal.audit import api as audit
from portal.concerns.models import Concern
from portal.concerns.policies import DUTY, FIRST, HELPERS, SECOND, levels_due
from portal.db import lock_rows
from portal.desk.api import close_task, open_task
from portal.messages.api import tell
from portal.plugin_api.dispatch import setting
from portal.plugin_api.notices import About
from portal.plugin_api.types import SYSTEM

WAYS = ("email", "text")
RING, NOBODY = "concerns:ring", "concerns:nobody"  # kinds of tasks
_AT_ONCE = 200


def on_duty(session: Session) -> list[int]:
    """Ids of the people who hold the duty role now."""
    return sorted(people_with_role(session, DUTY, clock.now()))


def sound(session: Session, concern: Concern, levels: Sequence[int]) -> None:
    """Tell everybody whom these levels name: 0 is the beginning. Each is told once for a level."""
    duty = on_duty(session)
    _tell(session, concern, duty, max(levels), "duty")
    for level in levels:
        helpers: set[int] = set()
        for role in HELPERS[level]:
            helpers |= people_with_role(session, role, clock.now()).keys()
        _tell(session, concern, sorted(helpers - set(duty)), level, "helper")
    about: About = {"concern": concern.uid, "round": concern.round}
    today = clock.now().date()
    for person_id in duty:
        key = _ring_key(concern, person_id)
        open_task(session, kind=RING, key=key, due=today, about=about, person_id=person_id)
    if not duty:
        open_task(session, kind=NOBODY, key=_nobody_key(concern), due=today, about=about)


def _tell(session: Session, concern: Concern, people: Iterable[int], level: int, who: str) -> None:
    about: About = {"concern": concern.uid, "round": concern.round}
    for person_id in people:
        for way in WAYS:
            key = f"concern:{concern.uid}:{concern.round}:{level}:{person_id}:{way}"
            tell(session, person_id, f"concerns:{who}_{way}", about, key=key)


def quieten(session: Session, concern: Concern) -> None:
    """Somebody has it: nobody needs to be rung up any more."""
    for person_id in on_duty(session):
        close_task(session, _ring_key(concern, person_id))
    close_task(session, _nobody_key(concern))


def wait_again(session: Session, concern: Concern) -> None:
    """Begin to wait anew, and tell everybody on duty. Flushes."""
    concern.acknowledged_at, concern.holder_id = None, None
    concern.waiting_since, concern.level = clock.now(), 0
    concern.round += 1
    concern.rings = True  # somebody has looked at it
    session.flush()
    sound(session, concern, [0])


def _ring_key(concern: Concern, person_id: int) -> str:
    return f"concern:{concern.uid}:{concern.round}:ring:{person_id}"


def _nobody_key(concern: Concern) -> str:
    return f"concern:{concern.uid}:{concern.round}:nobody"


def escalate(session: Session) -> int:
    """Tell more people of what nobody has taken for too long; how many concerns. Each level comes once,
    however late the worker is; those on duty are told once for all that come together.
    """
    now = clock.now()
    minutes = [int(setting(session, key)) for key in (FIRST, SECOND)]
    waiting = sa.select(Concern.id, Concern.waiting_since, Concern.level).where(
        Concern.acknowledged_at.is_(None),
        Concern.closed_at.is_(None),
        Concern.level < len(minutes),
        Concern.rings,
    )
    due = [
        row.id
        for row in session.execute(waiting.order_by(Concern.id))
        if levels_due(row.waiting_since, row.level, minutes, now)
    ]
    done = 0
    for concern in lock_rows(session, Concern, due[:_AT_ONCE]):
        levels = levels_due(concern.waiting_since, concern.level, minutes, now)
        if concern.acknowledged_at is None and concern.closed_at is None and levels:
            concern.level = max(levels)
            session.flush()
            sound(session, concern, levels)
            details = {"levels": levels, "round": concern.round}
            subject = ("concern", concern.uid)
            audit.record(session, SYSTEM, "concerns:concern:escalate", subject, details=details)
            done += 1
    return done
