"""The outbox: one address, one line in each header, in the caller's transaction; forgotten in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
import time_machine
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.app import Portal
from portal.config import SettingsError, load_settings
from portal.messages import cli, jobs
from portal.messages.api import InvalidMessageError, queue_email, render_email
from portal.messages.mailers import configure
from portal.messages.models import Message
from portal.messages.plugin import checks
from portal.messages.privacy import SOURCES, erase, export
from portal.messages.services.outbox import (
    LEASE,
    Letter,
    claim,
    give_back,
    mark_refused,
    mark_sent,
    postpone,
)
from tests.factories.accounts import make_person
from tests.factories.keeping import let_go
from tests.factories.messages import ways_of

WORDS = {"subject": "A message for you", "text": "Hello", "purpose": "tests:hello"}


ANYBODY = ways_of(lambda session, person_id, address, purpose: True)


def count(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Message)) or 0


def send_one(session: Session) -> Letter:
    letter = claim(session, ANYBODY)
    assert letter is not None
    mark_sent(session, letter)
    session.commit()
    return letter


def test_queue_goes_with_the_transaction(session: Session) -> None:
    queue_email(session, to="ama@example.org", **WORDS)
    session.rollback()
    assert count(session) == 0


def test_queue_keeps_one_row_for_one_address(session: Session) -> None:
    uid = queue_email(session, to="ama@example.org", html="<p>Hello</p>", **WORDS)
    session.commit()
    message = session.scalars(sa.select(Message)).one()
    assert (message.uid, message.recipient, message.state) == (uid, "ama@example.org", "queued")
    assert (message.text, message.html, message.attempts) == ("Hello", "<p>Hello</p>", 0)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ama",
        "@example.org",
        "ama@",
        "ama@example.org, ben@example.org",
        "ama@example.org;ben@example.org",
        "Ama <ama@example.org>",
        "ama@example.org\nBcc: ben@example.org",
        "ama@example.org\r\n",
        " ama@example.org",
        "ama@exa mple.org",
        "ama(comment)@example.org",
        "a" * 250 + "@example.org",
    ],
)
def test_queue_address_is_not_one_address(session: Session, address: str) -> None:
    with pytest.raises(InvalidMessageError):
        queue_email(session, to=address, **WORDS)
    assert count(session) == 0


@pytest.mark.parametrize("field", ["subject", "purpose"])
@pytest.mark.parametrize(
    "value", ["", "two\nlines", "two\rlines", "two\u2028lines", "\0", "x" * 300]
)
def test_queue_header_is_not_one_line(session: Session, field: str, value: str) -> None:
    with pytest.raises(InvalidMessageError):
        queue_email(session, to="ama@example.org", **WORDS | {field: value})


def test_queue_without_words(session: Session) -> None:
    with pytest.raises(InvalidMessageError):
        queue_email(session, to="ama@example.org", **WORDS | {"text": " \n"})


def test_claim_leases_in_order_and_once(session: Session) -> None:
    first, second = (queue_email(session, to=f"{n}@example.org", **WORDS) for n in "ab")
    claimed = [claim(session, ANYBODY) for _ in range(3)]
    assert [letter and letter.uid for letter in claimed] == [first, second, None]


def test_claim_asks_the_address_book_at_the_moment_of_sending(session: Session) -> None:
    person = make_person(session).id
    queue_email(session, to="ama@example.org", person_id=person, **WORDS)
    wanted = queue_email(session, to="new@example.org", **WORDS)  # nobody's address yet
    asked = []

    def nobody(session: Session, person_id: int, address: str, purpose: str) -> bool:
        asked.append((person_id, address, purpose))
        return False

    letter = claim(session, ways_of(nobody))
    assert letter is not None
    assert letter.uid == wanted
    assert asked == [(person, "ama@example.org", "tests:hello")]
    unwanted = session.scalars(sa.select(Message).where(Message.person_id == person)).one()
    assert (unwanted.state, unwanted.attempts) == ("failed", 0)


def test_forget_erases_words_then_rows(session: Session) -> None:
    with time_machine.travel(datetime(2027, 3, 1, 10, tzinfo=UTC), tick=False) as clock:
        queue_email(session, to="sent@example.org", html="<p>Hello</p>", **WORDS)
        send_one(session)
        queue_email(session, to="waiting@example.org", **WORDS)
        assert let_go(session, SOURCES) == {}
        clock.move_to(datetime(2027, 3, 15, 11, tzinfo=UTC))
        assert let_go(session, SOURCES) == {"message:words": 1}
        session.commit()
        sent, waiting = session.scalars(sa.select(Message).order_by(Message.id)).all()
        assert (sent.text, sent.html, sent.recipient) == (None, None, "")
        assert (waiting.text, waiting.recipient) == ("Hello", "waiting@example.org")
        clock.move_to(datetime(2028, 3, 2, tzinfo=UTC))
        assert let_go(session, SOURCES) == {"message": 1}
        session.commit()
        assert count(session) == 1


def test_forget_ends_what_was_parked_long_ago(session: Session) -> None:
    with time_machine.travel(datetime(2027, 3, 1, 10, tzinfo=UTC), tick=False) as clock:
        queue_email(session, to="parked@example.org", **WORDS)
        session.execute(sa.update(Message).values(state="parked"))
        clock.move_to(datetime(2027, 3, 15, 9, tzinfo=UTC))
        let_go(session, SOURCES)
        assert session.scalars(sa.select(Message.state)).all() == ["parked"]
        clock.move_to(datetime(2027, 3, 15, 11, tzinfo=UTC))
        let_go(session, SOURCES)
        assert session.scalars(sa.select(Message.state)).all() == ["failed"]
        clock.move_to(datetime(2027, 3, 30, tzinfo=UTC))
        assert let_go(session, SOURCES) == {"message:words": 1}


def test_job_deliver_without_mail_keeps_everything(app: Portal, session: Session) -> None:
    queue_email(session, to="ama@example.org", **WORDS)
    session.commit()
    with app.app_context():
        jobs.JOBS[0].run(session)
    assert session.scalars(sa.select(Message.state)).all() == ["queued"]


def test_privacy_export_and_erase_one_persons_messages(session: Session) -> None:
    ama, ben = make_person(session, "Ama").id, make_person(session, "Ben").id
    for person, address in ((ama, "ama@example.org"), (ben, "ben@example.org")):
        queue_email(session, to=address, person_id=person, **WORDS)
    session.commit()
    assert [(row["to"], row["text"]) for row in export(session, ama)] == [
        ("ama@example.org", "Hello")
    ]
    assert erase(session, ama, "delete").erased == 1
    session.commit()
    assert session.scalars(sa.select(Message.recipient)).all() == ["ben@example.org"]


def test_health_oldest_and_parked(session: Session) -> None:
    _, leave, parked = checks()
    with time_machine.travel(datetime(2027, 3, 1, 10, tzinfo=UTC), tick=False) as clock:
        queue_email(session, to="ama@example.org", **WORDS)
        session.commit()
        assert leave.run(session).ok
        clock.shift(3601)
        assert not leave.run(session).ok
        assert parked.run(session).ok
        session.execute(sa.update(Message).values(state="parked"))
        assert leave.run(session).ok
        assert not parked.run(session).ok


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("environment", "mail_url", "ok"),
    [
        ("production", "console", False),
        ("production", "", False),
        ("production", "smtp://mail.example.org", True),
        ("development", "console", True),
    ],
)
def test_health_production_needs_a_way_out(
    app: Portal,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    environment: str,
    mail_url: str,
    ok: bool,
) -> None:
    way_out = checks()[0]
    chosen = {"environment": environment, "mail_url": mail_url}
    monkeypatch.setattr(app, "settings", app.settings.model_copy(update=chosen))
    with app.app_context():
        assert way_out.run(session).ok is ok


def test_commands_status_and_retry(app: Portal, session: Session) -> None:
    queue_email(session, to="ama@example.org", **WORDS)
    session.execute(sa.update(Message).values(state="parked", attempts=9))
    session.commit()
    with app.app_context():
        assert CliRunner().invoke(cli.status, ["--json"]).output == '{"parked": 1}\n'
        assert CliRunner().invoke(cli.retry).output == "1 queued again.\n"
        assert CliRunner().invoke(cli.status).output == "1 queued\n"
        assert "switched off" in CliRunner().invoke(cli.deliver).output
    session.rollback()
    message = session.scalars(sa.select(Message)).one()
    assert (message.state, message.attempts) == ("queued", 0)


@pytest.mark.parametrize(
    "url", ["mail.example.org", "http://mail.example.org", "smtp://", "smtp://host:port", "printer"]
)
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_mail_url_that_cannot_be_read(app: Portal, url: str) -> None:
    with pytest.raises(SettingsError, match="PORTAL_MAIL_URL"):
        configure(app, load_settings(environment="test", mail_url=url))


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("url", "port", "from_the_start", "on_request"),
    [
        ("smtp://mail.example.org", 587, False, True),
        ("smtps://mail.example.org", 465, True, False),
        ("smtp://mail.example.org:2525", 2525, False, True),
        ("smtp://127.0.0.1:25", 25, False, False),  # never leaves the machine
    ],
)
def test_mail_leaves_the_machine_encrypted(
    app: Portal, url: str, port: int, from_the_start: bool, on_request: bool
) -> None:
    before, extensions = dict(app.config), dict(app.extensions)
    try:
        configure(app, load_settings(environment="test", mail_url=url))
        mail = app.extensions["mailman"]
        assert (mail.port, mail.use_ssl, mail.use_tls) == (port, from_the_start, on_request)
    finally:
        app.config.clear()
        app.config.update(before)
        app.extensions.clear()
        app.extensions.update(extensions)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_render_email_is_plain_and_escaped(app: Portal) -> None:
    with app.test_request_context():
        words = render_email("messages/email", name="<Ama> & Ben")
    assert words.text.startswith("Hello <Ama> & Ben,\n\n")
    assert words.text.count(app.settings.college.phone) == 1
    assert "Hello &lt;Ama&gt; &amp; Ben," in words.html
    assert '<html lang="en" dir="ltr">' in words.html
    assert "style" not in words.html
    assert "Hello,\n" in _render_without_name(app)


def _render_without_name(app: Portal) -> str:
    with app.test_request_context():
        return render_email("messages/email").text


@given(st.text('ab.@<>()[],;:\\" \t\r\n\0ü-+', max_size=20) | st.text(max_size=40))
def test_any_text_is_refused_or_one_address(text: str) -> None:
    """What passes as an address is one, and cannot end a header's line or add a second."""
    from portal.messages.services.outbox import _check_address, _check_header

    try:
        _check_header("address", text, 254)
        _check_address(text)
    except InvalidMessageError:
        return
    assert text.count("@") == 1
    assert not set(text) & set('\r\n\0 ,;<>"')


