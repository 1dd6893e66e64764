"""Each room's samples of its routes: who may call succeeds, who may not is refused and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import url_for
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts import plugin as accounts
from portal.app import Portal
from portal.concerns import plugin as concerns
from portal.courses import plugin as courses
from portal.courses.api import sample_session
from portal.db import unit_of_work
from portal.desk import plugin as desk
from portal.desk.models import DeskTask
from portal.enrolment import plugin as enrolment
from portal.home import plugin as home
from portal.messages import plugin as messages
from portal.plugin_api import RouteSample
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
    *home.route_samples(),
    *messages.route_samples(),
    RouteSample("desk.letter", "GET", _letter, roles=("coordinator",)),
]
REFUSED = {303, 401, 403}  # asked to sign in, or told that it is not theirs
FIRST_ERROR, NOT_FOUND = 400, 404


def _name(sample: RouteSample) -> str:
    return f"{sample.method} {sample.endpoint}"


def _call(client: FlaskClient, app: Portal, sample: RouteSample, values: Any) -> Any:
    with app.test_request_context():
        address = url_for(sample.endpoint, **values)
    if sample.method == "GET":
        return client.get(address)
    return client.post(address, data=dict(sample.payload))


@pytest.mark.parametrize("sample", [one for one in SAMPLES if one.arrange_own], ids=_name)
def test_what_is_ones_own_opens_for_nobody_else(
    app: Portal,
    client: FlaskClient,
    sign_in: Callable[..., FlaskClient],
    sample: RouteSample,
) -> None:
    owner = sign_in("student")
    assert sample.arrange_own is not None
    with app.test_request_context(), unit_of_work() as session:
        values = dict(sample.arrange_own(session, owner.person_id))  # type: ignore[attr-defined]

    answer = _call(client, app, sample, values)
    assert answer.status_code in REFUSED, "nobody is signed in"
    assert "/sign-in" in (answer.location or answer.text)
    for role in ("student", "administrator"):
        assert _call(sign_in(role), app, sample, values).status_code == NOT_FOUND, role
    assert _call(owner, app, sample, values).status_code < FIRST_ERROR


@pytest.mark.parametrize("sample", [one for one in SAMPLES if not one.arrange_own], ids=_name)
def test_sample_succeeds_for_its_roles_alone(
    app: Portal,
    client: FlaskClient,
    sign_in: Callable[..., FlaskClient],
    sample: RouteSample,
) -> None:
    with app.test_request_context(), unit_of_work() as session:
        values = dict(sample.arrange(session))

    if not sample.public:
        answer = _call(client, app, sample, values)
        assert answer.status_code in REFUSED, "nobody is signed in"
        assert "/sign-in" in (answer.location or answer.text)
        if "student" not in sample.roles:
            answer = _call(sign_in("treasurer"), app, sample, values)
            assert answer.status_code in {403, 404}, "a treasurer has no business here"
    one = client if sample.public else sign_in(min(sample.roles))
    assert _call(one, app, sample, values).status_code < FIRST_ERROR


@pytest.mark.parametrize(
    "room", ["concerns", "courses_manage", "enrolment", "desk", "messages_style"]
)
def test_every_page_of_a_room_has_a_sample(app: Portal, room: str) -> None:
    sampled = {(sample.endpoint, sample.method) for sample in SAMPLES}
    routes = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(f"{room}.")
        for method in (rule.methods or set()) & {"GET", "POST"}
    }

    assert routes - sampled == set()
