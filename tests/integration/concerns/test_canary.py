"""Words that must be nowhere but where they are meant to be, from the first letter to the last step."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.audit.services import seal as seal_audit
from portal.concerns.models import Concern
from portal.messages.models import Message
from portal.messages.services.outbox import Letter, claim, mark_sent
from tests.factories.concerns import make_duty
from tests.factories.messages import ways_of
from tests.factories.stored import everything_stored, files_of

CANARY = "kanarienvogel"
WORDS = f"I fear for the {CANARY} next door"


def _send(session: Session) -> list[Letter]:
    """Everything that is due, by e-mail and by text message."""
    letters = []
    while letter := claim(session, ways_of()):
        mark_sent(session, letter)
        letters.append(letter)
    return letters


def test_words_are_nowhere_in_the_clear(
    app: Portal,
    client: FlaskClient,
    session: Session,
    sign_in: Callable[..., FlaskClient],
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    make_duty(session, "Dara")
    make_duty(session, "Cora", role="coordinator")
    session.commit()
    answers: list[Any] = []

    def post(who: FlaskClient, path: str, **form: str) -> None:
        answers.append(who.post(path, data=form))

    post(client, "/tell-us", words="", reach=f"{CANARY} by phone")
    answers.append(client.post("/tell-us", data={"words": WORDS}, csrf=False))  # type: ignore[call-arg]
    post(client, "/tell-us", words=WORDS, reach=f"{CANARY} by phone")
    session.rollback()
    uid = session.scalars(sa.select(Concern.uid)).one()
    session.rollback()
    with app.app_context():
        letters = _send(session)
    session.commit()
    one, two = sign_in("duty_contact"), sign_in("duty_contact")
    post(one, f"/duty/{uid}/mine")
    post(one, f"/duty/{uid}/note", words=f"The {CANARY} sings")
    post(one, f"/duty/{uid}/hand-on", to=str(two.person_id), words=f"Ask for the {CANARY}")  # type: ignore[attr-defined]
    answers.append(two.get(f"/duty/{uid}"))
    assert CANARY in answers[-1].text
    post(two, f"/duty/{uid}/close", outcome="supported", words=f"The {CANARY} is well")
    post(two, "/me/emergency", words=f"My {CANARY}")
    with app.app_context():
        letters += _send(session)
        seal_audit(session)
    session.commit()

    assert {letter.channel for letter in letters} == {"email", "sms"}
    assert [answer.status_code for answer in answers].count(303) == 6
    for answer in answers:
        assert CANARY not in str(answer.headers)
        assert "no-store" in answer.headers["Cache-Control"]
    for letter in letters:
        assert CANARY not in f"{letter.subject}{letter.text}{letter.html}{letter.recipient}"
    subjects = set(session.scalars(sa.select(Message.subject)))
    assert subjects <= {"Please sign in now", ""}
    session.rollback()
    stored = everything_stored(app)
    assert uid in stored, "the look into the tables finds what is there"
    assert CANARY not in stored
    files = files_of(app)
    if app.settings.sqlalchemy_url.startswith("sqlite"):
        assert uid.encode() in files["portal.db"] + files.get("portal.db-wal", b"")
    for name, content in files.items():
        assert CANARY.encode() not in content, name
    said = capfd.readouterr()
    assert CANARY not in said.out + said.err + caplog.text
