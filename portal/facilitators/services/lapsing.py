"""What somebody needs in order to lead, and that ends soon: said 60, 30 and 7 days before, once each."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session

from portal.facilitators.policies import WARN_DAYS
from portal.facilitators.queries.people import latest_clearances
from portal.facilitators.services import telling
from portal.facilitators.services.matching import rules_of
from portal.plugin_api import publish
from portal.plugin_api.events import ClearanceLapsing


def warn(session: Session, today: date) -> int:
    """Tell those whose time is near; how many warnings were new.

    Whoever is late with the job says the nearest warning only.
    """
    needed = rules_of(session).needs
    new = 0
    for one in latest_clearances(session, ends_by=today + timedelta(days=max(WARN_DAYS))):
        if one.valid_to is None or one.valid_to < today or one.kind not in needed:
            continue
        days = min(step for step in WARN_DAYS if one.valid_to <= today + timedelta(days=step))
        if telling.lapsing(session, one.person_id, one.id, days):
            publish(
                session,
                ClearanceLapsing(person_id=one.person_id, clearance_id=one.id, days=days),
            )
            new += 1
    return new
