"""How to call the pages of all one's own courses with success: for the generated access tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import create_person
from portal.enrolment.services import calendar_feeds
from portal.plugin_api import SYSTEM, RouteSample


def _feed(session: Session) -> Mapping[str, Any]:
    """Somebody with a private address for their calendar."""
    person_id = create_person(session, SYSTEM, name="Sample Person")
    token = calendar_feeds.token_of("sample", person_id, "sample")
    calendar_feeds.open_feed(session, SYSTEM, person_id, token, at=clock.now())
    return {"token": token}


_PAGES = ("my_courses", "my_record", "my_calendar")
SAMPLES = (
    *(RouteSample(f"enrolment.{name}", "GET", roles=("student",)) for name in _PAGES),
    RouteSample("enrolment.calendar_feed", "GET", _feed, public=True),
    *(
        RouteSample(f"enrolment.{name}", "POST", roles=("student",))
        for name in ("open_calendar", "close_calendar")
    ),
)
