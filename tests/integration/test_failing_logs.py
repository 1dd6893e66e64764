"""Whatever fails: no word that somebody typed, and none of the database, gets into a log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import url_for
from sqlalchemy import event

from portal.accounts.policies import GRANTABLE
from portal.accounts.testing import signed_in_client
from portal.app import Portal
from portal.db import db, unit_of_work
from portal.plugin_api import RouteSample
from portal.plugin_api.testing import Lab
from tests.matrix.access import PUBLIC
from tests.matrix.samples import SAMPLES

WORDS = ("typed-canary", "searched-canary", "header-canary")
ROOMS = sorted({sample.endpoint.partition(".")[0] for sample in SAMPLES})


@contextmanager
def failing(app: Portal, begins: tuple[str, ...]) -> Iterator[list[str]]:
    """Each statement that begins so fails, with an error that says the statement and all of its values."""
    failed: list[str] = []

    def fail(_c: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.startswith(begins) and "login_session" not in statement:
            failed.append(statement)
            raise RuntimeError(f"{statement} {values}")

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", fail)
    yield failed
    event.remove(engine, "before_cursor_execute", fail)


@pytest.mark.plugin_faults
@pytest.mark.parametrize("room", ROOMS)
def test_whatever_fails_no_word_of_a_person_is_logged(
    portal_lab: Lab, room: str, capfd: pytest.CaptureFixture[str]
) -> None:
    said = []
    for sample in (one for one in SAMPLES if one.endpoint.startswith(f"{room}.")):
        app = portal_lab.app("sqlite", [])
        address, payload, client = prepared(app, sample)
        capfd.readouterr()
        with failing(app, ("INSERT", "UPDATE", "DELETE") if payload else ("SELECT", "WITH")):
            app.config["PROPAGATE_EXCEPTIONS"] = False
            headers = {"User-Agent": "header-canary", "Referer": "http://header-canary/"}
            if sample.method == "GET":
                client.get(f"{address}?q=searched-canary&name=searched-canary", headers=headers)
            else:
                client.post(address, data=payload, headers=headers)
        logged = capfd.readouterr()
        names = [value for value in payload.values() if isinstance(value, str) and " " in value]
        said += [
            f"{sample.method} {sample.endpoint}: {word}"
            for word in (*WORDS, *names, "@college.example", "07700", "INSERT INTO")
            if word in logged.out + logged.err
        ]

    assert not said, "\n".join(said)


def prepared(app: Portal, sample: RouteSample) -> tuple[str, dict[str, Any], Any]:
    """The address of what the sample makes, its form with other words in it, and who may send it."""
    if (sample.endpoint, sample.method) in PUBLIC:
        client = app.test_client()
    else:
        client = signed_in_client(app, () if sample.arrange_own else GRANTABLE)
    with app.test_request_context():
        with unit_of_work() as session:
            own = sample.arrange_own
            person_id = getattr(client, "person_id", 0)
            values = own(session, person_id) if own else sample.arrange(session)
        address = url_for(sample.endpoint, **values)
    payload = dict(sample.payload(values) if callable(sample.payload) else sample.payload)
    if sample.method != "GET":
        payload["typed"] = "typed-canary"
    return address.partition("?")[0], payload, client


def test_the_failure_is_there_and_is_logged(
    portal_lab: Lab, capfd: pytest.CaptureFixture[str]
) -> None:
    sample = next(
        one for one in SAMPLES if one.endpoint == "concerns.tell" and one.method == "POST"
    )
    app = portal_lab.app("sqlite", [])
    address, payload, client = prepared(app, sample)
    app.config["PROPAGATE_EXCEPTIONS"] = False

    with failing(app, ("INSERT",)) as failed:
        answer = client.post(address, data=payload)

    assert failed
    assert answer.status_code == 500
    assert "RuntimeError" in capfd.readouterr().err
