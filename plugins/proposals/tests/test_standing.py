"""Where an idea stands: what a rest costs (nothing), who may come in, what strangers see meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.proposals.models import Credit, Outcome, Proposal
from plugins.proposals.notices import task_kinds
from plugins.proposals.policies import COMMENT_DAYS, CRITERIA, REVIEWS, SILENCE_DAYS, STANDARD
from plugins.proposals.queries import ladder
from plugins.proposals.queries.judged import waiting
from plugins.proposals.services import (
    going_on,
    joining_two,
    judging,
    own_part,
    taking_part,
)
from plugins.proposals.services.importing import add_ideas
from plugins.proposals.services.store import load
from plugins.proposals.services.taking_part import Part
from plugins.proposals.states import OVER, Group, Perspective, Stage
from plugins.proposals.tests.making import REVIEWERS, College, actor
from plugins.proposals.tests.test_pages import PART
from plugins.proposals.words import GROUP_NAMES
from portal.plugin_api import TaskInfo, now

SignIn = Callable[..., FlaskClient]
DRAFTED = "Mooncanary"


@pytest.mark.parametrize("how", ["rest", "talk", "steward"])
def test_nothing_that_happens_in_review_costs_the_place(
    college: College, session: Session, how: str
) -> None:
    start = now()
    with time_machine.travel(start, tick=False) as clock:
        who = college.person()
        bands = (3, 3, 1, 1) if how == "talk" else (2, 2, 2, 2)
        first = college.reviewed(*bands, people=(who, college.person()))
        clock.shift(timedelta(hours=1))
        second = college.reviewed()
        clock.shift(timedelta(hours=1))
        if how == "rest":
            going_on.pause(session, actor(who), first.id)
            going_on.resume(session, actor(who), first.id)
        elif how == "talk":
            judging.converse(session, actor(who), first.id)
            judging.end_conversation(session, actor(who), first.id, "We spoke")
        else:
            for one in load(session, first.id).state.active:
                taking_part.leave(session, actor(one.person_id or 0), first.id, one.person_id or 0)
            assert first.stage is Stage.STEWARD
            part = Part(Perspective.LIVED, Credit.NONE)
            taking_part.join(session, actor(who), first.id, who, part)
        found = waiting(session, actor(college.person()), STANDARD)

    assert [one.ref for one in found] == [first.ref, second.ref]
    assert found[0].since == start


@pytest.mark.parametrize("days", [0, 1, 40])
def test_no_day_for_comments_is_lost_by_a_rest(
    college: College, session: Session, days: int
) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        who = college.person()
        row = college.open(who, college.person())
        before = row.until
        assert before is not None
        clock.shift(timedelta(days=3))
        going_on.pause(session, actor(who), row.id)
        clock.shift(timedelta(days=days))
        going_on.resume(session, actor(who), row.id)

    assert row.until is not None
    assert (row.until - before).days == days


def test_what_the_desk_is_to_do_waits_while_it_rests(
    app: Any, college: College, session: Session
) -> None:
    who = college.person()
    row = college.reviewed(3, 3, 1, 1, people=(who, college.person()))
    (kind,) = (one for one in task_kinds() if one.kind == "proposals:conversation")
    assert kind.brief is not None
    with app.test_request_context():
        for step in (going_on.pause, going_on.resume, going_on.agree_to_end):
            step(session, actor(who), row.id)
            assert kind.brief(session, task(row)) is not None
        row.stage = Stage.ADOPTED
        assert kind.brief(session, task(row)) is None


def task(row: Proposal) -> TaskInfo:
    at = now()
    return TaskInfo(
        id=1,
        kind="",
        key="",
        person_id=None,
        about={"proposal": row.id},
        due=at.date(),
        opened_at=at,
        tries=0,
    )


@pytest.mark.parametrize("stage", sorted(set(Stage) - OVER))
def test_somebody_can_always_come_in_until_it_is_over(
    college: College, session: Session, sign_in: SignIn, stage: Stage
) -> None:
    """Also where the last one left: no idea is out of everybody's reach."""
    newcomer, who = sign_in("student"), college.person()
    row = college.idea(who)
    taking_part.leave(session, actor(who), row.id, who)
    row.stage, row.back_to = stage, Stage.IDEA
    session.commit()
    address = f"/proposals/{row.ref}/join"
    assert address in newcomer.get(f"/proposals/{row.ref}").text
    assert newcomer.get(address).status_code == 200
    assert newcomer.post(address, data=PART).status_code == 303

    assert "Leave this idea" in newcomer.get(f"/proposals/{row.ref}").text


@pytest.mark.parametrize("stage", sorted(OVER))
def test_nobody_comes_in_once_it_is_over(
    college: College, session: Session, sign_in: SignIn, stage: Stage
) -> None:
    row = college.idea()
    row.stage = stage
    session.commit()
    newcomer = sign_in("student")

    assert f"/proposals/{row.ref}/join" not in newcomer.get(f"/proposals/{row.ref}").text
    assert newcomer.get(f"/proposals/{row.ref}/join").status_code == 404


