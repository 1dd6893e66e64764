"""Places arranged for others: from the phone and from paper, with what was agreed and why on record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from portal import clock
from portal.accounts.models import ContactRoute, Person, RouteKind
from portal.accounts.privacy import export_routes
from portal.audit.models import AuditEntry, AuditPayload
from portal.courses.api import run_by_id
from portal.courses.models import CourseSession, RunState
from portal.enrolment.models import (
    Agreement,
    Enrolment,
    EnrolmentState,
    How,
    KeepApart,
    Mark,
    MarkedHow,
    Offer,
    OfferState,
    WaitEntry,
)
from portal.enrolment.services import marks, rules, seats
from portal.plugin_api import SYSTEM
from tests.factories.enrolment import all_shared, book, make_student
from tests.integration.enrolment.taking import (
    KEY,
    SignIn,
    coming_group,
    fill_now,
    letting_go,
    newest_person,
    places_of,
    send,
)

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

    from portal.app import Portal

ON_THE_PHONE = {"how": "phone", "agreed_on": ["5", "1", "2026"], "company": "alone"}


@pytest.fixture
def coordinator(sign_in: SignIn, session: Session) -> FlaskClient:
    return letting_go(sign_in("coordinator"), session)


def _audited(session: Session, kind: str) -> list[AuditPayload]:
    session.rollback()
    return list(
        session.scalars(sa.select(AuditPayload).join(AuditEntry).where(AuditEntry.kind == kind))
    )


@pytest.mark.parametrize("page", ["", "/add", "/new"])
def test_run_is_called_by_its_course_day_and_place(
    page: str, coordinator: FlaskClient, session: Session
) -> None:
    run = coming_group(session)
    run_id, reference = run.id, run.reference
    session.commit()
    info = run_by_id(session, run_id)
    assert info is not None
    text = coordinator.get(f"/manage/places/runs/{run_id}{page}").text
    assert f"{info.course_title}, from {_day(info.starts_at)}, {info.venue}" in text
    assert reference not in text


def _day(moment: datetime | None) -> str:
    assert moment is not None
    return f"{moment:%A} {moment.day} {moment:%B %Y}"


def test_somebody_new_without_email_gets_a_place(
    coordinator: FlaskClient, session: Session
) -> None:
    run_id = coming_group(session).id
    session.commit()
    new = {"name": "Edith Holloway", "kind": "landline", "value": "01632 960123", "how": "phone"}

    made = send(coordinator, f"/manage/places/runs/{run_id}/new", **new)
    person_id = newest_person(session)
    assert made.location == f"/manage/places/runs/{run_id}/add/{person_id}"
    done = send(coordinator, made.location, **ON_THE_PHONE, needs="A chair with arms")

    (place,) = places_of(session, person_id)
    assert place.how is How.PHONE
    agreement = session.scalars(sa.select(Agreement)).one()
    assert (agreement.acting_id, agreement.run_id) == (None, run_id)
    assert (agreement.how, agreement.agreed_on.isoformat()) == (How.PHONE, "2026-01-05")
    assert all_shared(session) == ["A chair with arms"]
    route = session.scalars(
        sa.select(ContactRoute).where(ContactRoute.person_id == person_id)
    ).one()
    assert (route.kind, route.consent_at is not None) == (RouteKind.LANDLINE, True)
    session.rollback()
    people = coordinator.get(done.location).text
    assert "Edith Holloway" in people
    assert "A chair with arms" not in people


@pytest.mark.parametrize(
    ("how", "said"),
    [("phone", "on the phone"), ("wrote", "in writing"), ("in_person", "in person")],
)
def test_how_and_when_they_agreed_stays_on_record(
    app: Portal, coordinator: FlaskClient, session: Session, how: str, said: str
) -> None:
    run_id = coming_group(session).id
    session.commit()
    new = {
        "name": "Edith Holloway",
        "kind": "landline",
        "value": "01632 960123",
        "how": how,
        "agreed_on": ["5", "1", "2026"],
    }

    made = send(coordinator, f"/manage/places/runs/{run_id}/new", **new)

    person_id = newest_person(session)
    route = session.scalars(
        sa.select(ContactRoute).where(ContactRoute.person_id == person_id)
    ).one()
    assert (route.consent_how, route.consent_at) == (how, datetime(2026, 1, 5, 12, tzinfo=UTC))
    (exported,) = export_routes(session, person_id)
    assert (exported["consent_how"], exported["consent_at"]) == (how, "2026-01-05T12:00:00+00:00")
    session.rollback()
    contact = f"/people/{person_id}/contact"
    assert contact in coordinator.get(made.location).text
    assert f"Agreed {said}, Monday 5 January 2026" in coordinator.get(contact).text


@pytest.mark.parametrize(
    ("change", "target"),
    [({"how": ""}, "#how"), ({"agreed_on": ["5", "1", "2126"]}, "#agreed_on")],
)
def test_nobody_is_written_down_without_a_word_of_how_they_agreed(
    coordinator: FlaskClient, session: Session, change: dict[str, object], target: str
) -> None:
    run_id = coming_group(session).id
    session.commit()
    new = {"name": "Edith", "kind": "letter", "value": "1 High Street", "how": "phone", **change}

    refused = send(coordinator, f"/manage/places/runs/{run_id}/new", **new)

    assert refused.status_code == 422
    assert f'href="{target}' in refused.text
    session.rollback()
    assert not session.scalars(sa.select(Person).where(Person.name == "Edith")).all()


def test_somebody_of_the_same_name_is_shown_first(
    coordinator: FlaskClient, session: Session
) -> None:
    run_id = coming_group(session).id
    make_student(session, name="Edith Holloway")
    session.commit()
    new = {"name": "edith holloway", "kind": "landline", "value": "01632 960123", "how": "phone"}
    page = f"/manage/places/runs/{run_id}/new"

    refused = send(coordinator, page, **new)

    assert refused.status_code == 422
    assert "01632 960123" in refused.text
    assert send(coordinator, page, **new, another="y").status_code == 303


def test_a_second_click_makes_nobody_twice(coordinator: FlaskClient, session: Session) -> None:
    run_id = coming_group(session).id
    session.commit()
    page = f"/manage/places/runs/{run_id}/new"
    match = KEY.search(coordinator.get(page).text)
    assert match
    new = {"name": "Edith", "kind": "letter", "value": "1 High Street", "how": "phone"}

    first, second = (coordinator.post(page, data={"form_key": match[1], **new}) for _ in range(2))

    assert first.location == second.location
    session.rollback()
    found = session.scalar(sa.select(sa.func.count()).where(Person.name == "Edith"))
    assert found == 1


def test_who_loses_the_race_is_asked_before_they_wait(
    coordinator: FlaskClient, session: Session
) -> None:
    run_id, person_id = coming_group(session, cap=1).id, make_student(session)
    session.commit()
    page = f"/manage/places/runs/{run_id}/add/{person_id}"
    match = KEY.search(coordinator.get(page).text)
    assert match
    fill_now(session, run_id, 1)
    session.commit()
    typed = {"form_key": match[1], **ON_THE_PHONE, "needs": "Large print"}

    lost = coordinator.post(page, data={**typed, "wish": "place"})

    assert lost.status_code == 422
    assert "Large print" in lost.text
    session.rollback()
    assert session.scalars(sa.select(WaitEntry.id)).all() == []
    session.rollback()
    assert coordinator.post(page, data={**typed, "wish": "list"}).status_code == 303
    session.rollback()
    assert session.scalars(sa.select(WaitEntry.person_id)).all() == [person_id]


def test_nobody_agreed_tomorrow(coordinator: FlaskClient, session: Session) -> None:
    run_id, person_id = coming_group(session).id, make_student(session)
    session.commit()

    answer = send(
        coordinator,
        f"/manage/places/runs/{run_id}/add/{person_id}",
        **{**ON_THE_PHONE, "agreed_on": ["1", "1", "2099"]},
    )

    assert answer.status_code == 422
    assert "not after today" in answer.text


def test_the_terms_cap_is_passed_only_with_a_reason(
    coordinator: FlaskClient, session: Session, set_number: Callable[[str, int], None]
) -> None:
    set_number(rules.TERM_CAP, 1)
    first = coming_group(session)
    second = coming_group(session, term_id=first.term_id)
    person_id = make_student(session)
    book(session, first.id, person_id, at=clock.now())
    second_id = second.id
    session.commit()
    page = f"/manage/places/runs/{second_id}/add/{person_id}"

    refused = send(coordinator, page, **ON_THE_PHONE)
    assert refused.status_code == 422
    assert "most for one person" in refused.text
    send(coordinator, page, **ON_THE_PHONE, override="The other one was cancelled on them")

    assert len(places_of(session, person_id)) == 2
    reasons = {payload.reason for payload in _audited(session, "enrolment:place:taken")}
    assert "The other one was cancelled on them" in reasons


@pytest.fixture
def offer(session: Session) -> Offer:
    """An offer to somebody without e-mail, whose clock has not begun."""
    run = coming_group(session, cap=1)
    (other,) = fill_now(session, run.id, 1)
    book(session, run.id, make_student(session, email=False), at=clock.now())
    seats.withdraw(session, SYSTEM, other, at=clock.now())
    session.commit()
    return session.scalars(sa.select(Offer)).one()


@pytest.mark.parametrize(
    ("said", "state"),
    [("yes", OfferState.ACCEPTED), ("no", OfferState.DECLINED), ("later", OfferState.LIVE)],
)
def test_an_answer_by_phone_is_written_down(
    coordinator: FlaskClient, session: Session, offer: Offer, said: str, state: OfferState
) -> None:
    offer_id = offer.id

    send(coordinator, f"/manage/places/offers/{offer_id}", answer=said)

    session.rollback()
    after = session.get_one(Offer, offer_id)
    assert after.state is state
    assert (after.clock_starts_at is not None) == (said == "later")


def test_trying_in_vain_counts(coordinator: FlaskClient, session: Session, offer: Offer) -> None:
    offer_id = offer.id

    send(coordinator, f"/manage/places/offers/{offer_id}", answer="unreached")

    session.rollback()
    assert session.get_one(Offer, offer_id).tries == 1


def test_the_college_says_why_and_a_person_does_not(
    coordinator: FlaskClient, session: Session
) -> None:
    run = coming_group(session)
    one, other = fill_now(session, run.id, 2)
    session.commit()

    refused = send(coordinator, f"/manage/places/{one}/release", who="college")
    assert refused.status_code == 422
    send(coordinator, f"/manage/places/{one}/release", who="college", reason="Asked us to")
    send(coordinator, f"/manage/places/{other}/release", who="they")

    session.rollback()
    states = [session.get_one(Enrolment, key).state for key in (one, other)]
    assert states == [EnrolmentState.RELEASED, EnrolmentState.WITHDRAWN]
    assert [one.reason for one in _audited(session, "enrolment:place:let_go")] == ["Asked us to"]


def test_looking_at_a_runs_people_is_put_on_record(
    coordinator: FlaskClient, session: Session
) -> None:
    run_id = coming_group(session).id
    session.commit()

    coordinator.get(f"/manage/places/runs/{run_id}")

    assert len(_audited(session, "enrolment:people:read")) == 1


def test_two_people_are_kept_apart_quietly(
    coordinator: FlaskClient, session: Session, sign_in: SignIn
) -> None:
    ann, bob = make_student(session, name="Ann Apart"), make_student(session, name="Bob Apart")
    run = coming_group(session)
    book(session, run.id, ann, at=clock.now())
    run_id = run.id
    session.commit()

    send(
        coordinator,
        "/manage/places/apart?one=Ann+Apart&other=Bob+Apart",
        one=str(ann),
        other=str(bob),
    )

    session.rollback()
    assert session.scalars(sa.select(KeepApart.one_id)).all() == [min(ann, bob)]
    session.rollback()
    page = f"/manage/places/runs/{run_id}/add/{bob}"
    said = send(coordinator, page, **ON_THE_PHONE).text
    assert "There is no place at once" in said  # and no word of why
    assert "apart" not in said.lower().replace("bob apart", "")


def test_who_may_act_for_somebody_is_written_down(
    coordinator: FlaskClient, session: Session
) -> None:
    person_id, helper = make_student(session), make_student(session, name="Helping Hand")
    session.commit()

    send(
        coordinator,
        f"/manage/places/people/{person_id}/helper?q=Helping",
        acting_id=str(helper),
        how="paper",
        agreed_on=["5", "1", "2026"],
    )

    session.rollback()
    agreement = session.scalars(sa.select(Agreement)).one()
    assert (agreement.person_id, agreement.acting_id, agreement.how) == (
        person_id,
        helper,
        How.PAPER,
    )


@pytest.mark.parametrize("role", ["", "administrator", "treasurer"])
def test_others_do_not_see_a_runs_people(session: Session, sign_in: SignIn, role: str) -> None:
    run_id = coming_group(session).id
    session.commit()
    client = letting_go(sign_in(role) if role else sign_in(), session)

    assert client.get(f"/manage/places/runs/{run_id}").status_code == 403


def test_people_of_a_run_that_is_over_are_those_who_had_a_place_and_who_came(
    coordinator: FlaskClient, session: Session
) -> None:
    run = coming_group(session, 3)
    run_id = run.id
    came, stayed_away = fill_now(session, run_id, 2)
    meetings = list(
        session.scalars(sa.select(CourseSession.id).where(CourseSession.run_id == run_id))
    )
    at = clock.now()
    for place, mark in ((came, Mark.PRESENT), (stayed_away, Mark.ABSENT)):
        marks.put(session, SYSTEM, meetings[0], place, mark, how=MarkedHow.PAPER, at=at)
    seats.end_run(session, run_id, completed=True, at=at)
    run.state = RunState.FINISHED
    session.commit()

    page = coordinator.get(f"/manage/places/runs/{run_id}").text

    assert "2 people had a place; 1 came at least once" in page
    assert "1 of 3 sessions" in page
    assert "0 of 3 sessions" in page
    assert "0 with a place" not in page
    assert "Add somebody" not in page
