"""The register: what a phone may keep of it."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import time_machine
from flask.testing import FlaskClient

from tests.integration.enrolment.hall import DURING, Hall, SignIn, signed_in_again


def test_only_the_register_may_be_kept_and_only_on_its_day(
    hall: Hall, leader: FlaskClient, now: time_machine.Coordinates
) -> None:
    answer = leader.get(hall.path())
    person = leader.person_id  # type: ignore[attr-defined]
    assert answer.headers["Register-Copy"] == f"{person} 2027-03-02T00:00:00Z"
    assert 'data-worker="/registers/worker.js"' in answer.text
    for rest in ("/paper", "/print", "/came", "/needs"):
        assert "Register-Copy" not in leader.get(hall.path(rest)).headers, rest
    assert "Register-Copy" not in leader.get("/registers").headers
    assert "Register-Copy" not in leader.post(hall.path(), data={"mark-1": "present"}).headers
    assert "Register-Copy" not in leader.get(hall.path(meeting=1)).headers, "not open yet"

    now.move_to(DURING + timedelta(days=1))
    leader = signed_in_again(leader)
    answer = leader.get(hall.path())
    assert "Register-Copy" not in answer.headers
    assert "data-worker" not in answer.text


def test_names_are_locked_with_another_key_for_each_person(
    hall: Hall, leader: FlaskClient, sign_in: SignIn
) -> None:
    locks = [
        re.search(r'data-seal="([0-9a-f]{64})"', client.get(hall.path()).text)
        for client in (leader, leader, sign_in("coordinator"))
    ]
    assert all(locks)
    assert len({lock[1] for lock in locks if lock}) == 2


def test_worker_is_asked_for_each_time_and_stands_behind_registers_alone(
    client: FlaskClient,
) -> None:
    answer = client.get("/registers/worker.js", headers={"Accept-Encoding": "gzip"})
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Service-Worker-Allowed"] == "/registers"
    assert "worker-src 'self'" in answer.headers["Content-Security-Policy"]
    etag = answer.headers["ETag"]
    assert client.get("/registers/worker.js", headers={"If-None-Match": etag}).status_code == 304


def test_walk_in_whose_name_a_phone_kept_tells_the_phone_that_it_is_written_down(
    hall: Hall, leader: FlaskClient
) -> None:
    values = {"name": "Nia Newby", "who": "new", "form_key": uuid.uuid4().hex}
    for _time in range(2):
        answer = leader.post(hall.path("/came?name=Nia+Newby&kept=ab12"), data=values)
        assert answer.location == hall.path() + "#written-ab12"
    assert 'name="kept" value="ab12"' in leader.get(hall.path("/came?name=Nia&kept=ab12")).text
    for odd in ("a-b", "x" * 65, "é", ""):
        assert 'name="kept"' not in leader.get(hall.path(f"/came?name=Nia&kept={odd}")).text
