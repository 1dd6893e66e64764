"""Who is away in the demo college: somebody who takes a break, and somebody whose places are stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from portal import clock
from portal.enrolment.demo.writing import Group
from portal.enrolment.services import blocks, pauses
from portal.plugin_api import Actor

BREAK, STOP, REVIEW = timedelta(weeks=4), timedelta(weeks=8), timedelta(weeks=3)


def send_away(
    session: Session,
    coordinator: Actor,
    groups: Sequence[Group],
    others: Collection[int],
    at: datetime,
) -> None:
    """One of each, among those with places to come. `others` are examples of something else.

    Whose places are stopped had the last number of one group, so that all others still have theirs in order.
    """
    busy = Counter(place.person_id for group in groups for place in group.places)
    last = [group.places[-1] for group in groups if group.places]
    stopped = next(
        (
            place.person_id
            for place in last
            if busy[place.person_id] == 1 and not place.brings and place.person_id not in others
        ),
        None,
    )
    resting = next((one for one in busy if one not in others and one != stopped), None)
    if stopped is None or resting is None:
        return
    zone = next(group.run.sessions[0].zone for group in groups if group.run.sessions)
    today = clock.local_date(at, zone)
    pauses.begin(
        session, Actor(person_id=resting), resting, last_day=today + BREAK, zone=zone, at=at
    )
    blocks.decide(
        session,
        coordinator,
        stopped,
        reason=str(
            _("Shouted at others in two sessions, and again after we had talked about it together.")
        ),
        last_day=today + STOP,
        review_on=today + REVIEW,
        zone=zone,
        at=at,
    )
