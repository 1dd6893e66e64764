"""Whoever is taken along: told in their own way, and weighed in the odds of the list."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from portal.accounts.models import ContactRoute, RouteKind
from portal.app import Portal
from portal.enrolment.models import Agreement, Enrolment, Role
from portal.enrolment.queries.waiting import odds, place_in_list
from portal.enrolment.services import agreements, seats
from portal.enrolment.services.outcomes import Body, Enrolled, Offered, Waiting
from portal.plugin_api import SYSTEM, Actor
from tests.factories.enrolment import NOON, book, fill, make_group, make_student
from tests.factories.telling import forget_notices, notices, send, told
from tests.integration.enrolment.taking import (
    SignIn,
    coming_group,
    fill_now,
    letting_go,
    newest_person,
)
from tests.integration.enrolment.taking import answer_everything as answer


@pytest.fixture
def traveller(app: Portal) -> Iterator[time_machine.Traveller]:
    with app.test_request_context(), time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def friends(session: Session, *, email: bool = True) -> tuple[int, int]:
    """Robin, and Sam, who agreed that Robin takes them along."""
    robin = make_student(session, name="Robin")
    sam = make_student(session, name="Sam", email=email)
    code = agreements.make_code(session, Actor(person_id=sam), at=NOON)
    agreements.use_code(session, Actor(person_id=robin), code, at=NOON, today=NOON.date())
    forget_notices(session)  # that the code was used is told too
    return robin, sam


def along(person_id: int, role: Role = Role.SUPPORTER) -> Body:
    return Body(person_id=person_id, role=role)


@pytest.mark.parametrize(
    ("role", "part"), [(Role.SUPPORTER, "to support them"), (Role.BUDDY, "to keep them company")]
)
def test_who_comes_along_is_told_with_whom_and_once(
    session: Session, traveller: time_machine.Traveller, role: Role, part: str
) -> None:
    robin, sam = friends(session)
    run = make_group(session)

    for _ in range(2):
        book(session, run.id, robin, along(sam, role))

    assert (told(session, robin), told(session, sam)) == (["place"], ["along"])
    letter = send(session)[1]
    assert "Robin takes you along" in letter.text
    assert part in letter.text
    assert "Robin" not in letter.subject


def test_who_has_a_place_already_hears_that_they_come_along_now(
    session: Session, traveller: time_machine.Traveller
) -> None:
    robin, sam = friends(session)
    run = make_group(session)
    book(session, run.id, sam)

    book(session, run.id, robin, along(sam))

    assert told(session, sam) == ["place", "along"]


def test_without_an_agreement_any_more_nobody_is_named(
    session: Session, traveller: time_machine.Traveller
) -> None:
    robin, sam = friends(session)
    run = make_group(session)
    book(session, run.id, robin, along(sam))
    agreement = session.scalars(sa.select(Agreement.id)).one()

    agreements.end(session, Actor(person_id=sam), agreement, at=NOON)

    (_, letter) = send(session)
    assert "Robin" not in letter.text
    assert "Somebody takes you along" in letter.text


@pytest.mark.parametrize("when", ["never", "taken back"])
def test_without_a_way_to_be_reached_the_student_tells_them(
    session: Session, traveller: time_machine.Traveller, when: str
) -> None:
    robin, sam = friends(session, email=when == "taken back")
    run = make_group(session)
    book(session, run.id, robin, along(sam))
    if when == "taken back":
        taken_back = sa.update(ContactRoute).where(ContactRoute.person_id == sam)
        session.execute(taken_back.values(consent_at=None))

    assert len(send(session)) == 1
    assert notices(session, "dropped") == {"along": 1}
    assert notices(session, "by_hand") == {}


def test_a_landline_becomes_a_call(session: Session, traveller: time_machine.Traveller) -> None:
    robin, sam = friends(session, email=False)
    session.add(
        ContactRoute(
            person_id=sam,
            kind=RouteKind.LANDLINE,
            value="+441323490000",
            preferred=True,
            consent_at=NOON,
            created_at=NOON,
        )
    )
    run = make_group(session)
    book(session, run.id, robin, along(sam))
    send(session)

    assert notices(session, "by_hand") == {"along": 1}


def test_a_guest_by_name_is_told_by_nobody(
    session: Session, traveller: time_machine.Traveller
) -> None:
    robin, _ = friends(session)
    run = make_group(session)
    book(session, run.id, robin, Body(guest_name="Auntie Jo", role=Role.SUPPORTER))

    assert notices(session) == {"place": 1}


def test_who_waits_along_is_told_and_hears_of_the_places(
    session: Session, traveller: time_machine.Traveller
) -> None:
    robin, sam = friends(session)
    run = make_group(session, 2)
    places = fill(session, run.id, 2)
    forget_notices(session)
    waiting = book(session, run.id, robin, along(sam))
    assert isinstance(waiting, Waiting)
    assert (told(session, robin), told(session, sam)) == (["waiting"], ["along_waiting"])
    assert "Robin would like to take you along" in send(session)[1].text
    forget_notices(session)

    for place in places:
        seats.withdraw(session, SYSTEM, place, at=NOON)
    offer = book(session, run.id, robin, along(sam))
    assert isinstance(offer, Offered)
    seats.accept(session, SYSTEM, offer.offer_id, at=NOON)

    assert told(session, sam) == ["along"]


def test_it_is_not_told_once_they_have_left(
    session: Session, traveller: time_machine.Traveller
) -> None:
    robin, sam = friends(session)
    run = make_group(session)
    made = book(session, run.id, robin, along(sam))
    assert isinstance(made, Enrolled)

    seats.withdraw(session, SYSTEM, made.enrolment_ids[1], at=NOON)

    assert "along" not in notices(session, "sent")
    send(session)
    assert notices(session, "dropped")["along"] == 1


# Honest odds


def waited_together(session: Session, party: int, *, offered: bool) -> None:
    """A list of a run that is over, with one party in it."""
    run = make_group(session, party)
    places = fill(session, run.id, party)
    guests = [Body(guest_name="Jo", role=Role.SUPPORTER) for _ in range(party - 1)]
    book(session, run.id, make_student(session), *guests)
    for place in places if offered else ():
        seats.withdraw(session, SYSTEM, place, at=NOON)
    seats.end_run(session, run.id, completed=True, at=NOON)


def test_odds_are_those_of_as_many_together(
    session: Session, traveller: time_machine.Traveller
) -> None:
    for number in range(6):
        waited_together(session, 1, offered=number < 5)
        waited_together(session, 2, offered=number < 1)
    run = make_group(session, 2)
    fill(session, run.id, 2)
    guest = Body(guest_name="Jo", role=Role.SUPPORTER)
    waiting = book(session, run.id, make_student(session), guest)
    assert isinstance(waiting, Waiting)

    place = place_in_list(session, waiting.entry_id, NOON)

    assert place is not None
    assert (place.odds.offered, place.odds.asked, place.odds.party) == (1, 6, 2)
    alone = odds(session, 1, but_run_id=run.id)
    assert (alone.offered, alone.asked, alone.party) == (5, 6, 1)
    assert not odds(session, 1, but_run_id=run.id, party=3).known


def test_the_check_page_says_the_odds_of_a_party_even_when_one_place_is_free(
    session: Session, sign_in: SignIn
) -> None:
    client = letting_go(sign_in("student"), session)
    newest_person(session)
    run = coming_group(session, 2)
    fill_now(session, run.id, 1)
    run_id = run.id
    session.commit()

    answer(client, run_id, company={"company": "supporter", "guest_name": "Auntie Jo"})
    page = client.get(f"/places/runs/{run_id}/check").text

    assert "There are not enough places for you together just now" in page
    assert "how likely places for 2 together are" in page
    session.rollback()
    assert session.scalar(sa.select(sa.func.count(Enrolment.id))) == 1
