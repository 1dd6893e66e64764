"""Two who take a concern at once, and a mail server that is down: one has it, and the alarm goes out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock
from portal.app import Portal
from portal.concerns.models import Concern, ConcernStep, StepKind
from portal.concerns.services import answering, raising
from portal.concerns.services.raising import raise_concern
from portal.desk.models import DeskTask
from portal.messages.delivery import deliver
from portal.messages.setup import messages_of_app
from portal.plugin_api import ANONYMOUS, Actor
from tests.factories.concerns import WORDS, make_concern, make_duty
from tests.faults.test_blocks_race import one_after_the_other
from tests.gateway import Gateway
from tests.mailserver import MailServer


def _two_take_it(app: Portal, session: Session) -> tuple[list[int | None], list[int], bool]:
    """Whom each of the two sees as holder, and the ids of both; whether the second had to wait."""
    people = [make_duty(session, "Dara"), make_duty(session, "Eli")]
    uid = make_concern(session).uid
    session.commit()
    seen: list[int | None] = []

    def taking(person: int) -> Any:
        return lambda session: seen.append(
            answering.acknowledge(session, Actor(person_id=person), uid)
        )

    one, other, held_up = one_after_the_other(app, taking(people[0]), taking(people[1]))
    assert (one.error, other.error) == (None, None)
    return seen, people, held_up


def test_one_takes_it_and_both_see_who(app: Portal, session: Session) -> None:
    seen, people, held_up = _two_take_it(app, session)

    assert held_up
    assert seen == [people[0], people[0]]
    session.rollback()
    assert session.scalars(sa.select(Concern.holder_id)).all() == [people[0]]
    taken = sa.select(ConcernStep.by_id).where(ConcernStep.kind == StepKind.ACKNOWLEDGED)
    assert session.scalars(taken).all() == [people[0]]


def test_race_is_real_without_the_lock(
    app: Portal, session: Session, engine_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unlocked(session: Session, model: type[Concern], ids: list[int]) -> list[Concern]:
        return [session.get_one(model, one) for one in ids]

    monkeypatch.setattr(answering, "lock_rows", unlocked)

    seen, people, _held_up = _two_take_it(app, session)

    # A writing transaction holds SQLite's only lock, whatever the code does.
    expected = people if engine_name == "postgresql" else [people[0], people[0]]
    assert seen == expected, "each believes that they have it"


def test_second_click_at_the_same_moment_has_no_effect(app: Portal, session: Session) -> None:
    make_duty(session)
    session.commit()
    raised: list[bool] = []

    def work(session: Session) -> None:
        raised.append(raise_concern(session, ANONYMOUS, form_key="same", words=WORDS, named=False))

    one, other, held_up = one_after_the_other(app, work, work)

    assert (one.error, other.error, held_up) == (None, None, True)
    assert raised == [True, False]
    session.rollback()
    assert len(session.scalars(sa.select(Concern.id)).all()) == 1
    assert raising.once_of("same", WORDS, "") != raising.once_of("other", WORDS, "")


def _deliver(app: Portal) -> None:
    with app.app_context():
        room = messages_of_app()
        deliver(room.senders(), room.ways(), until=clock.now() + timedelta(minutes=1))


def test_with_the_mail_server_down_the_phone_rings_and_the_desk_knows(
    mailing_app: Portal, outbox: Session, server: MailServer, gateway: Gateway
) -> None:
    make_duty(outbox)
    outbox.commit()
    server.stop()

    answer = mailing_app.test_client().post("/tell-us", data={"words": WORDS})
    _deliver(mailing_app)

    assert answer.status_code == 303
    assert len(gateway.received) == 1
    assert WORDS not in str(gateway.received)
    tasks = outbox.execute(sa.select(DeskTask.kind, DeskTask.state)).all()
    outbox.rollback()
    assert [tuple(task) for task in tasks] == [("concerns:ring", "open")]

    server.start()
    from portal.messages.models import Message

    outbox.execute(sa.update(Message).values(next_at=clock.now()))
    outbox.commit()
    _deliver(mailing_app)
    assert len(server.received) == 1
    assert len(gateway.received) == 1
