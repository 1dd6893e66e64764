"""An address that no record can have is an unknown page in every room, on both databases."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import BuildError, Map, Rule

from portal.app import Portal
from portal.courses.api import catalogue_changed
from portal.db import unit_of_work
from portal.plugin_api.testing import Lab
from portal.routing import LateRule

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


def made_by(kind: type[Rule]) -> list[tuple[str, str]]:
    """Addresses of every sort, asked for twice: the first time a rule may have to learn to make them."""
    rules = [
        kind("/one", endpoint="plain"),
        kind("/<int:rule>/<self>/<path:values>", endpoint="named"),
        kind("/all", endpoint="paged", defaults={"page": 1}),
        kind("/all/<int:page>", endpoint="paged"),
        kind("/only/<int:number>", endpoint="fussy"),
    ]
    adapter = Map(rules).bind("college.example")
    wishes = [
        ("plain", {}),
        ("plain", {"q": "a b&c", "none": None}),
        ("named", {"rule": 7, "self": "ä/b", "values": "x/y", "more": ["1", "2"]}),
        ("paged", {"page": 1}),
        ("paged", {"page": 2, "q": "x"}),
        ("fussy", {"number": "no number"}),
        ("fussy", {}),
    ]
    made = []
    for endpoint, values in wishes * 2:
        for unknown in (True, False):
            try:
                address = adapter.build(endpoint, values, append_unknown=unknown)
            except (BuildError, ValueError) as fault:
                address = type(fault).__name__
            made.append((endpoint, address))
    return made


def test_rules_that_learn_late_make_the_addresses_that_others_make() -> None:
    made = made_by(LateRule)

    assert made == made_by(Rule)
    assert len(set(made)) > 8


def test_every_rule_of_the_portal_learns_late(app: Portal) -> None:
    assert {type(rule) for rule in app.url_map.iter_rules()} == {LateRule}
