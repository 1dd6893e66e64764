"""Where the rest of the portal shows ideas: "My page", search, what people gave; and what they are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.proposals.notices import kinds
from plugins.proposals.services import going_on, joining_two, judging, writing
from plugins.proposals.services.store import GoneError, load
from plugins.proposals.states import Stage, Why
from plugins.proposals.tests.making import College, actor
from plugins.proposals.words import NEXT, REFUSALS, STAGES
from portal.desk.api import had_task
from portal.messages.api import known_keys
from portal.plugin_api import SYSTEM, now

SignIn = Callable[..., FlaskClient]


def test_my_page_search_and_what_one_gave_show_an_idea(
    college: College, session: Session, sign_in: SignIn
) -> None:
    maker, other = sign_in(), sign_in()
    college.idea(maker.person_id)  # type: ignore[attr-defined]
    session.commit()

    assert "Ideas you are making" in maker.get("/me").text
    assert "Ideas you are making" not in other.get("/me").text
    assert "Sleeping in a noisy house" in other.get("/search?q=noisy").text
    assert "Sleeping in a noisy house" in maker.get("/me/contributions").text
    assert "Making courses with others" in maker.get("/me/data/agreed").text


def test_a_visitor_finds_no_idea_that_is_not_open_yet(
    college: College, session: Session, client: FlaskClient
) -> None:
    row = college.idea()
    session.commit()

    assert row.title not in client.get("/search?q=noisy").text
    assert row.title not in client.get("/proposals/").text


def test_people_are_told_what_needs_them_and_nothing_else(
    college: College, session: Session
) -> None:
    lead, helper = college.person(), college.person()
    row, other = college.idea(lead, helper), college.idea()
    writing.keep(session, actor(lead), row.id, lead, "why", "New words", base=1)
    going_on.take_step(session, actor(lead), row.id)
    relation = joining_two.ask(session, actor(lead), row.id, other.id)
    told = f"proposals:{row.id}:merge:{relation}"

    assert known_keys(session, [f"{told}:{lead}", f"{told}:{helper}"]) == {f"{told}:{helper}"}


def test_a_new_version_asks_reviewers_to_look_again(college: College, session: Session) -> None:
    lead = college.person()
    row = college.reviewed(people=(lead, college.person()))
    reviewers = [one.person_id for one in load(session, row.id).reviews]
    writing.keep(session, actor(lead), row.id, lead, "why", "New words", base=row.version)
    keys = [f"proposals:{row.id}:v{row.version}:{one}" for one in reviewers]

    assert known_keys(session, keys) == set(keys)


def test_where_the_sides_differ_the_desk_arranges_a_conversation(
    college: College, session: Session
) -> None:
    row = college.reviewed(3, 3, 1, 1)

    assert had_task(session, f"proposals:conversation:{row.id}")
    assert not had_task(session, f"proposals:conversation:{college.reviewed().id}")


def test_reviewers_are_asked_to_look_again_once_it_was_talked_over(
    college: College, session: Session
) -> None:
    row = college.reviewed(3, 3, 1, 1)
    reviewers = [one.person_id for one in load(session, row.id).reviews]
    with time_machine.travel(now(), tick=False):
        judging.converse(session, SYSTEM, row.id)
        judging.end_conversation(session, SYSTEM, row.id, "We spoke")
        told = f"proposals:{row.id}:talked:v{row.version}:{now():%Y%m%d%H%M}"
    keys = [f"{told}:{one}" for one in reviewers]

    assert known_keys(session, keys) == set(keys)


def test_silence_makes_a_link_and_no_merge(college: College, session: Session) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        lead = college.person()
        row, other = college.idea(lead), college.idea()
        relation = joining_two.ask(session, actor(lead), row.id, other.id)
        joining_two.agree(session, actor(lead), relation)
        clock.shift(timedelta(days=28))
        assert going_on.follow_time(session) == 1
        with pytest.raises(GoneError):
            joining_two.agree(session, actor(lead), relation)

    assert {row.stage, other.stage} == {Stage.IDEA}


def test_every_kind_of_notice_has_words(app: object) -> None:
    assert len(kinds()) == len({kind.purpose for kind in kinds()})
    assert all("%(" not in str(kind.subject) for kind in kinds())


def test_every_stage_and_refusal_has_words() -> None:
    assert set(STAGES) == set(NEXT) == set(Stage)
    assert set(REFUSALS) == set(Why)
