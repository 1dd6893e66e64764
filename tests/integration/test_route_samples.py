"""Each room's samples of its routes: who may call succeeds, who may not is refused and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import url_for
from flask.testing import FlaskClient

from portal.accounts import plugin as accounts
from portal.app import Portal
from portal.courses import plugin as courses
from portal.db import unit_of_work
from portal.desk import plugin as desk
from portal.enrolment import plugin as enrolment
from portal.home import plugin as home
from portal.plugin_api import RouteSample

SAMPLES = [
    *accounts.route_samples(),
    *courses.route_samples(),
    *desk.route_samples(),
    *enrolment.route_samples(),
    *home.route_samples(),
]
REFUSED = {303, 401, 403}  # asked to sign in, or told that it is not theirs
FIRST_ERROR = 400


def _name(sample: RouteSample) -> str:
    return f"{sample.method} {sample.endpoint}"


def _call(client: FlaskClient, app: Portal, sample: RouteSample, values: Any) -> Any:
    with app.test_request_context():
        address = url_for(sample.endpoint, **values)
    if sample.method == "GET":
        return client.get(address)
    return client.post(address, data=dict(sample.payload))


@pytest.mark.parametrize("sample", SAMPLES, ids=_name)
def test_sample_succeeds_for_its_roles_alone(
    app: Portal,
    client: FlaskClient,
    sign_in: Callable[..., FlaskClient],
    sample: RouteSample,
) -> None:
    with app.app_context(), unit_of_work() as session:
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


def test_every_staff_page_of_courses_has_a_sample(app: Portal) -> None:
    sampled = {(sample.endpoint, sample.method) for sample in SAMPLES}
    routes = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("courses_manage.")
        for method in (rule.methods or set()) & {"GET", "POST"}
    }

    assert routes - sampled == set()
