"""The board, "I am interested", and the talk that follows: one state for both sides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.api import AgreedHow
from portal.app import Portal
from portal.desk.models import DeskTask
from portal.facilitators.models import (
    Facilitator,
    InterestState,
    OpportunityInterest,
    OpportunityKind,
    Stage,
)
from portal.facilitators.queries.opportunities import on_board
from portal.facilitators.services import opportunities
from portal.facilitators.services.errors import MissingRecordError, RefusedError
from portal.plugin_api import SYSTEM, Actor
from tests.factories.accounts import make_person
from tests.factories.messages import make_reachable
from tests.factories.pathway import WORDS, make_interest, make_opportunity, name_chat
from tests.factories.telling import send, told
from tests.integration.pathway.conftest import NOW, TODAY

LATER = NOW + timedelta(days=3)


@pytest.fixture
def ama(session: Session, in_context: None) -> int:
    return make_reachable(session, "Ama", email="ama@example.org")


def interest(session: Session, interest_id: int) -> OpportunityInterest:
    session.expire_all()
    return session.get_one(OpportunityInterest, interest_id)


def tasks(session: Session) -> list[tuple[str, str]]:
    session.flush()
    found = sa.select(DeskTask.kind, DeskTask.state).order_by(DeskTask.id)
    return [(kind, state) for kind, state in session.execute(found)]


class TestLiking:
    """One step, once."""

    def test_said_twice_it_is_said_and_the_desk_names_a_time(
        self, session: Session, ama: int
    ) -> None:
        made = make_opportunity(session)
        first = opportunities.like(session, Actor(person_id=ama), made, ama, today=TODAY)
        second = opportunities.like(session, Actor(person_id=ama), made, ama, today=TODAY)

        assert first == second
        assert tasks(session) == [("facilitators:interest", "open")]
        (due,) = session.scalars(sa.select(DeskTask.due))
        assert due == opportunities.chat_by(session, TODAY)

    @pytest.mark.parametrize("leads", [True, False])
    def test_the_pathway_begins_where_it_is_leading(
        self, session: Session, ama: int, leads: bool
    ) -> None:
        make_interest(session, ama, TODAY, leads=leads)

        found = session.get(Facilitator, ama)
        assert (found is not None and found.stage is Stage.INTERESTED) == leads

    def test_what_is_off_the_board_is_not_to_be_liked(self, session: Session, ama: int) -> None:
        hidden = make_opportunity(session, published=False)
        over = make_opportunity(session, last_day=TODAY - timedelta(days=1))
        closed = make_opportunity(session)
        opportunities.close(session, SYSTEM, closed)
        today_still = make_opportunity(session, last_day=TODAY)

        for one in (hidden, over, closed):
            with pytest.raises(RefusedError):
                opportunities.like(session, Actor(person_id=ama), one, ama, today=TODAY)
        assert [one.id for one in on_board(session, TODAY)] == [today_still]

    def test_a_coordinator_puts_down_what_somebody_said_on_the_phone(
        self, session: Session, ama: int
    ) -> None:
        kim = Actor(person_id=make_person(session, "Kim").id)
        made = make_opportunity(session)

        found = interest(
            session,
            opportunities.like(session, kim, made, ama, today=TODAY, how=AgreedHow.PHONE),
        )

        assert (found.how, found.recorded_by_id) == (AgreedHow.PHONE, kim.person_id)

    def test_whoever_changed_their_mind_may_change_it_again(
        self, session: Session, ama: int
    ) -> None:
        one = make_interest(session, ama, TODAY)
        opportunities.withdraw(session, Actor(person_id=ama), one)
        assert tasks(session)[-1] == ("facilitators:interest", "closed")

        made = interest(session, one).opportunity_id
        again = opportunities.like(session, Actor(person_id=ama), made, ama, today=TODAY)

        assert again == one
        assert interest(session, one).state is InterestState.WAITING
        assert interest(session, one).ended_at is None


class TestTalk:
    """A time is named, agreed or asked for anew."""

    def test_a_named_time_asks_the_person_and_closes_the_task(
        self, session: Session, ama: int
    ) -> None:
        one = make_interest(session, ama, TODAY)
        name_chat(session, one, LATER)

        assert interest(session, one).state is InterestState.PROPOSED
        assert tasks(session) == [("facilitators:interest", "closed")]
        assert told(session, ama) == ["facilitators:chat"]
        (letter,) = send(session)
        assert "Kim" in letter.text
        assert "Quay House" in letter.text

    def test_agreeing_is_for_the_time_that_was_seen(self, session: Session, ama: int) -> None:
        one = make_interest(session, ama, TODAY)
        name_chat(session, one, LATER)
        name_chat(session, one, LATER + timedelta(days=1))

        assert not opportunities.agree(session, Actor(person_id=ama), one, 1)
        assert interest(session, one).state is InterestState.PROPOSED
        assert opportunities.agree(session, Actor(person_id=ama), one, 2)
        assert opportunities.agree(session, Actor(person_id=ama), one, 2)
        assert interest(session, one).state is InterestState.AGREED

    def test_a_time_that_was_answered_is_not_asked_about_any_more(
        self, session: Session, ama: int
    ) -> None:
        one = make_interest(session, ama, TODAY)
        name_chat(session, one, LATER)

        opportunities.another_time(session, Actor(person_id=ama), one, "Mornings", today=TODAY)

        assert send(session) == []
        assert interest(session, one).words == "Mornings"
        assert tasks(session)[-1] == ("facilitators:interest", "open")

    def test_a_time_that_is_over_is_refused(self, session: Session, ama: int) -> None:
        one = make_interest(session, ama, TODAY)
        with pytest.raises(RefusedError) as refused:
            name_chat(session, one, clock.now())
        assert refused.value.field == "on_day"

    def test_what_is_somebody_elses_is_not_there(self, session: Session, ama: int) -> None:
        one = make_interest(session, ama, TODAY)
        name_chat(session, one, LATER)
        bo = Actor(person_id=make_person(session, "Bo").id)

        with pytest.raises(MissingRecordError):
            opportunities.agree(session, bo, one, 1)
        with pytest.raises(MissingRecordError):
            opportunities.another_time(session, bo, one, "", today=TODAY)
        with pytest.raises(MissingRecordError):
            opportunities.withdraw(session, bo, one)
        assert interest(session, one).state is InterestState.PROPOSED

    @pytest.mark.parametrize("state", [InterestState.GOES_ON, InterestState.NOT_NOW])
    def test_an_end_is_an_end_for_both(
        self, session: Session, ama: int, state: InterestState
    ) -> None:
        one = make_interest(session, ama, TODAY)
        name_chat(session, one, LATER, agreed=True)
        opportunities.settle(session, SYSTEM, one, state)

        assert interest(session, one).state is state
        assert send(session) == []
        with pytest.raises(RefusedError):
            name_chat(session, one, LATER)
        with pytest.raises(RefusedError):
            opportunities.settle(session, SYSTEM, one, InterestState.WITHDRAWN)


def test_two_who_write_at_once_lose_nothing(session: Session, in_context: None) -> None:
    made = make_opportunity(session)
    opportunities.change(session, SYSTEM, made, WORDS, version=1)

    with pytest.raises(RefusedError):
        opportunities.change(session, SYSTEM, made, WORDS, version=1)


class TestPages:
    """What visitors, the person and coordinators see."""

    def test_the_board_says_hours_support_money_and_benefits(
        self, session: Session, client: FlaskClient
    ) -> None:
        made = make_opportunity(session, kind=OpportunityKind.VOLUNTEER)
        session.commit()

        assert WORDS.title in client.get("/opportunities").text
        page = client.get(f"/opportunities/{made}").text
        for words in (WORDS.what, WORDS.hours, WORDS.support, "£22 an hour", "benefits"):
            assert words in page
        assert "Citizens Advice" in page
        assert f"/sign-in?next=/opportunities/{made}" in page

    def test_what_is_not_published_is_not_there(
        self, session: Session, client: FlaskClient, sign_in: Callable[..., FlaskClient]
    ) -> None:
        made = make_opportunity(session, published=False)
        session.commit()

        assert client.get(f"/opportunities/{made}").status_code == 404
        assert sign_in("student").post(f"/opportunities/{made}/interest").status_code == 303
        session.rollback()
        assert session.scalars(sa.select(OpportunityInterest)).all() == []

    def test_both_sides_see_the_same(
        self,
        session: Session,
        sign_in: Callable[..., FlaskClient],
        now: time_machine.Traveller,
    ) -> None:
        made = make_opportunity(session)
        session.commit()
        student, coordinator = sign_in("student"), sign_in("coordinator")
        coach = sign_in("coach").person_id  # type: ignore[attr-defined]

        page = student.post(f"/opportunities/{made}/interest", follow_redirects=True).text
        assert "By Wednesday 17 February 2027" in page
        one = session.scalars(sa.select(OpportunityInterest.id)).one()
        session.rollback()
        chat = f"/manage/opportunities/interests/{one}"
        typed = {"on_day": ["12", "2", "2027"], "at": "2:30pm", "with_whom": str(coach)}
        refused = coordinator.post(f"{chat}/chat", data={**typed, "place": ""})
        assert refused.status_code == 422
        assert "2:30pm" in refused.text
        coordinator.post(f"{chat}/chat", data={**typed, "place": "Quay House"})

        for text in (student.get(f"/opportunities/{made}").text, coordinator.get(chat).text):
            assert "Friday 12 February 2027, 2:30pm" in text
            assert "Quay House" in text
        student.post(f"/me/interests/{one}/agree/1")
        assert "a time to talk is agreed" in coordinator.get(chat).text
        assert "We talk then" in student.get(f"/opportunities/{made}").text

    def test_a_coordinator_does_it_for_somebody_without_email(
        self, session: Session, app: Portal, sign_in: Callable[..., FlaskClient]
    ) -> None:
        with app.app_context():
            ama = make_reachable(session, "Ama Mensah", letter="1 Quay Lane")
        made = make_opportunity(session)
        session.commit()
        coordinator = sign_in("coordinator")
        coach = sign_in("coach").person_id  # type: ignore[attr-defined]

        found = coordinator.get(f"/manage/opportunities/{made}?q=mensah").text
        address = f"/manage/opportunities/{made}/people/{ama}"
        assert address in found
        there = coordinator.post(address, data={"how": "phone"}).location
        typed = {"on_day": ["12", "2", "2027"], "at": "10am", "with_whom": str(coach)}
        named = coordinator.post(f"{there}/chat", data={**typed, "place": "at Quay House"})
        assert named.status_code == 303

        with app.app_context():
            send(session)
        assert ("desk:contact", "open") in tasks(session)

    def test_somebody_elses_interest_is_not_there(
        self, session: Session, sign_in: Callable[..., FlaskClient]
    ) -> None:
        made = make_opportunity(session)
        session.commit()
        sign_in("student").post(f"/opportunities/{made}/interest")
        one = session.scalars(sa.select(OpportunityInterest.id)).one()
        session.rollback()
        for role in ("student", "coordinator", "administrator"):
            other = sign_in(role)
            for action in ("agree/0", "withdraw", "another-time"):
                assert other.post(f"/me/interests/{one}/{action}").status_code == 404
