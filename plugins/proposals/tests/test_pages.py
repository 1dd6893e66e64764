"""The pages, as people go through them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.proposals.models import CommentKind, Contributor, Credit, Draft, Proposal, Version
from plugins.proposals.services import commenting, going_on, judging, taking_part, writing
from plugins.proposals.services.taking_part import Part
from plugins.proposals.states import Perspective, Stage
from plugins.proposals.tests.making import College, actor
from portal.courses.api import courses_by_ids
from portal.plugin_api import db

SignIn = Callable[..., FlaskClient]
PART = {"perspective": "lived", "credit": "pseudonym", "pseudonym": "Heron", "agreed": "y"}


@contextmanager
def counted(app: Any) -> Iterator[list[str]]:
    """Every statement that is sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def key(text: str) -> str:
    found = re.search(r'name="form_key"[^>]*value="([^"]+)"', text)
    assert found is not None
    return found[1]


def test_an_idea_begins_with_one_question(
    session: Session, sign_in: SignIn, client: FlaskClient
) -> None:
    student = sign_in("student")
    asked = student.post("/proposals/start", data={"words": "How to rest"}).text
    assert "How to rest" in asked
    assert "never out of pocket" in asked
    form = {**PART, "words": "How to rest", "form_key": key(asked)}
    begun = student.post("/proposals/start/part", data=form)
    again = student.post("/proposals/start/part", data=form)

    assert begun.status_code == 303
    assert again.location == begun.location
    assert session.scalar(sa.select(sa.func.count(Proposal.id))) == 1
    page = student.get(begun.location).text
    assert "Heron" in page
    assert client.get(begun.location).status_code == 404, "an idea is not for everybody yet"


def test_nothing_begins_without_a_yes(session: Session, sign_in: SignIn) -> None:
    form = {**PART, "words": "How to rest", "agreed": ""}
    answer = sign_in("student").post("/proposals/start/part", data=form)

    assert answer.status_code == 422
    assert "How to rest" in answer.text
    assert session.scalar(sa.select(sa.func.count(Proposal.id))) == 0


def test_a_coordinator_writes_it_down_for_somebody_without_a_login(
    session: Session, sign_in: SignIn
) -> None:
    form = {**PART, "name": "Wren", "words": "Singing", "how": "phone", "credit": "name"}
    made = sign_in("coordinator").post("/proposals/with-somebody/new", data=form)

    assert made.status_code == 303
    part = session.scalars(sa.select(Contributor)).one()
    assert part.agreed_how == "phone"
    assert part.person_id is not None


def test_somebody_asks_to_join_and_is_welcomed(
    college: College, session: Session, sign_in: SignIn
) -> None:
    lead, helper = sign_in("student"), sign_in("student")
    row = college.idea(lead.person_id)  # type: ignore[attr-defined]
    session.commit()
    helper.post(f"/proposals/{row.ref}/join", data={**PART, "perspective": "subject"})
    assert "You have asked to join" in helper.get(f"/proposals/{row.ref}").text
    page = lead.get(f"/proposals/{row.ref}").text
    found = re.search(r"/asked/(\d+)/yes", page)
    assert found is not None
    lead.post(f"/proposals/{row.ref}/asked/{found[1]}/yes")

    assert "Write here" in helper.get(f"/proposals/{row.ref}").text


def test_an_invitation_lets_one_in_once(
    college: College, session: Session, sign_in: SignIn
) -> None:
    lead, one, other = sign_in(), sign_in(), sign_in()
    row = college.idea(lead.person_id)  # type: ignore[attr-defined]
    session.commit()
    page = lead.post(f"/proposals/{row.ref}/invite").text
    found = re.search(r"(/proposals/invited/[\w-]+)", page)
    assert found is not None

    assert one.post(found[1], data=PART).status_code == 303
    assert other.post(found[1], data=PART).status_code == 404
    assert session.scalar(sa.select(sa.func.count(Contributor.id))) == 2


