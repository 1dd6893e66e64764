"""Notices: told once, routed at the last moment, taken back, brought by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import Person, RouteKind
from portal.accounts.privacy import erase_person, erase_routes
from portal.app import Portal
from portal.messages import jobs
from portal.messages.api import UnknownNoticeError, remind_at, tell, told_of, was_told
from portal.messages.models import Message
from portal.messages.plugin import checks
from portal.messages.privacy import export
from portal.messages.services import notices
from portal.messages.services.outbox import Letter, claim, mark_sent
from portal.messages.setup import messages_of_app
from portal.messages.ways import Ways
from portal.plugin_api import SYSTEM
from tests import telling
from tests.factories.messages import Remembering, make_reachable, ways_of

START = datetime(2027, 3, 1, 10, tzinfo=UTC)
MOBILE = "07400 123456"


@pytest.fixture(autouse=True)
def traveller(app: Portal) -> Iterator[time_machine.Traveller]:
    with app.app_context(), time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def hands() -> Remembering:
    return Remembering()


def offer(session: Session, person: int, number: int = 1, **values: object) -> bool:
    key = str(values.pop("key", f"offer:{number}"))
    return tell(session, person, telling.OFFER, {"offer": number}, key=key, **values)  # type: ignore[arg-type]


def message(session: Session) -> Message:
    session.expire_all()
    return session.scalars(sa.select(Message)).one()


def taken(session: Session, ways: Ways) -> Letter:
    letter = claim(session, ways)
    assert letter is not None
    return letter


def test_tell_same_key_is_one_notice(session: Session) -> None:
    person = make_reachable(session, email="ama@example.org")
    assert offer(session, person)
    assert not offer(session, person)
    assert offer(session, person, key="offer:1:again")
    assert session.query(Message).count() == 2


def test_tell_goes_with_the_transaction(session: Session) -> None:
    person = make_reachable(session, email="ama@example.org")
    session.commit()
    offer(session, person)
    session.rollback()
    assert session.query(Message).count() == 0


def test_tell_what_nobody_declares_is_refused(session: Session) -> None:
    with pytest.raises(UnknownNoticeError):
        tell(session, 1, "telling:nothing", {}, key="x")


def test_tell_keeps_no_words_before_sending(session: Session) -> None:
    offer(session, make_reachable(session, email="ama@example.org"))
    kept = message(session)
    assert (kept.text, kept.html, kept.subject, kept.recipient) == (None, None, "", "")


def test_subject_is_the_same_for_everybody(session: Session) -> None:
    for number in (1, 2):
        offer(session, make_reachable(session, f"N{number}", email=f"a{number}@x.org"), number)
    assert {taken(session, ways_of()).subject for _ in range(2)} == {"News for you"}


def test_words_are_in_the_persons_language(session: Session) -> None:
    person = make_reachable(session, email="ama@example.org")
    session.get_one(Person, person).display = "language-fr"
    offer(session, person)
    assert "mardi 2 mars 2027" in taken(session, ways_of()).text


def test_not_before_and_expiry(
    session: Session, traveller: time_machine.Traveller, hands: Remembering
) -> None:
    person = make_reachable(session, email="ama@example.org")
    day = timedelta(days=1)
    offer(session, person, not_before=START + day, expires=START + 2 * day)
    assert claim(session, ways_of(hands=hands)) is None
    assert checks()[1].run(session).ok
    traveller.shift(day)
    assert taken(session, ways_of()).recipient == "ama@example.org"
    session.execute(sa.update(Message).values(state="queued", leased_until=None))
    traveller.shift(day)
    assert claim(session, ways_of()) is None
    assert (message(session).state, message(session).last_error) == ("dropped", "too late")


@pytest.mark.parametrize(
    ("routes", "channel", "recipient"),
    [
        ({"email": "a@x.org", "mobile": MOBILE}, "email", "a@x.org"),
        (
            {"email": "a@x.org", "mobile": MOBILE, "prefer": RouteKind.MOBILE},
            "sms",
            "+447400123456",
        ),
        ({"mobile": MOBILE}, "sms", "+447400123456"),
    ],
)
def test_route_is_the_preferred_one(
    session: Session, routes: dict[str, object], channel: str, recipient: str
) -> None:
    offer(session, make_reachable(session, **routes))  # type: ignore[arg-type]
    letter = taken(session, ways_of())
    assert (letter.channel, letter.recipient) == (channel, recipient)


@pytest.mark.parametrize(
    ("routes", "texts", "why"),
    [
        ({}, True, "no_route"),
        ({"landline": "01323 490000"}, True, "preferred"),
        ({"letter": "1 Quay Lane"}, True, "preferred"),
        ({"email": "a@x.org", "letter": "1 Quay", "prefer": RouteKind.LETTER}, True, "preferred"),
        ({"mobile": MOBILE}, False, "no_texts"),
        ({"mobile": "01323 490000"}, True, "no_texts"),
        ({"mobile": MOBILE, "safe": False}, True, "not_safe"),
    ],
)
def test_route_that_no_machine_can_go_is_a_task_once(
    session: Session, hands: Remembering, routes: dict[str, object], texts: bool, why: str
) -> None:
    offer(session, make_reachable(session, **routes))  # type: ignore[arg-type]
    ways = ways_of(hands=hands, texts=texts)
    assert claim(session, ways) is None
    assert claim(session, ways) is None
    assert [one.why for one in hands.taken] == [why]
    assert message(session).state == "by_hand"


def test_route_phone_that_cannot_be_texted_falls_back_to_the_agreed_email(
    session: Session, hands: Remembering
) -> None:
    person = make_reachable(
        session, email="a@x.org", mobile=MOBILE, safe=False, prefer=RouteKind.MOBILE
    )
    offer(session, person)
    assert taken(session, ways_of(hands=hands)).channel == "email"


def test_words_too_long_for_a_text_are_rung_through(session: Session, hands: Remembering) -> None:
    person = make_reachable(session, mobile=MOBILE)
    tell(session, person, telling.LONG, {"offer": 1}, key="long")
    assert claim(session, ways_of(hands=hands)) is None
    assert [one.why for one in hands.taken] == ["no_short_words"]


def test_text_to_a_shared_phone_begins_with_the_name(session: Session) -> None:
    make_reachable(session, "Ben", landline="07400 123456")
    offer(session, make_reachable(session, "Ama", mobile="+44 7400 123456"))
    assert taken(session, ways_of()).text.startswith("Ama: Ama, your place")


@pytest.mark.parametrize(
    ("at", "leaves_at"),
    [
        (datetime(2027, 7, 1, 19, 59, tzinfo=UTC), datetime(2027, 7, 1, 19, 59, tzinfo=UTC)),
        (datetime(2027, 7, 1, 20, tzinfo=UTC), datetime(2027, 7, 2, 7, tzinfo=UTC)),
        (datetime(2027, 7, 2, 2, tzinfo=UTC), datetime(2027, 7, 2, 7, tzinfo=UTC)),
        (datetime(2027, 3, 27, 22, tzinfo=UTC), datetime(2027, 3, 28, 7, tzinfo=UTC)),
    ],
)
def test_text_that_can_wait_waits_for_the_morning(
    session: Session, traveller: time_machine.Traveller, at: datetime, leaves_at: datetime
) -> None:
    traveller.move_to(at)
    person = make_reachable(session, mobile=MOBILE)
    tell(session, person, telling.NEWS, {"offer": 1}, key="news")
    if at != leaves_at:
        assert claim(session, ways_of()) is None
        assert message(session).next_at == leaves_at
        assert checks()[1].run(session).ok
        traveller.move_to(leaves_at)
    assert taken(session, ways_of()).channel == "sms"


def test_urgent_text_does_not_wait(session: Session, traveller: time_machine.Traveller) -> None:
    traveller.move_to(datetime(2027, 7, 1, 23, tzinfo=UTC))
    offer(session, make_reachable(session, mobile=MOBILE))
    assert taken(session, ways_of()).channel == "sms"


def test_erased_person_is_told_nothing(session: Session, hands: Remembering) -> None:
    person = make_reachable(session, email="ama@example.org")
    offer(session, person)
    erase_routes(session, person, "delete")
    erase_person(session, person, "delete")
    assert claim(session, ways_of(hands=hands)) is None
    assert (message(session).state, hands.taken) == ("dropped", [])


def test_suppress_takes_back_what_has_not_left(session: Session, hands: Remembering) -> None:
    ama = make_reachable(session, "Ama", email="ama@example.org")
    ben = make_reachable(session, "Ben", landline="01323 490000")
    cat = make_reachable(session, "Cat", email="cat@example.org")
    for number, person in enumerate((ama, ben, cat), start=1):
        offer(session, person, number, concerning="session:5")
    elsewhere = make_reachable(session, "Dan", email="dan@example.org")
    offer(session, elsewhere, 9, concerning="session:6")
    ways = ways_of(hands=hands)
    mark_sent(session, taken(session, ways))
    letter = taken(session, ways)  # Ben's has become a task meanwhile, Cat's is on its way
    assert letter.recipient == "cat@example.org"

    gone = notices.suppress(session, hands, purpose=telling.OFFER, concerning="session:5")

    assert gone == [ben]
    assert [one.uid for one in hands.taken] == hands.dropped
    assert told_of(session, purpose=telling.OFFER, concerning="session:5") == {ama, cat}
    assert was_told(session, "offer:1")
    assert not was_told(session, "offer:2")
    assert taken(session, ways).recipient == "dan@example.org"
    assert claim(session, ways) is None


def test_suppress_without_saying_which_is_refused(session: Session, hands: Remembering) -> None:
    with pytest.raises(ValueError, match="say which"):
        notices.suppress(session, hands, purpose=telling.OFFER)


def test_by_hand_contact_is_told_to_the_kind(session: Session, hands: Remembering) -> None:
    person = make_reachable(session, landline="01323 490000")
    offer(session, person)
    claim(session, ways_of(hands=hands))
    uid = hands.taken[0].uid
    assert not notices.log_contact(session, SYSTEM, uid, "no_answer")
    assert notices.log_contact(session, SYSTEM, uid, "reached")
    assert notices.log_contact(session, SYSTEM, uid, "reached")  # a second click
    assert [(one.outcome, one.tries, one.told, one.by) for one in telling.world.contacts] == [
        ("handed_over", 0, False, "hand"),
        ("no_answer", 1, False, "hand"),
        ("reached", 2, True, "hand"),
    ]
    assert message(session).state == "sent"
    assert was_told(session, "offer:1")


def test_by_hand_not_true_any_more_closes_by_itself(app: Portal, session: Session) -> None:
    room = messages_of_app()
    hands, before = Remembering(), room.hands
    room.hands = hands
    try:
        offer(session, make_reachable(session, landline="01323 490000"), 1)
        offer(session, make_reachable(session, landline="01323 490001"), 2)
        claim(session, room.ways())
        session.commit()
        telling.world.untrue.add(1)
        jobs.recheck_by_hand(session)
    finally:
        room.hands = before
    assert hands.dropped == [hands.taken[0].uid]
    assert session.scalars(sa.select(Message.state).order_by(Message.id)).all() == [
        "dropped",
        "by_hand",
    ]


@pytest.mark.parametrize(
    ("hours", "starts", "reminded"),
    [
        (48, datetime(2027, 3, 8, 10, tzinfo=UTC), datetime(2027, 3, 6, 10, tzinfo=UTC)),
        # Both show 10:00 on the wall; between them the clocks went forward, and then back.
        (48, datetime(2027, 3, 29, 9, tzinfo=UTC), datetime(2027, 3, 27, 10, tzinfo=UTC)),
        (48, datetime(2027, 11, 1, 10, tzinfo=UTC), datetime(2027, 10, 30, 9, tzinfo=UTC)),
        (2, datetime(2027, 3, 2, 10, tzinfo=UTC), datetime(2027, 3, 2, 8, tzinfo=UTC)),
        (0, datetime(2027, 3, 8, 10, tzinfo=UTC), None),
    ],
)
def test_remind_at_is_the_time_on_the_wall(
    session: Session, hours: int, starts: datetime, reminded: datetime | None
) -> None:
    from portal.plugin_host.models import SettingValue

    session.add(
        SettingValue(key="messages:reminder_hours", value={"value": hours}, changed_at=clock.now())
    )
    session.flush()
    assert remind_at(session, starts, "Europe/London") == reminded


def test_known_keys_are_those_told_whatever_became_of_them(session: Session) -> None:
    person = make_reachable(session, email="ama@example.org")
    offer(session, person)
    notices.suppress(session, Remembering(), purpose=telling.OFFER, key="offer:1")
    assert notices.known_keys(session, ["offer:1", "offer:2"]) == {"offer:1"}
    many = [f"offer:{number}" for number in range(5000)]
    assert notices.known_keys(session, many) == {"offer:1"}


def test_privacy_export_says_how_and_what(session: Session) -> None:
    person = make_reachable(session, mobile=MOBILE)
    offer(session, person)
    mark_sent(session, taken(session, ways_of()))
    (row,) = export(session, person)
    assert (row["by"], row["to"], row["state"]) == ("sms", "+447400123456", "sent")
    assert "your place is on" in row["text"]


def test_style_shows_every_kind_in_every_form(client: FlaskClient) -> None:
    page = client.get("/style/notices")
    assert page.status_code == 200
    for purpose in (telling.OFFER, telling.NEWS):
        assert purpose in page.text
    assert client.get(f"/style/notices/{telling.OFFER}").text == "<p>Hello</p>"
    assert client.get("/style/notices/telling:nothing").status_code == 404


def test_every_core_notice_has_words_in_all_forms(app: Portal, session: Session) -> None:
    from portal.messages.texts import MOST_PARTS, fitted, measure
    from portal.plugin_api.dispatch import notice_kinds

    for purpose, kind in notice_kinds(session).items():
        with app.test_request_context():
            words = kind.sample()
        assert words.text.strip(), purpose
        assert words.html, purpose
        assert measure(fitted(words.sms)).parts <= MOST_PARTS, purpose
        assert "%" not in str(kind.subject), purpose