def test_an_appeal_is_of_the_last_answer_alone(
    college: College, session: Session, sign_in: SignIn
) -> None:
    maker, other, chair = college.person(), college.person(), college.person()
    row = college.decided(Stage.NOT_NOW, people=(maker, other))
    going_on.write_again(session, actor(maker), row.id)
    while row.stage is not Stage.REVIEW:
        going_on.take_step(session, actor(maker), row.id)
    for perspective in REVIEWERS:
        who = college.person()
        judging.declare(session, actor(who), row.id, perspective, interests="", employer="")
        judging.review(session, actor(who), row.id, dict.fromkeys(STANDARD, (1, "")))
    judging.decide(session, actor(chair), row.id, college.decision(Stage.NOT_NOW))
    judging.appeal(session, actor(maker), row.id, "Please look again")
    session.commit()
    rows = session.execute(
        sa.select(Outcome.appealed_at, Outcome.appeal).order_by(Outcome.id)
    ).all()
    session.commit()

    assert [(at is None, words) for at, words in rows] == [(True, ""), (False, "Please look again")]
    page = sign_in("student").get(f"/proposals/{row.ref}").text
    assert page.count("Different people were asked to look again.") == 1


@pytest.mark.parametrize(
    ("stage", "seen"), [(Stage.IDEA, 404), (Stage.DRAFTING, 404), (Stage.OPEN, 200)]
)
def test_joining_two_opens_neither_for_everybody(
    college: College,
    session: Session,
    client: FlaskClient,
    sign_in: SignIn,
    stage: Stage,
    seen: int,
) -> None:
    one, other = college.person(), college.person()
    row = college.idea(one, other, title=DRAFTED)
    while row.stage is not stage:
        going_on.take_step(session, actor(one), row.id)
    target = college.open(one, other)
    relation = joining_two.ask(session, actor(one), row.id, target.id)
    session.commit()
    assert (DRAFTED in client.get(f"/proposals/{target.ref}").text) is (seen == 200)
    joining_two.agree(session, actor(one), relation)
    assert joining_two.agree(session, actor(other), relation)
    session.commit()
    assert row.stage is Stage.MERGED

    assert client.get(f"/proposals/{row.ref}").status_code == seen
    for address in ("/proposals/", f"/proposals/{target.ref}", f"/search?q={DRAFTED}"):
        assert (f"/proposals/{row.ref}" in client.get(address).text) is (seen == 200), address
    reader = sign_in("student")
    assert DRAFTED in reader.get(f"/proposals/{target.ref}").text
    assert reader.get(f"/proposals/{row.ref}").status_code == 200


def test_pages_name_the_numbers_that_the_college_has_set(
    college: College, session: Session, sign_in: SignIn
) -> None:
    maker = sign_in()
    row = college.idea(maker.person_id)  # type: ignore[attr-defined]
    session.commit()
    assert "within 28 days" in maker.get(f"/proposals/{row.ref}/join-with").text
    about = maker.get("/proposals/how-it-works").text
    assert "for 14 days or longer" in about
    assert "At least 2 people" in about
    for key, value in ((COMMENT_DAYS, 21), (REVIEWS, 1), (SILENCE_DAYS, 7)):
        college.set(key, value)
    session.commit()

    about = maker.get("/proposals/how-it-works").text
    assert "for 21 days or longer" in about
    assert "At least one person" in about
    assert "within 7 days" in maker.get(f"/proposals/{row.ref}/join-with").text


def test_reviews_of_other_questions_decide_nothing(
    college: College, session: Session, sign_in: SignIn
) -> None:
    chair, row = sign_in("co_chair"), college.reviewed()
    assert judging.verdict_of(session, row.id).decides
    college.set(CRITERIA, "Is it kind?; Is it true?")
    session.commit()

    assert not judging.verdict_of(session, row.id).enough
    session.commit()
    assert "A decision can be made once" in chair.get(f"/proposals/{row.ref}/decide").text
    assert "or of other questions" in chair.get(f"/proposals/{row.ref}/what-they-see").text
    assert f"{GROUP_NAMES[Group.EXPERIENCE]}: 0" in chair.get("/proposals/to-look-at").text


def test_whoever_takes_up_an_idea_from_a_box_says_how_it_is_made(
    college: College, session: Session
) -> None:
    add_ideas(session, ["More walks"])
    row = session.scalars(sa.select(Proposal)).one()
    lead, other = college.person(), college.person()
    for who, rung in ((lead, 5), (other, 2)):
        taking_part.join(session, actor(who), row.id, who, Part(Perspective.LIVED, Credit.NONE))
        own_part.rate(session, actor(who), row.id, rung)

    assert ladder.seen(session, row.id).declared == 5


@pytest.mark.parametrize(
    ("rungs", "shown"),
    [((2, 4), 0), ((1, 4, 5), 4), ((2, 2, 3, 3), 2), ((3, 3, 4, 4), 3), ((1, 1, 5, 5), 1)],
)
def test_the_ladder_shows_the_middle_of_three_or_more_of_lived_experience(
    college: College, session: Session, rungs: tuple[int, ...], shown: int
) -> None:
    lead, learner = college.person(), college.person()
    row = college.idea(lead, learner, perspectives=[Perspective.LIVED, Perspective.LEARNER])
    for who, rung in ((lead, 5), (learner, 5)):
        own_part.rate(session, actor(who), row.id, rung)
    for rung in rungs:
        who = college.person()
        taking_part.join(session, actor(who), row.id, who, Part(Perspective.LIVED, Credit.NONE))
        own_part.rate(session, actor(who), row.id, rung)

    seen = ladder.seen(session, row.id)
    assert (seen.declared, seen.rated) == (5, shown)