def test_two_save_the_same_section_and_both_texts_are_there(
    college: College, session: Session, sign_in: SignIn
) -> None:
    one, other = sign_in(), sign_in()
    row = college.idea(one.person_id, other.person_id)  # type: ignore[attr-defined]
    session.commit()
    address = f"/proposals/{row.ref}/write/why"
    assert one.get(address).status_code == other.get(address).status_code == 200
    first = one.post(address, data={"words": "What Ash wrote", "base": "1", "keep": "y"})
    second = other.post(address, data={"words": "What Bo wrote", "base": "1", "keep": "y"})

    assert first.location.endswith(f"/proposals/{row.ref}#why")
    assert second.location.endswith("/write/why/both/3")
    both = other.get(second.location).text
    page = one.get(f"/proposals/{row.ref}").text
    for words in ("What Ash wrote", "What Bo wrote"):
        assert words in both or words.split()[1] in both
        assert words in page


def test_what_is_typed_waits_for_whoever_typed_it(
    college: College, session: Session, sign_in: SignIn
) -> None:
    one, other = sign_in(), sign_in()
    row = college.idea(one.person_id, other.person_id)  # type: ignore[attr-defined]
    session.commit()
    typed = {"words": "Half a sent", "base": "1"}
    assert one.post(f"/proposals/{row.ref}/typing/why", data=typed).status_code == 204

    assert "Half a sent" in one.get(f"/proposals/{row.ref}/write/why").text
    assert "Half a sent" not in other.get(f"/proposals/{row.ref}/write/why").text
    one.post(f"/proposals/{row.ref}/write/why", data={**typed, "keep": "y"})
    assert session.scalar(sa.select(sa.func.count()).select_from(Draft)) == 0


def test_preview_keeps_nothing(college: College, session: Session, sign_in: SignIn) -> None:
    one = sign_in()
    row = college.idea(one.person_id)  # type: ignore[attr-defined]
    session.commit()
    page = one.post(
        f"/proposals/{row.ref}/write/why",
        data={"words": "It is **loud**", "base": "1", "preview": "y"},
    )

    assert page.status_code == 200
    assert "<strong>loud</strong>" in page.text
    assert session.scalar(sa.select(sa.func.count(Version.id))) == 1


def test_a_second_click_takes_no_second_step(
    college: College, session: Session, sign_in: SignIn
) -> None:
    one = sign_in()
    row = college.idea(one.person_id, college.person())  # type: ignore[attr-defined]
    session.commit()
    for _click in range(2):
        assert one.post(f"/proposals/{row.ref}/do/draft").status_code == 303
    session.expire_all()

    assert row.stage is Stage.DRAFTING


def test_what_people_bring_is_for_those_who_make_it(
    college: College, session: Session, sign_in: SignIn, client: FlaskClient
) -> None:
    maker, reader = sign_in(), sign_in()
    row = college.open(maker.person_id, college.person())  # type: ignore[attr-defined]
    session.commit()

    assert "Lived experience" in maker.get(f"/proposals/{row.ref}").text
    for other in (reader, client):
        assert "Lived experience" not in other.get(f"/proposals/{row.ref}").text


def test_interests_come_before_the_text(
    college: College, session: Session, sign_in: SignIn
) -> None:
    row = college.open(stage=Stage.REVIEW)
    session.commit()
    reviewer = sign_in("contributor")
    early = reviewer.get(f"/proposals/{row.ref}/look")
    assert early.location.endswith("/interests")
    reviewer.post(f"/proposals/{row.ref}/interests", data={"perspective": "lived"})
    page = reviewer.get(f"/proposals/{row.ref}/look")
    assert "What do you see?" in page.text
    answers = {f"band{n}": "2" for n in range(5)} | {"version": "1"}
    assert reviewer.post(f"/proposals/{row.ref}/look", data=answers).status_code == 303
    assert "You have said what you see" in reviewer.get("/proposals/to-look-at").text


def test_where_the_sides_differ_no_answer_is_offered(
    college: College, session: Session, sign_in: SignIn
) -> None:
    row = college.reviewed(3, 3, 1, 2)
    form = {"outcome": "adopted", "topic": str(college.topic)}
    session.commit()
    chair = sign_in("co_chair")
    page = chair.get(f"/proposals/{row.ref}/decide").text
    assert "First a conversation" in page
    assert 'name="outcome"' not in page
    forced = chair.post(f"/proposals/{row.ref}/decide", data=form)
    assert forced.status_code == 422
    session.expire_all()
    assert row.stage is Stage.REVIEW


