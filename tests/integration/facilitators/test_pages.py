"""The pages: what somebody who leads sees and does on a phone, and what coordinators do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import clock
from portal.courses.models import Assignment, Perspective
from portal.courses.services import leaders
from portal.enrolment.services import wishes
from portal.facilitators.models import AskState, Clearance, Facilitator, Stage
from portal.facilitators.services import pathway
from portal.plugin_api import SYSTEM
from tests.factories.courses import make_assignment, make_course, make_run, make_session
from tests.factories.enrolment import book, make_student
from tests.factories.facilitators import make_ask, make_meeting, make_peer, state_of

TODAY, DAY = date(2027, 2, 10), date(2027, 2, 18)
LIVED = Perspective.LIVED
SignIn = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def _in_context(now: object) -> None:
    """Each request has a context of its own, and reads what is true by then."""


@pytest.fixture
def peer(session: Session, sign_in: SignIn) -> FlaskClient:
    client = sign_in("facilitator")
    make_peer(session, person_id=client.person_id)  # type: ignore[attr-defined]
    session.commit()
    return client


def me(client: FlaskClient) -> int:
    return client.person_id  # type: ignore[attr-defined,no-any-return]


def at_risk(session: Session, session_id: int) -> bool:
    """Whether it lacks its pair now; leaves no transaction open, as pages are asked next."""
    session.rollback()
    risky: bool = leaders.at_risk(session, session_id)
    session.rollback()
    return risky


def send(client: FlaskClient, path: str, page: str = "", **data: object) -> str:
    """Send a form of a page (or of the same address) with its token and key; what is shown afterwards."""
    shown = client.get(page or path).text
    hidden = dict(re.findall(r'name="(csrf_token|form_key)"[^>]*value="([^"]+)"', shown))
    return client.post(path, data={**hidden, **data}, follow_redirects=True).text


def test_my_page_leads_to_what_waits_for_an_answer(session: Session, peer: FlaskClient) -> None:
    assert "What you lead, with whom" in peer.get("/me").text
    course = make_course(session, title="Sleep well")
    run_id = make_run(session, course_id=course.id).id
    meeting = make_meeting(session, DAY, run_id=run_id).id
    ask = make_ask(session, meeting, me(peer), clock.now())
    session.commit()
    assert "1 session waits for your answer" in peer.get("/me").text
    page = peer.get("/leading").text
    assert f"/leading/asks/{ask}" in page
    assert "Sleep well" in page
    said = send(peer, f"/leading/asks/{ask}", perspective="lived")
    assert "Thank you. You lead this session." in said
    assert not at_risk(session, meeting)
    assert "Pro" in peer.get("/leading").text  # whom they lead it with


def test_no_is_one_button_and_is_said_once(session: Session, peer: FlaskClient) -> None:
    ask = make_ask(session, make_meeting(session, DAY).id, me(peer), clock.now())
    session.commit()
    said = send(peer, f"/leading/asks/{ask}/no", page=f"/leading/asks/{ask}")
    assert "That is fine." in said
    assert state_of(session, ask) is AskState.NO
    session.rollback()  # pages are asked next
    assert "No answer is needed any more" in peer.get(f"/leading/asks/{ask}").text


def test_question_and_session_of_somebody_else_are_not_there(
    session: Session, peer: FlaskClient
) -> None:
    meeting = make_meeting(session, DAY).id
    ask = make_ask(session, meeting, make_peer(session), clock.now())
    session.commit()
    for path in (f"/leading/asks/{ask}", f"/leading/sessions/{meeting}"):
        assert peer.get(path).status_code == 404
    assert send(peer, f"/leading/asks/{ask}/no", page="/leading/most")
    assert state_of(session, ask) is AskState.WAITING


def test_session_page_names_no_more_than_is_needed(session: Session, peer: FlaskClient) -> None:
    meeting = make_meeting(session, TODAY, 14)
    make_assignment(session, meeting.id, me(peer))
    student = make_student(session, name="Nadia Surname")
    place = book(session, meeting.run_id, student, at=clock.now())
    wishes.share_needs(session, place.enrolment_ids[0], "Near the door", at=clock.now())  # type: ignore[union-attr]
    session_id = meeting.id
    session.commit()
    page = peer.get(f"/leading/sessions/{session_id}").text
    assert "Nadia" in page
    assert "Surname" not in page
    assert "Near the door" not in page
    assert "1 person shared something with you" in page
    assert f"/registers/{session_id}" in page
    assert "running late" in page


def test_handing_back_is_one_button_without_a_reason(session: Session, peer: FlaskClient) -> None:
    meeting = make_meeting(session, DAY).id
    leaders.assign(session, SYSTEM, meeting, me(peer), LIVED)
    session.commit()
    path = f"/leading/sessions/{meeting}"
    assert "You need not say why" in peer.get(path).text
    said = send(peer, f"{path}/hand-back", page=path)
    assert "You do not lead this session any more." in said
    assert at_risk(session, meeting)


def test_late_hand_and_note_are_said_in_a_few_words(
    session: Session, peer: FlaskClient, sign_in: SignIn
) -> None:
    meeting = make_meeting(session, TODAY, 12)  # it begins now
    make_assignment(session, meeting.id, me(peer))
    book(session, meeting.run_id, make_student(session), at=clock.now() - timedelta(days=9))
    path = f"/leading/sessions/{meeting.id}"
    session.commit()
    assert "1 person is being told" in send(peer, f"{path}/late", minutes="15")
    assert "Choose how late you will be" in send(peer, f"{path}/late")
    assert "on their desk for today" in send(peer, f"{path}/hand", about="talk", words="I worry")
    assert "Your note is kept." in send(peer, f"{path}/note", words="It went well")
    assert "It went well" in peer.get(path).text
    boss = sign_in("coordinator").get(f"/manage{path}").text
    assert "It went well" in boss.split("How it went")[1]


def test_when_somebody_can_is_theirs_to_say(session: Session, peer: FlaskClient) -> None:
    topic = make_course(session).topic_id
    session.commit()
    assert "no more than that" in send(peer, "/leading/most", most="3")
    assert "Saved." in send(peer, "/leading/topics", topics=[str(topic)])
    assert "these times alone" in send(
        peer, "/leading/times", weekday="3", since="10am", until="1pm"
    )
    assert "later than the first" in send(
        peer, "/leading/times", weekday="3", since="1pm", until="10am"
    )
    day = {"first_day": ["1", "3", "2027"], "last_day": ["5", "3", "2027"]}
    assert "Nobody asks you for these days" in send(peer, "/leading/away", **day)
    record = session.get_one(Facilitator, me(peer))
    session.refresh(record)
    assert (record.max_a_week, record.topics) == (3, [topic])
    assert record.weekly == [[3, "10:00", "13:00"]]
    session.rollback()
    key = re.findall(r'name="form_key" value="(\w+0)"', peer.get("/leading/times").text)
    assert "Removed." in send(
        peer, "/leading/times/0/remove", page="/leading/times", form_key=key[-1]
    )
    assert "Any time" in peer.get("/leading").text


def test_rest_and_return_need_no_reason(session: Session, peer: FlaskClient) -> None:
    for stage, said in (("resting", "You are resting."), ("active", "Welcome back.")):
        assert said in send(peer, f"/leading/stage/{stage}", page="/leading")
        assert session.get_one(Facilitator, me(peer), populate_existing=True).stage is Stage(stage)
        session.rollback()
    assert peer.post("/leading/stage/trained").status_code in (400, 404)


def test_whoever_does_not_lead_finds_a_kind_page(sign_in: SignIn) -> None:
    client = sign_in()
    assert "You lead no session just now" in client.get("/leading").text
    assert client.get("/leading/most").status_code == 404
    assert "Sessions you lead" not in client.get("/me").text


def test_coordinator_asks_and_reads_why_others_do_not_fit(
    session: Session, sign_in: SignIn
) -> None:
    boss = sign_in("coordinator")
    meeting = make_meeting(session, DAY).id
    ama, ben = make_peer(session, "Ama"), make_peer(session, "Ben")
    make_peer(session, "Cat", weekly=[[0, "10:00", "12:00"]])
    session.commit()
    path = f"/manage/leading/sessions/{meeting}"
    assert path in boss.get("/manage/leading").text
    page = boss.get(path).text
    assert "not available then" in page
    assert "Ask all 2 at once" in page
    assert "Choose whom you want to ask" in send(boss, f"{path}/ask", page=path)
    said = send(boss, f"{path}/ask", page=path, people=[str(ama)])
    assert "1 person is being asked." in said
    assert "1 person is being asked." in send(boss, f"{path}/ask", page=path, everybody="y")
    given = send(boss, f"{path}/give/{ben}", perspective="lived")
    assert "Ben leads this session, and is being told." in given
    rows = sa.select(Assignment.person_id).where(Assignment.session_id == meeting)
    assert ben in session.scalars(rows).all()


def test_coordinator_is_told_who_and_when_instead_of_a_clash(
    session: Session, sign_in: SignIn
) -> None:
    boss, peer = sign_in("coordinator"), make_peer(session, "Ama")
    course = make_course(session, title="Sleep well")
    run = make_run(session, course_id=course.id)
    make_assignment(session, make_session(session, run_id=run.id, local_date=DAY).id, peer)
    meeting = make_session(session, local_date=DAY, local_time=time(11)).id
    session.commit()
    said = send(boss, f"/manage/leading/sessions/{meeting}/give/{peer}", perspective="lived")
    assert "Ama leads “Sleep well” then: Thursday 18 February 2027, 10am." in said


def test_coordinator_writes_down_an_answer_and_what_was_checked(
    session: Session, sign_in: SignIn
) -> None:
    boss, peer = sign_in("coordinator"), make_peer(session, "Ama")
    meeting = make_meeting(session, DAY)
    ask = make_ask(session, meeting.id, peer, clock.now())
    student = make_student(session, name="Dora")
    session.commit()
    path = f"/manage/leading/asks/{ask}"
    assert "Ama leads this session." in send(boss, path, perspective="lived")
    assert "No answer is needed any more." in boss.get(path).text
    person = f"/manage/leading/people/{student}"
    assert "Dora is on the way now." in send(boss, person)
    assert "Saved." in send(boss, person, stage="checks")
    assert "does not follow" not in boss.get(person).text
    put = send(boss, f"{person}/record", kind="dbs", valid_to=["14", "2", "2028"])
    assert "It is on record." in put
    assert "until Monday 14 February 2028" in put
    assert "Dora" in boss.get("/manage/leading/people").text


def test_all_about_one_person_stands_on_one_page(session: Session, sign_in: SignIn) -> None:
    boss, peer = sign_in("coordinator"), make_peer(session, "Ama")
    course = make_course(session, title="Sleep well")
    run = make_run(session, course_id=course.id)
    meeting = make_session(session, run_id=run.id, local_date=DAY).id
    make_assignment(session, meeting, peer)
    beginner = make_student(session, name="Dora")
    pathway.begin(session, SYSTEM, beginner)
    session.commit()
    page = boss.get(f"/manage/leading/people/{peer}").text
    heads = re.findall(r"<h2>([^<]+)</h2>", page.split("<main")[1])
    assert heads[:3] == ["What they lead", "On record", "Support"]
    assert f"/manage/leading/sessions/{meeting}" in page
    assert "Sleep well" in page
    assert "DBS check: until" in page
    page = boss.get(f"/manage/leading/people/{beginner}").text
    heads = re.findall(r"<h2>([^<]+)</h2>", page.split("<main")[1])
    assert heads[:3] == ["The steps", "On record", "Support"]
    assert f"/manage/pathway/people/{beginner}/steps/dbs" in page
    assert boss.get(f"/manage/pathway/people/{peer}").status_code == 404


def test_whoever_stopped_goes_on_from_where_they_may_when_they_say_so(
    session: Session, sign_in: SignIn
) -> None:
    boss, peer = sign_in("coordinator"), make_peer(session, "Ama")
    session.commit()
    person = f"/manage/leading/people/{peer}"
    assert "Saved." in send(boss, person, stage="left")
    page = boss.get(person).text
    assert "They stopped on Wednesday 10 February 2027" in page
    assert "Ama is on the way now." in send(boss, person)
    assert session.get_one(Facilitator, peer, populate_existing=True).stage is Stage.INTERESTED


def test_nobody_puts_their_own_checks_on_record(session: Session, sign_in: SignIn) -> None:
    boss = sign_in("coordinator")
    make_peer(session, person_id=me(boss), cleared_to=None)
    session.commit()
    own = f"/manage/leading/people/{me(boss)}"
    assert "Put something on record" not in boss.get(own).text
    assert "Somebody else puts it on record" in send(boss, f"{own}/record", kind="dbs")
    kept = sa.select(sa.func.count()).select_from(Clearance)
    assert session.scalar(kept) == 0


def test_plan_is_written_together_and_nothing_is_lost_when_two_write_at_once(
    session: Session, peer: FlaskClient, sign_in: SignIn
) -> None:
    other = sign_in("facilitator")
    meeting = make_session(session, local_date=DAY)
    for one, perspective in ((peer, LIVED), (other, Perspective.PROFESSIONAL)):
        make_assignment(session, meeting.id, me(one), perspective)
    path = f"/leading/sessions/{meeting.id}"
    session.commit()
    assert "Nothing written yet." in peer.get(path).text
    seen = other.get(f"{path}/plan").text  # both look before either writes
    assert "The plan is kept." in send(peer, f"{path}/plan", words="Tea first", version="0")
    hidden = dict(re.findall(r'name="(csrf_token|form_key|version)"[^>]*value="([^"]+)"', seen))
    refused = other.post(f"{path}/plan", data={**hidden, "words": "Cake first"})
    assert refused.status_code == 422
    assert "Somebody changed the plan while you were writing." in refused.text
    assert "Tea first" in refused.text
    assert "Cake first" in refused.text
    hidden = dict(
        re.findall(r'name="(csrf_token|form_key|version)"[^>]*value="([^"]+)"', refused.text)
    )
    other.post(f"{path}/plan", data={**hidden, "words": "Tea, then cake"})
    assert "Tea, then cake" in peer.get(path).text
    assert "Tea, then cake" in sign_in("coordinator").get(f"/manage{path}").text
    assert sign_in("facilitator").get(f"{path}/plan").status_code == 404


def test_whoever_leads_online_finds_the_link_on_the_page(
    session: Session, peer: FlaskClient
) -> None:
    meeting = make_session(session, local_date=DAY, online_link="https://meet.example/quiet")
    make_assignment(session, meeting.id, me(peer))
    path = f"/leading/sessions/{meeting.id}"
    session.commit()
    assert 'href="https://meet.example/quiet"' in peer.get(path).text
