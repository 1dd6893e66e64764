"""An address that no record can have is an unknown page in every room, on both databases."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from portal.app import Portal
from portal.courses.api import catalogue_changed
from portal.db import unit_of_work
from portal.plugin_api.testing import Lab

STAFF = ("coordinator", "administrator", "data_guardian", "board_member")


@pytest.mark.parametrize("number", ["2147483648", "9" * 19, "9" * 5000])
def test_number_beyond_every_id_is_an_unknown_page(
    app: Portal, sign_in: Callable[..., FlaskClient], number: str
) -> None:
    client = sign_in(*STAFF)
    asked = 0
    for rule in app.url_map.iter_rules():
        if "<int:" not in rule.rule:
            continue
        address = re.sub(r"<int:[^>]+>", number, rule.rule)
        address = re.sub(r"<[^>]+>", "course", address)
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        assert client.open(address, method=method).status_code == 404, address
        asked += 1
    assert asked > 20


def test_nul_in_an_address_is_an_unknown_page(app: Portal, client: FlaskClient) -> None:
    asked = 0
    for rule in app.url_map.iter_rules():
        if re.search(r"<(?!int:|any)", rule.rule):
            address = re.sub(r"<int:[^>]+>", "1", rule.rule)
            address = re.sub(r"<[^>]+>", "a%00b", address)
            assert client.get(address).status_code in {404, 405}, address
            asked += 1
    assert asked > 5


def test_page_is_sent_again_when_the_college_changed_its_number(
    portal_lab: Lab, engine_name: str
) -> None:
    app = portal_lab.app(engine_name, [])
    with app.app_context(), unit_of_work() as session:
        catalogue_changed(session)
    before = app.test_client().get("/calendar")
    moved = portal_lab.app(engine_name, [], college={"phone": "0300 999 9999"}).test_client()

    answer = moved.get("/calendar", headers={"If-None-Match": before.headers["ETag"]})

    assert answer.status_code == 200
    assert "0300 999 9999" in answer.text
