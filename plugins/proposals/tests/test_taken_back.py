"""Whatever somebody agreed to they can take back, and then nobody acts on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.proposals.models import (
    Agreement,
    Answer,
    CommentKind,
    Contributor,
    Credit,
    Invitation,
    SupportKind,
    SupportPlan,
)
from plugins.proposals.notices import kinds
from plugins.proposals.privacy import SOURCES
from plugins.proposals.services import (
    coming_in,
    commenting,
    going_on,
    joining_two,
    own_part,
    taking_part,
)
from plugins.proposals.services.store import GoneError, load
from plugins.proposals.services.taking_part import Part
from plugins.proposals.states import Perspective, RefusedError, Stage, Why
from plugins.proposals.tests.making import College, actor
from portal.desk.api import close_task
from portal.plugin_api import Recipient

SignIn = Callable[..., FlaskClient]
PART = Part(Perspective.LEARNER, Credit.NONE)


def number(session: Session, model: Any) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_a_yes_to_ending_that_was_taken_back_ends_nothing(
    college: College, session: Session
) -> None:
    one, other = college.person(), college.person()
    row = college.idea(one, other)
    assert not going_on.agree_to_end(session, actor(one), row.id)
    going_on.keep_going(session, actor(one), row.id)
    assert load(session, row.id).state.ending == frozenset()
    assert not going_on.agree_to_end(session, actor(other), row.id)

    assert row.stage is Stage.IDEA
    assert going_on.agree_to_end(session, actor(one), row.id)


def test_whoever_leaves_and_comes_back_has_agreed_to_nothing(
    college: College, session: Session
) -> None:
    one, other = college.person(), college.person()
    row, target = college.idea(one, other), college.idea()
    going_on.agree_to_end(session, actor(one), row.id)
    relation = joining_two.ask(session, actor(one), row.id, target.id)
    joining_two.agree(session, actor(one), relation)
    assert number(session, Agreement) == 2
    (source,) = (one for one in SOURCES if one.table == "proposals_contributor")
    assert source.export(session, one)[0]["said_yes_to"] == f"end, merge:{relation}"
    taking_part.leave(session, actor(one), row.id, one)
    taking_part.join(session, actor(one), row.id, one, PART)

    assert number(session, Agreement) == 0
    assert not going_on.agree_to_end(session, actor(other), row.id)


def test_a_yes_to_ending_an_idea_is_none_when_another_went_into_it(
    college: College, session: Session
) -> None:
    one, other = college.person(), college.person()
    row, target = college.idea(one), college.idea(one, other)
    going_on.agree_to_end(session, actor(one), target.id)
    relation = joining_two.ask(session, actor(one), row.id, target.id)
    for who in (one, other):
        joining_two.agree(session, actor(who), relation)
    assert row.stage is Stage.MERGED

    assert not going_on.agree_to_end(session, actor(other), target.id)
    assert going_on.agree_to_end(session, actor(one), target.id)


def test_those_who_are_left_can_end_it_when_whoever_said_no_has_left(
    college: College, session: Session, sign_in: SignIn
) -> None:
    maker = sign_in()
    who, third = maker.person_id, college.person()  # type: ignore[attr-defined]
    row = college.idea(who, third)
    going_on.agree_to_end(session, actor(who), row.id)
    session.commit()
    address = f"/proposals/{row.ref}"
    assert f"{address}/do/end" not in maker.get(address).text
    taking_part.leave(session, actor(third), row.id, third)
    session.commit()
    assert f"{address}/do/end" in maker.get(address).text
    assert maker.post(f"{address}/do/end").status_code == 303
    session.expire_all()

    assert row.stage is Stage.WITHDRAWN


def test_a_yes_to_joining_two_that_was_taken_back_joins_nothing(
    college: College, session: Session, sign_in: SignIn
) -> None:
    maker, other = sign_in(), college.person()
    who: int = maker.person_id  # type: ignore[attr-defined]
    row, target = college.idea(who), college.idea(other)
    relation = joining_two.ask(session, actor(who), row.id, target.id)
    joining_two.agree(session, actor(who), relation)
    session.commit()
    address = f"/proposals/{row.ref}/join-with/{relation}"
    assert f"{address}/not" in maker.get(f"/proposals/{row.ref}").text
    for _click in range(2):
        assert maker.post(f"{address}/not").status_code == 303
    assert not joining_two.agree(session, actor(other), relation)
    session.commit()
    assert maker.post(address).status_code == 303
    session.expire_all()

    assert row.stage is Stage.MERGED
    session.commit()
    assert maker.post(address).status_code == 303, "a second click finds it done"
    with pytest.raises(GoneError):
        joining_two.take_back(session, actor(other), relation)


def test_those_who_are_left_can_join_two_when_whoever_was_silent_has_left(
    college: College, session: Session, sign_in: SignIn
) -> None:
    maker, other, silent = sign_in(), college.person(), college.person()
    who: int = maker.person_id  # type: ignore[attr-defined]
    row, target = college.idea(who, silent), college.idea(other)
    relation = joining_two.ask(session, actor(who), row.id, target.id)
    for one in (who, other):
        assert not joining_two.agree(session, actor(one), relation)
    session.commit()
    address, said = f"/proposals/{row.ref}", "Everybody who is left has said yes."
    button = f'action="{address}/join-with/{relation}"'
    page = maker.get(address).text
    assert (button in page, said in page) == (False, False)
    taking_part.leave(session, actor(silent), row.id, silent)
    session.commit()
    page = maker.get(address).text
    assert (button in page, said in page) == (True, True)
    assert maker.post(f"{address}/join-with/{relation}").status_code == 303
    session.expire_all()

    assert row.stage is Stage.MERGED


def test_nobody_takes_back_what_another_said(college: College, session: Session) -> None:
    who = college.person()
    row = college.idea(who)
    relation = joining_two.ask(session, actor(who), row.id, college.idea().id)
    joining_two.agree(session, actor(who), relation)
    with pytest.raises(RefusedError) as refused:
        joining_two.take_back(session, actor(college.person()), relation)

    assert refused.value.why is Why.NOT_HERE
    assert number(session, Agreement) == 1


def test_a_wish_to_join_is_taken_back_and_nobody_comes_in(
    college: College, session: Session, sign_in: SignIn
) -> None:
    wishes, maker = sign_in("student"), sign_in()
    row = college.idea(maker.person_id)  # type: ignore[attr-defined]
    who: int = wishes.person_id  # type: ignore[attr-defined]
    coming_in.ask_to_join(session, actor(who), row.id, PART)
    (asked,) = coming_in.waiting(session, row.id)
    session.commit()
    address = f"/proposals/{row.ref}"
    assert f"{address}/join/not" in wishes.get(address).text
    for _click in range(2):
        assert wishes.post(f"{address}/join/not").status_code == 303

    assert maker.post(f"{address}/asked/{asked}/yes").status_code == 404
    assert number(session, Contributor) == 1
    assert number(session, Invitation) == 0
    assert "Ask to take part" in wishes.get(address).text


def test_a_guest_takes_their_name_off_what_they_said(
    college: College, session: Session, sign_in: SignIn
) -> None:
    guest, other, row = sign_in("student"), sign_in("student"), college.open()
    who: int = guest.person_id  # type: ignore[attr-defined]
    kind, moon = CommentKind.COMMENT, "Mooncanary"
    said = commenting.comment(
        session, actor(who), row.id, "idea", kind, "Words", Credit.PSEUDONYM, moon
    )
    session.commit()
    address = f"/proposals/{row.ref}"
    button = f"{address}/said/{said}/without-name"
    assert [button in one.get(address).text for one in (guest, other)] == [True, False]
    assert other.post(button).status_code == 404
    assert moon in other.get(address).text
    for _click in range(2):
        assert guest.post(button).status_code == 303
    page = guest.get(address).text

    assert (moon in page, button in page, "Words" in page) == (False, False, True)


def test_whoever_has_come_in_by_a_link_waits_for_no_answer(
    college: College, session: Session
) -> None:
    who = college.person()
    row, wishes = college.idea(who), college.person()
    coming_in.ask_to_join(session, actor(wishes), row.id, PART)
    coming_in.accept(session, actor(wishes), coming_in.invite(session, actor(who), row.id), PART)

    assert coming_in.waiting(session, row.id) == []


def test_two_who_answer_differently_are_not_both_told_that_they_did(
    college: College, session: Session
) -> None:
    one, other = college.person(), college.person()
    row = college.idea(one, other)
    coming_in.ask_to_join(session, actor(college.person()), row.id, PART)
    (asked,) = coming_in.waiting(session, row.id)
    for _click in range(2):
        coming_in.answer_asked(session, actor(one), row.id, asked, Answer.YES)
    with pytest.raises(RefusedError) as refused:
        coming_in.answer_asked(session, actor(other), row.id, asked, Answer.NO)

    assert refused.value.why is Why.ANSWERED
    assert number(session, Contributor) == 3


def test_whoever_leaves_is_rung_by_nobody_about_support(college: College, session: Session) -> None:
    who = college.person()
    row = college.idea(who, college.person())
    own_part.ask_for_support(session, actor(who), row.id, SupportKind.TALKING, "Quillcanary")
    plan = session.scalars(sa.select(SupportPlan.id)).one()
    taking_part.leave(session, actor(who), row.id, who)

    assert number(session, SupportPlan) == 0
    assert not close_task(session, f"proposals:support:{plan}"), "it is closed already"
    with pytest.raises(RefusedError):
        own_part.ask_for_support(session, actor(who), row.id, SupportKind.TALKING, "")


def test_whoever_has_left_is_sent_nothing_that_was_meant_for_makers(
    app: Any, college: College, session: Session
) -> None:
    stays, leaves = college.person(), college.person()
    row = college.idea(stays, leaves)
    taking_part.leave(session, actor(leaves), row.id, leaves)
    session.commit()
    (kind,) = (one for one in kinds() if one.purpose == "proposals:yes_needed")
    with app.test_request_context():
        said = [
            kind.compose(session, Recipient(who, "Sam", ""), {"proposal": row.id})
            for who in (stays, leaves)
        ]

    assert [one is None for one in said] == [False, True]
