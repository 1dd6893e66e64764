"""What follows when somebody is signed out everywhere: what opens without signing in ends with it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.enrolment.services import agreements, calendar_feeds
from portal.plugin_api import SYSTEM, EventContext
from portal.plugin_api.events import SignedOutEverywhere


def signed_out(session: Session, event: SignedOutEverywhere, context: EventContext) -> None:
    """The private address of their calendar leads nowhere, and codes that nobody has used yet open nothing.

    What they made since then stands, whenever this runs.
    """
    calendar_feeds.close_feeds(session, SYSTEM, event.person_id, at=context.at)
    agreements.void_codes(session, event.person_id, made_by=context.at)


HANDLERS = ((SignedOutEverywhere, signed_out),)