def test_a_yes_becomes_a_course_with_its_story(
    college: College, session: Session, sign_in: SignIn, client: FlaskClient
) -> None:
    row = college.reviewed()
    form = {"outcome": "adopted", "topic": str(college.topic)}
    session.commit()
    sign_in("co_chair").post(f"/proposals/{row.ref}/decide", data=form)
    session.expire_all()

    assert row.stage is Stage.ADOPTED
    assert row.course_id is not None
    course = courses_by_ids(session, [row.course_id])[row.course_id]
    assert (course.title, course.state) == (row.title, "co_production")
    page = client.get(course.url).text
    assert "Somebody had the idea" in page
    assert f"/proposals/{row.ref}" in page


def test_a_course_that_cannot_be_begun_leaves_no_decision(
    college: College, session: Session, sign_in: SignIn
) -> None:
    row = college.reviewed()
    session.commit()
    wrong = judging.Decision(Stage.ADOPTED, topic_id=999_999)
    with pytest.raises(Exception, match="topic"):
        judging.decide(session, actor(college.person()), row.id, wrong)
    session.rollback()

    assert row.stage is Stage.REVIEW
    assert judging.verdict_of(session, row.id).decides


def test_lists_ask_the_same_number_of_questions_for_one_and_for_many(
    app: Any, college: College, session: Session, sign_in: SignIn
) -> None:
    student = sign_in("student")
    college.idea()
    session.commit()
    with counted(app) as few:
        assert student.get("/proposals/").status_code == 200
    for n in range(25):
        college.idea(title=f"Idea {n}")
    session.commit()
    with counted(app) as many:
        page = student.get("/proposals/").text

    assert page.count("rc-card--link") == 20
    assert len(many) == len(few) <= 5, many


def test_a_long_workspace_is_one_page_of_few_questions(
    app: Any, college: College, session: Session, sign_in: SignIn
) -> None:
    maker = sign_in()
    who = maker.person_id  # type: ignore[attr-defined]
    row = college.open(who, college.person())
    for n in range(50):
        writing.keep(session, actor(who), row.id, who, "why", f"Text {n}", base=row.version)
    for n in range(200):
        kind = CommentKind.COMMENT
        commenting.comment(session, actor(who), row.id, "idea", kind, f"Remark {n}")
    session.commit()
    with counted(app) as sent:
        page = maker.get(f"/proposals/{row.ref}").text

    assert "Remark 199" in page
    assert len(sent) <= 12, sent


