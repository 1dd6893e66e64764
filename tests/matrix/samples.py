"""How to call every route of the core with success: what the rooms say of theirs, and the rest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts import plugin as accounts
from portal.concerns import plugin as concerns
from portal.courses import plugin as courses
from portal.courses.api import sample_session
from portal.desk import plugin as desk
from portal.desk.models import DeskTask
from portal.enrolment import plugin as enrolment
from portal.facilitators import plugin as facilitators
from portal.home import plugin as home
from portal.messages import plugin as messages
from portal.plugin_api import RouteSample
from portal.privacy import plugin as privacy
from tests.factories.enrolment import book
from tests.factories.messages import make_reachable
from tests.factories.telling import send


def _letter(session: Session) -> dict[str, Any]:
    """A place to tell somebody of by letter: the room of places makes the words, the desk the task."""
    run_id, _session_id = sample_session(session, clock.now().date() + timedelta(weeks=5))
    book(session, run_id, make_reachable(session, letter="1 Quay Lane"), at=clock.now())
    send(session)
    task = sa.select(DeskTask.id).where(DeskTask.kind == "desk:contact")
    return {"task_id": session.scalars(task).one()}


SAMPLES = [
    *accounts.route_samples(),
    *concerns.route_samples(),
    *courses.route_samples(),
    *desk.route_samples(),
    *enrolment.route_samples(),
    *facilitators.route_samples(),
    *home.route_samples(),
    *messages.route_samples(),
    *privacy.route_samples(),
    RouteSample("desk.letter", "GET", _letter, roles=("coordinator",)),
    RouteSample("plugin_host.healthz", "GET", public=True),
    RouteSample("plugin_host.readyz", "GET", public=True),
    RouteSample("plugin_host.health_page", "GET", roles=("administrator",)),
    RouteSample("plugin_host.settings_page", "GET", roles=("administrator",)),
    RouteSample(
        "plugin_host.settings_page",
        "POST",
        payload={"key": "enrolment:offer_hours", "value": "50"},
        roles=("administrator",),
    ),
    RouteSample("ui.display_settings", "GET", public=True),
    RouteSample("ui.display_settings", "POST", payload={"text": "l"}, public=True),
]
# They have tests of their own: files whose names are made when the look is built, numbers that want a
# token, the style guide, which is there in development alone; what hangs on what the same browser, an app
# or a key did a moment before; and what works at some hours of the day alone.
ELSEWHERE = frozenset(
    {
        ("ui.asset", "GET"),
        ("plugin_host.metrics_page", "GET"),
        ("ui_style.guide", "GET"),
        ("accounts.type_code", "POST"),
        ("accounts.follow_link", "GET"),
        ("accounts.follow_link", "POST"),
        ("accounts.type_number", "POST"),
        ("accounts.prove_by_code", "POST"),
        ("accounts.use_help", "POST"),
        ("accounts.add_authenticator", "POST"),
        ("accounts.add_passkey", "POST"),
        ("accounts.sign_in_with_passkey", "POST"),
        ("accounts.prove_with_passkey", "POST"),
        ("facilitators.late", "POST"),
    }
)
