"""What a phone may keep of a register for when there is no connection: whose, until when, by which script.

Only an answer that says so is kept, and only the register itself does: never what people shared.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, time, timedelta

from flask import current_app, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.config import Settings
from portal.courses.api import LedSession
from portal.enrolment.views import blueprint
from portal.plugin_api import Actor, public
from portal.ui import current_page
from portal.ui.assets import respond_worker

MAY_KEEP = "Register-Copy"
A_DAY = timedelta(days=1)


def copy_headers(actor: Actor, one: LedSession, at: datetime) -> dict[str, str]:
    """Says that the page may be kept by this person until the session's day is over; empty on other days."""
    if one.day != clock.local_date(at, one.zone):
        return {}
    midnight = clock.wall_to_utc(datetime.combine(one.day + A_DAY, time()), one.zone)
    return {MAY_KEEP: f"{actor.person_id} {midnight.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}


def lock_of(actor: Actor) -> str:
    """With which this person's pages lock the names that they keep on a phone: 32 bytes, as digits."""
    settings: Settings = current_app.settings  # type: ignore[attr-defined]  # it is a Portal
    whose = f"register-names:{actor.person_id}"
    return hmac.new(settings.secret.encode(), whose.encode(), hashlib.sha256).hexdigest()


@blueprint.get("/registers/worker.js")
@public
def register_worker() -> ResponseReturnValue:
    """The script that shows a kept register while there is no connection, and none of the other pages."""
    assets = current_page().chrome.assets
    return respond_worker(assets.register_worker, url_for("enrolment.registers"))