def test_pages_of_the_list_lead_on_and_back(
    college: College, session: Session, sign_in: SignIn
) -> None:
    for n in range(45):
        college.idea(title=f"Idea number {n:02}")
    session.commit()
    student, seen, address = sign_in(), [], "/proposals/"
    while address:
        page = student.get(address).text
        seen += re.findall(r">Idea number (\d\d)<", page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    back = re.search(r'href="([^"]+)" rel="prev"', page)

    assert seen == [f"{n:02}" for n in reversed(range(45))]
    assert back is not None
    assert "Idea number 24" in student.get(back[1].replace("&amp;", "&")).text


def test_search_finds_words_in_any_order(
    college: College, session: Session, sign_in: SignIn
) -> None:
    college.idea(title="Sleeping in a noisy house")
    college.idea(title="Cooking for one")
    session.commit()
    page = sign_in().get("/proposals/?q=HOUSE+sleeping").text

    assert "Sleeping in a noisy house" in page
    assert "Cooking for one" not in page
    assert "No idea fits" in sign_in().get("/proposals/?q=xyzzy").text


def test_signs_in_a_search_stand_for_themselves(
    college: College, session: Session, sign_in: SignIn
) -> None:
    for title in ("Rest 100% of the day", "Walk a/b", "Cooking for one"):
        college.idea(title=title)
    session.commit()
    student = sign_in()
    found = {sign: student.get("/proposals/", query_string={"q": sign}).text for sign in "%_/"}

    assert ["Rest 100%" in found[sign] for sign in "%_/"] == [True, False, False]
    assert ["Walk a/b" in found[sign] for sign in "%_/"] == [False, False, True]
    assert all("Cooking for one" not in page for page in found.values())


def test_any_idea_can_be_found_to_join_with(
    college: College, session: Session, sign_in: SignIn
) -> None:
    maker = sign_in()
    row = college.idea(maker.person_id, title="Cooking for one")  # type: ignore[attr-defined]
    old = college.idea(title="Cooking alone")
    for n in range(21):
        college.idea(title=f"Idea {n}")
    session.commit()
    address = f"/proposals/{row.ref}/join-with"
    assert "Cooking alone" not in maker.get(address).text
    assert "Cooking alone" in maker.get(f"{address}?q=alone").text
    asked = maker.post(f"{address}?q=alone", data={"target": str(old.id)})

    assert asked.status_code == 303
    assert "Asked on" in maker.get(f"/proposals/{row.ref}").text


def test_more_time_costs_a_click_and_no_reason(
    college: College, session: Session, sign_in: SignIn
) -> None:
    maker = sign_in()
    row = college.open(maker.person_id, college.person())  # type: ignore[attr-defined]
    session.commit()
    before = row.until
    assert before is not None
    maker.post(f"/proposals/{row.ref}/do/more-time")
    session.expire_all()

    assert row.until is not None
    assert (row.until - before).days == 14


def test_after_a_not_now_there_is_more_than_an_appeal(
    college: College, session: Session, sign_in: SignIn
) -> None:
    maker = sign_in()
    row = college.decided(Stage.NOT_NOW, people=(maker.person_id, college.person()))  # type: ignore[attr-defined]
    session.commit()
    page = maker.get(f"/proposals/{row.ref}").text
    assert "Ask that different people look again" in page
    assert f"/proposals/{row.ref}/do/again" in page
    version = row.version
    assert maker.post(f"/proposals/{row.ref}/do/again").status_code == 303
    session.expire_all()

    assert (row.stage, row.version) == (Stage.DRAFTING, version + 1)
    page = maker.get(f"/proposals/{row.ref}").text
    assert "There is no room yet" in page
    assert f"({version + 1})" in page


def test_a_paused_idea_goes_on_where_it_was(college: College, session: Session) -> None:
    who = college.person()
    row = college.open(who, college.person())
    stages = []
    for step in (going_on.pause, going_on.resume):
        step(session, actor(who), row.id)
        stages.append(row.stage)

    assert stages == [Stage.PAUSED, Stage.OPEN]


def test_a_person_without_a_name_is_thanked_without_one(
    college: College, session: Session, client: FlaskClient
) -> None:
    row = college.open()
    part = Part(Perspective.LEARNER, Credit.NONE)
    who = college.person("Quillcanary")
    taking_part.join(session, actor(who), row.id, who, part)
    session.commit()
    page = client.get(f"/proposals/{row.ref}").text

    assert "A contributor" in page
    assert "Quillcanary" not in page


def test_two_at_the_same_instant_lose_nothing(
    college: College, session: Session, sign_in: SignIn
) -> None:
    people = [sign_in() for _ in range(4)]
    row = college.idea(*(one.person_id for one in people))  # type: ignore[attr-defined]
    session.commit()
    together = Barrier(len(people))

    def keep(number: int) -> int:
        together.wait(timeout=30)
        form = {"words": f"What person {number} wrote", "base": "1", "keep": "y"}
        return people[number].post(f"/proposals/{row.ref}/write/why", data=form).status_code

    with ThreadPoolExecutor(len(people)) as pool:
        statuses = list(pool.map(keep, range(len(people))))
    page = people[0].get(f"/proposals/{row.ref}").text

    assert statuses == [303] * len(people)
    assert all(f"What person {number} wrote" in page for number in range(len(people)))
    assert session.scalar(sa.select(sa.func.count(Version.id))) == 1 + len(people)
