"""Between the page and the button: what changed meanwhile, a second click, a yes that was taken back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.models import RoleGrant
from portal.accounts.services.roles import grant_role, revoke_role
from portal.app import Portal
from portal.courses.models import Assignment, Perspective
from portal.courses.services import leaders
from portal.facilitators import desk
from portal.facilitators.models import (
    AskState,
    Clearance,
    Facilitator,
    LeadAsk,
    Stage,
    SupportKind,
    TimeCounts,
)
from portal.facilitators.queries.asks import asked_for
from portal.facilitators.services import asking, day, pathway, support
from portal.facilitators.services.errors import RefusedError
from portal.facilitators.services.support import SlotGiven
from portal.plugin_api import SYSTEM, Actor
from tests.factories.accounts import make_person
from tests.factories.courses import make_assignment, make_session
from tests.factories.facilitators import make_ask, make_meeting, make_peer, state_of
from tests.factories.telling import told
from tests.integration.facilitators.test_pages import me

DAY = date(2027, 2, 18)
LIVED = Perspective.LIVED
SignIn = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def _in_context(now: object) -> None:
    """Each request has a context of its own, and reads what is true by then."""


@pytest.fixture
def in_context(app: Portal) -> Iterator[None]:
    """For tests without pages."""
    with app.app_context():
        yield


def hidden(page: str) -> dict[str, str]:
    """What a form sends by itself."""
    return dict(re.findall(r'name="(csrf_token|form_key)"[^>]*value="([^"]+)"', page))


def leads(session: Session, person_id: int) -> int:
    session.rollback()
    count = sa.select(sa.func.count()).where(Assignment.person_id == person_id)
    found = session.scalar(count) or 0
    session.rollback()
    return found


def waiting(session: Session, session_id: int) -> set[int]:
    """Who was asked and has not answered."""
    session.rollback()
    found = set(
        session.scalars(
            sa.select(LeadAsk.person_id).where(
                LeadAsk.session_id == session_id, LeadAsk.state == AskState.WAITING
            )
        )
    )
    session.rollback()
    return found


def rests(session: Session, person_id: int) -> None:
    session.get_one(Facilitator, person_id).stage = Stage.RESTING


def lapsed(session: Session, person_id: int) -> None:
    session.execute(
        sa.update(Clearance)
        .where(Clearance.person_id == person_id)
        .values(valid_to=DAY - timedelta(days=1))
    )


def taken_up(session: Session, person_id: int) -> None:
    make_assignment(
        session, make_session(session, local_date=DAY, local_time=time(11)).id, person_id
    )


def supervised(session: Session, person_id: int) -> None:
    at = datetime(2027, 2, 18, 11, 30, tzinfo=UTC)
    given = SlotGiven(SupportKind.SUPERVISION, at, 60, TimeCounts.PAID)
    support.plan(session, SYSTEM, person_id, given)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (rests, "They do not lead sessions at the moment"),
        (lapsed, "is not on record for that day"),
        (taken_up, "leads “"),
        (supervised, "has “Supervision” on Thursday 18 February 2027"),
    ],
)
@pytest.mark.parametrize("who", ["peer", "coordinator"])
def test_what_has_changed_since_the_page_was_shown_is_said_and_nobody_leads(
    app: Portal,
    session: Session,
    browse: SignIn,
    change: Callable[[Session, int], None],
    said: str,
    who: str,
) -> None:
    client = browse("facilitator")
    meeting, peer = make_meeting(session, DAY), make_peer(session, person_id=me(client))
    path = f"/leading/asks/{make_ask(session, meeting.id, peer, clock.now())}"
    give = f"/manage/leading/sessions/{meeting.id}/give/{peer}"
    session.commit()
    if who == "coordinator":
        client, path = browse("coordinator"), give
    shown = hidden(client.get(path).text)
    with app.app_context():
        change(session, peer)
        session.commit()
    before = leads(session, peer)

    answer = client.post(path, data={**shown, "perspective": "lived"})

    assert answer.status_code == 422
    assert said in answer.text
    assert leads(session, peer) == before


def test_whose_role_ended_since_the_page_was_shown_changes_nothing(
    app: Portal, session: Session, browse: SignIn
) -> None:
    boss, meeting, peer = browse("coordinator"), make_meeting(session, DAY), make_peer(session)
    session.commit()
    path = f"/manage/leading/sessions/{meeting.id}"
    ask, give = hidden(boss.get(path).text), hidden(boss.get(f"{path}/give/{peer}").text)
    grant = session.scalars(sa.select(RoleGrant.id).where(RoleGrant.person_id == me(boss))).one()
    with app.app_context():
        revoke_role(session, SYSTEM, grant, reason="for a test")
        session.commit()

    assert boss.post(f"{path}/ask", data={**ask, "people": str(peer)}).status_code in (403, 404)
    again = boss.post(f"{path}/give/{peer}", data={**give, "perspective": "lived"})

    assert again.status_code in (403, 404)
    assert leads(session, peer) == 0
    assert session.scalars(sa.select(LeadAsk.id)).all() == []


def test_second_click_asks_and_gives_once(session: Session, browse: SignIn) -> None:
    boss, meeting, peer = browse("coordinator"), make_meeting(session, DAY), make_peer(session)
    session.commit()
    path = f"/manage/leading/sessions/{meeting.id}"
    ask = {**hidden(boss.get(path).text), "people": str(peer)}
    assert [boss.post(f"{path}/ask", data=ask).status_code for _click in range(2)] == [303, 303]
    assert session.scalars(sa.select(LeadAsk.times)).all() == [1]
    session.rollback()
    give = {**hidden(boss.get(f"{path}/give/{peer}").text), "perspective": "lived"}
    for _click in range(2):
        assert boss.post(f"{path}/give/{peer}", data=give).status_code == 303
    assert leads(session, peer) == 1
    assert told(session, peer).count("facilitators:leads") == 1


def test_second_click_on_handing_back_says_the_same(session: Session, browse: SignIn) -> None:
    peer, meeting = browse("facilitator"), make_meeting(session, DAY)
    make_peer(session, person_id=me(peer))
    make_assignment(session, meeting.id, me(peer))
    session.commit()
    path = f"/leading/sessions/{meeting.id}"
    form = hidden(peer.get(path).text)
    answers = [peer.post(f"{path}/hand-back", data=form) for _click in range(2)]
    assert [answer.location for answer in answers] == ["/leading", "/leading"]
    assert leads(session, me(peer)) == 0


class TestYes:
    """A yes holds as long as they lead it, and no longer."""

    @pytest.mark.usefixtures("in_context")
    def test_after_handing_it_back_a_yes_is_a_new_one(self, session: Session) -> None:
        meeting, peer = make_meeting(session, DAY), make_peer(session)
        mine, ask = Actor(person_id=peer), make_ask(session, meeting.id, peer, clock.now())
        assert asking.say_yes(session, mine, ask, LIVED)
        assert day.drop_out(session, mine, meeting.id)
        assert asking.say_yes(session, mine, ask, LIVED)
        assert not leaders.at_risk(session, meeting.id)

    @pytest.mark.usefixtures("in_context")
    def test_after_handing_it_back_others_may_have_it(self, session: Session) -> None:
        meeting, peer = make_meeting(session, DAY), make_peer(session)
        mine, ask = Actor(person_id=peer), make_ask(session, meeting.id, peer, clock.now())
        asking.say_yes(session, mine, ask, LIVED)
        day.drop_out(session, mine, meeting.id)
        asking.give(session, SYSTEM, meeting.id, make_peer(session), LIVED)
        assert not asking.say_yes(session, mine, ask, LIVED)
        assert state_of(session, ask) is AskState.TAKEN

    def test_coordinator_reads_that_they_do_not_lead_it_any_more(
        self, app: Portal, session: Session, browse: SignIn
    ) -> None:
        meeting, peer = make_meeting(session, DAY), make_peer(session, "Ama")
        ask = make_ask(session, meeting.id, peer, clock.now())
        with app.app_context():
            asking.say_yes(session, Actor(person_id=peer), ask, LIVED)
        session.commit()
        path = f"/manage/leading/sessions/{meeting.id}"
        boss = browse("coordinator")
        assert re.search(r">\s*said yes\s*<", boss.get(path).text)
        with app.app_context():
            day.drop_out(session, Actor(person_id=peer), meeting.id)
            session.commit()
        page = boss.get(path).text
        assert "does not lead it any more" in page
        assert not re.search(r">\s*said yes\s*<", page)
        assert "They said no this time, or handed it back" in page

    def test_all_at_once_are_those_alone_who_have_not_said_no(
        self, app: Portal, session: Session, browse: SignIn
    ) -> None:
        boss, meeting = browse("coordinator"), make_meeting(session, DAY)
        gone, declined, free = (make_peer(session, name) for name in ("Ama", "Ben", "Cat"))
        make_assignment(session, meeting.id, gone)
        with app.app_context():
            assert day.drop_out(session, Actor(person_id=gone), meeting.id)
            asking.say_no(session, SYSTEM, make_ask(session, meeting.id, declined, clock.now()))
            session.commit()
        path = f"/manage/leading/sessions/{meeting.id}"
        shown = hidden(boss.get(path).text)
        boss.post(f"{path}/ask", data={**shown, "everybody": "y"})
        assert waiting(session, meeting.id) == {free}
        shown = hidden(boss.get(path).text)
        boss.post(f"{path}/ask", data={**shown, "people": str(declined)})
        assert waiting(session, meeting.id) == {free, declined}

    @pytest.mark.usefixtures("in_context")
    def test_handing_back_is_no_answer_that_ends_the_waiting(
        self, session: Session, now: time_machine.Traveller
    ) -> None:
        """Nobody was asked yet: the coordinators look for somebody, and are not told that nobody said yes."""
        boss = make_person(session).id
        grant_role(session, SYSTEM, boss, "coordinator", reason="for a test")
        meeting, peer = make_meeting(session, DAY), make_peer(session)
        make_assignment(session, meeting.id, peer)
        day.drop_out(session, Actor(person_id=peer), meeting.id)
        now.shift(timedelta(hours=5))
        assert asking.remind_coordinators(session, clock.now()) == 0
        asks = list(asked_for(session, [meeting.id]))
        assert str(desk.next_step(asks, clock.now())) == "Find somebody to lead it"

    def test_for_what_has_begun_nobody_is_asked_or_says_yes(
        self, app: Portal, session: Session, browse: SignIn, now: time_machine.Traveller
    ) -> None:
        meeting, peer = make_meeting(session, DAY), make_peer(session)
        ask = make_ask(session, meeting.id, peer, clock.now())
        session.commit()
        now.move_to(meeting.starts_at)
        with app.app_context(), pytest.raises(RefusedError):
            asking.say_yes(session, Actor(person_id=peer), ask, LIVED)
        with app.app_context(), pytest.raises(RefusedError):
            asking.ask(session, SYSTEM, meeting.id, [peer])
        session.rollback()
        page = browse("coordinator").get(f"/manage/leading/sessions/{meeting.id}").text
        assert "This session needs nobody" in page
        assert leads(session, peer) == 0


def test_page_of_an_answer_for_a_session_that_has_begun_is_kind(
    session: Session, browse: SignIn, now: time_machine.Traveller
) -> None:
    peer = me(browse("facilitator"))
    meeting = make_meeting(session, DAY)
    make_peer(session, person_id=peer)
    ask = make_ask(session, meeting.id, peer, clock.now())
    session.commit()
    now.move_to(meeting.starts_at)
    page = browse("facilitator", person_id=peer).get(f"/leading/asks/{ask}").text
    assert "No answer is needed any more" in page


@pytest.mark.parametrize("who", ["peer", "coordinator"])
def test_whoever_left_since_the_page_was_shown_leads_nothing(
    app: Portal, session: Session, browse: SignIn, who: str
) -> None:
    client = browse("facilitator")
    meeting, peer = make_meeting(session, DAY), make_peer(session, person_id=me(client))
    path = f"/leading/asks/{make_ask(session, meeting.id, peer, clock.now())}"
    give = f"/manage/leading/sessions/{meeting.id}/give/{peer}"
    session.commit()
    if who == "coordinator":
        client, path = browse("coordinator"), give
    shown = hidden(client.get(path).text)
    with app.app_context():
        pathway.leave(session, SYSTEM, peer)
        session.commit()
    page = client.post(path, data={**shown, "perspective": "lived"}).text
    said = "No answer is needed any more" if who == "peer" else "They do not lead sessions"
    assert said in page
    assert leads(session, peer) == 0


@pytest.mark.usefixtures("in_context")
def test_nobody_waits_for_the_answer_of_whoever_has_left(session: Session) -> None:
    asked = [make_meeting(session, DAY + timedelta(days=many)).id for many in range(2)]
    peer, other = make_peer(session), make_peer(session)
    asks = [make_ask(session, one, peer, clock.now()) for one in asked]
    stays = make_ask(session, asked[0], other, clock.now())
    pathway.leave(session, Actor(person_id=peer), peer)
    assert [state_of(session, one) for one in asks] == [AskState.NO, AskState.NO]
    assert state_of(session, stays) is AskState.WAITING