def overtaken_letter(session: Session, clock: time_machine.Traveller) -> tuple[Letter, Letter]:
    """One message's first claim, whose lease has passed, and its second."""
    queue_email(session, to="ama@example.org", **WORDS)
    first = claim(session, ANYBODY)
    clock.shift(LEASE)
    second = claim(session, ANYBODY)
    assert first is not None
    assert second is not None
    return first, second


def state(session: Session) -> tuple[str, int]:
    message = session.scalars(sa.select(Message)).one()
    return message.state, message.attempts


@pytest.mark.parametrize("settle", [postpone, give_back, mark_refused])
def test_settle_by_an_overtaken_worker_changes_nothing(
    session: Session, settle: Callable[[Session, Letter, str], None]
) -> None:
    with time_machine.travel(datetime(2027, 3, 1, 10, tzinfo=UTC), tick=False) as clock:
        first, second = overtaken_letter(session, clock)
        settle(session, first, "too late")
        assert state(session) == ("sending", 2)
        give_back(session, second, "no server")
        settle(session, first, "too late")
        assert state(session) == ("queued", 1)


def test_settle_sent_counts_whoever_sent_it(session: Session) -> None:
    with time_machine.travel(datetime(2027, 3, 1, 10, tzinfo=UTC), tick=False) as clock:
        first, second = overtaken_letter(session, clock)
        mark_sent(session, first)
        postpone(session, second, "451")
        assert state(session) == ("sent", 2)


def test_settle_after_erasure_changes_nothing(session: Session) -> None:
    queue_email(session, to="ama@example.org", **WORDS)
    letter = claim(session, ANYBODY)
    assert letter is not None
    session.execute(sa.delete(Message))
    mark_sent(session, letter)
    postpone(session, letter, "451")
    assert count(session) == 0
