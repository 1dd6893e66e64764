"""What stands on somebody's own page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.api import LedSession, leads_any, led_sessions
from portal.db import UTCDateTime, table_of
from portal.enrolment.models import (
    Block,
    Enrolment,
    EnrolmentState,
    Offer,
    OfferState,
    Pause,
    WaitEntry,
)

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorthAsking:
    """Which cards may have something to say to a person. False is certain; True is not."""

    offers: bool
    sessions: bool
    leads: bool
    blocked: bool
    paused: bool


# On everybody's page. Of tables, not of models: the same statement, without the ORM's part in running it.
_offer, _entry, _enrolment = table_of(Offer), table_of(WaitEntry), table_of(Enrolment)
_block, _pause = table_of(Block), table_of(Pause)
_person = sa.bindparam("person_id", type_=sa.Integer)
_WORTH_ASKING = sa.select(
    sa.select(sa.literal(1))
    .select_from(_offer.join(_entry, _offer.c.entry_id == _entry.c.id))
    .where(_entry.c.person_id == _person, _offer.c.state == OfferState.LIVE)
    .exists(),
    sa.select(sa.literal(1))
    .where(_enrolment.c.person_id == _person, _enrolment.c.state == EnrolmentState.ENROLLED)
    .exists(),
    leads_any(_person, sa.bindparam("since", type_=UTCDateTime())),
    sa.select(sa.literal(1))
    .where(_block.c.person_id == _person, _block.c.ended_at.is_(None))
    .exists(),
    sa.select(sa.literal(1))
    .where(_pause.c.person_id == _person, _pause.c.ended_at.is_(None))
    .exists(),
)


def worth_asking(session: Session, person_id: int, at: datetime) -> WorthAsking:
    """What to look for more closely. One query, where the cards would ask five of everybody."""
    given = {"person_id": person_id, "since": at - A_DAY}  # today's registers are among them
    return WorthAsking(*map(bool, session.execute(_WORTH_ASKING, given).one()))


def registers_today(session: Session, person_id: int, at: datetime) -> Sequence[LedSession]:
    """The sessions that the person leads on the day of an instant, by time. One query."""
    found = led_sessions(session, at - A_DAY, at + A_DAY, leader_id=person_id)
    return [one for one in found if not one.cancelled and one.day == clock.local_date(at, one.zone)]
