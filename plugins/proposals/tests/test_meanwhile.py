"""Between a page and its button: the text changes, the idea moves, somebody clicks twice. No words go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.proposals.models import Answer, CommentKind, Draft, Outcome, Version
from plugins.proposals.services import commenting, going_on, judging, writing
from plugins.proposals.services.store import load, rules_of
from plugins.proposals.states import Perspective, RefusedError, Stage, Why, verdict
from plugins.proposals.tests.making import College, actor

SignIn = Callable[..., FlaskClient]
TYPED = "Quillcanary, and the rest of it"
BANDS = {f"band{n}": "2" for n in range(5)}


def me(client: FlaskClient) -> int:
    found: int = client.person_id  # type: ignore[attr-defined]
    return found


def number(session: Session, model: Any) -> int:
    session.expire_all()
    found = session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
    session.commit()  # or others would wait for this transaction
    return found


# A review is of the text that was read


@pytest.fixture
def reviewer(sign_in: SignIn) -> FlaskClient:
    return sign_in("contributor")


def test_a_review_of_a_text_that_changed_meanwhile_is_not_taken_for_the_new_one(
    college: College, session: Session, reviewer: FlaskClient
) -> None:
    lead = college.person()
    row = college.open(lead, college.person(), stage=Stage.REVIEW)
    session.commit()
    address = f"/proposals/{row.ref}/look"
    reviewer.post(f"/proposals/{row.ref}/interests", data={"perspective": "lived"})
    assert f'name="version" type="hidden" value="{row.version}"' in reviewer.get(address).text
    form = {**BANDS, "words0": TYPED, "version": str(row.version)}
    writing.keep(session, actor(lead), row.id, lead, "why", "A new reason", base=row.version)
    session.commit()
    refused = reviewer.post(address, data=form)

    assert (refused.status_code, TYPED in refused.text) == (422, True)
    assert "The text has changed since you opened it" in refused.text
    assert "A new reason" in refused.text
    assert f'name="version" type="hidden" value="{row.version}"' in refused.text
    assert load(session, row.id).reviews == []
    session.commit()
    assert reviewer.post(address, data={**form, "version": str(row.version)}).status_code == 303


def test_nobody_stands_by_a_review_for_a_text_that_they_have_not_seen(
    college: College, session: Session, reviewer: FlaskClient
) -> None:
    lead = college.person()
    row = college.open(lead, college.person(), stage=Stage.REVIEW)
    college.review(row, me(reviewer), Perspective.LIVED, 2)
    for words in ("Second", "Third"):
        writing.keep(session, actor(lead), row.id, lead, "why", words, base=row.version)
    session.commit()
    address = f"/proposals/{row.ref}/look"
    assert f'name="version" value="{row.version}"' in reviewer.get(address).text
    seen = str(row.version - 1)
    assert reviewer.post(f"{address}/same", data={"version": seen}).status_code == 422
    assert reviewer.post(f"{address}/same").status_code == 422
    (review,) = load(session, row.id).state.reviews
    assert review.confirmed == 1
    session.commit()
    good = reviewer.post(f"{address}/same", data={"version": str(row.version)})

    assert good.status_code == 303
    (review,) = load(session, row.id).state.reviews
    assert review.confirmed == row.version


def test_another_name_is_another_version(college: College, session: Session) -> None:
    lead = college.person()
    row = college.reviewed(people=(lead, college.person()))
    before = verdict(load(session, row.id).state, rules_of(session))
    for _click in range(2):
        writing.rename(session, actor(lead), row.id, "Sleeping anywhere")
    after = verdict(load(session, row.id).state, rules_of(session))
    texts = session.scalars(sa.select(Version.texts).order_by(Version.number)).all()

    assert (before.decides, after.decides) == (True, False)
    assert [one["name"] for one in texts] == ["Sleeping in a noisy house", "Sleeping anywhere"]
    assert len(set(session.scalars(sa.select(Version.digest)))) == 2


def test_the_page_of_what_changed_tells_of_another_name(
    college: College, session: Session, sign_in: SignIn
) -> None:
    maker = sign_in()
    row = college.idea(me(maker))
    writing.rename(session, actor(me(maker)), row.id, "Sleeping in a quiet house")
    session.commit()
    page = maker.get(f"/proposals/{row.ref}/versions/1/2").text

    assert "Its name" in page
    assert "<ins>quiet</ins>" in page


# What is typed while the idea moves on


def rest(session: Session, row: Any, who: int) -> None:
    going_on.pause(session, actor(who), row.id)
    session.commit()


@pytest.mark.parametrize(
    ("end", "form"),
    [
        ("write/why", {"words": TYPED, "base": "1", "keep": "y"}),
        ("say/idea", {"words": TYPED, "kind": "comment"}),
        ("name", {"title": TYPED}),
        ("appeal", {"words": TYPED}),
    ],
)
def test_makers_keep_what_they_typed_while_another_let_it_rest(
    college: College, session: Session, sign_in: SignIn, end: str, form: dict[str, str]
) -> None:
    maker, other = sign_in(), college.person()
    row = college.open(me(maker), other)
    rest(session, row, other)
    answer = maker.post(f"/proposals/{row.ref}/{end}", data=form)

    assert (answer.status_code, TYPED in answer.text) == (422, True)
    assert "It stands somewhere else by now" in answer.text


def test_what_is_being_typed_is_kept_while_it_rests(
    college: College, session: Session, sign_in: SignIn
) -> None:
    maker, other = sign_in(), college.person()
    row = college.open(me(maker), other)
    rest(session, row, other)
    address = f"/proposals/{row.ref}"
    assert maker.post(f"{address}/typing/why", data={"words": TYPED}).status_code == 204
    assert maker.get(f"{address}/write/why").status_code == 404
    going_on.resume(session, actor(other), row.id)
    session.commit()

    assert TYPED in maker.get(f"{address}/write/why").text
    assert number(session, Draft) == 1


def test_whoever_left_elsewhere_keeps_what_they_typed(
    college: College, session: Session, sign_in: SignIn
) -> None:
    maker = sign_in()
    row = college.open(me(maker), college.person())
    session.commit()
    address = f"/proposals/{row.ref}"
    assert maker.post(f"{address}/do/leave").status_code == 303
    form = {"words": TYPED, "base": "1", "keep": "y"}
    answer = maker.post(f"{address}/write/why", data=form)

    assert (answer.status_code, TYPED in answer.text) == (422, True)
    assert number(session, Version) == 1
    assert sign_in().post(f"{address}/write/why", data=form).status_code == 404


def test_a_guest_keeps_what_they_typed_while_it_came_to_rest(
    college: College, session: Session, sign_in: SignIn
) -> None:
    guest, other = sign_in("student"), college.person()
    row = college.open(college.person(), other)
    rest(session, row, other)
    form = {"kind": "comment", "words": TYPED, "credit": "none"}
    answer = guest.post(f"/proposals/{row.ref}/say/idea", data=form)

    assert (answer.status_code, TYPED in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("end", "form"),
    [
        ("look", {**BANDS, "words0": TYPED, "version": "1"}),
        ("interests", {"perspective": "lived", "interests": TYPED}),
    ],
)
def test_reviewers_keep_what_they_typed_while_it_came_to_rest(
    college: College,
    session: Session,
    reviewer: FlaskClient,
    end: str,
    form: dict[str, str],
) -> None:
    other = college.person()
    row = college.open(college.person(), other, stage=Stage.REVIEW)
    session.commit()
    reviewer.post(f"/proposals/{row.ref}/interests", data={"perspective": "lived"})
    rest(session, row, other)
    answer = reviewer.post(f"/proposals/{row.ref}/{end}", data=form)

    assert (answer.status_code, TYPED in answer.text) == (422, True)
    assert load(session, row.id).reviews == []


def test_two_who_decide_at_once_make_one_decision_and_lose_no_words(
    college: College, session: Session, sign_in: SignIn
) -> None:
    row = college.reviewed()
    topic = college.topic
    session.commit()
    one, other = sign_in("co_chair"), sign_in("board_member")
    address = f"/proposals/{row.ref}/decide"
    yes = {"outcome": "adopted", "topic": str(topic)}
    no = {"outcome": "not_now", "topic": str(topic), "change": TYPED, "contact": "Alex"}
    assert one.post(address, data=yes).status_code == 303
    late = other.post(address, data={**no, **{f"reason{n}": "No room" for n in range(5)}})

    assert (late.status_code, TYPED in late.text) == (422, True)
    assert "What you wrote" in late.text
    assert number(session, Outcome) == 1


def test_the_second_of_two_answers_to_a_comment_is_not_dropped_without_a_word(
    college: College, session: Session, sign_in: SignIn
) -> None:
    maker, other = sign_in(), college.person()
    row = college.open(me(maker), other)
    kind = CommentKind.COMMENT
    said = commenting.comment(session, actor(college.person()), row.id, "idea", kind, "Good")
    for _click in range(2):
        commenting.answer(session, actor(other), row.id, said, Answer.YES, "Thank you")
    session.commit()
    address = f"/proposals/{row.ref}/said/{said}"
    answer = maker.post(address, data={"answer": "no", "thanks": TYPED})

    assert (answer.status_code, TYPED in answer.text) == (422, True)
    assert "Somebody else has answered meanwhile" in answer.text


def test_no_review_without_its_interests_counts_after_an_appeal(
    college: College, session: Session
) -> None:
    """Whoever was reading while it was appealed is asked for their interests in the new round."""
    who, late = college.person(), college.person()
    row = college.decided(Stage.NOT_NOW, people=(who, college.person()))
    judging.appeal(session, actor(who), row.id, "")
    with pytest.raises(RefusedError) as refused:
        judging.review(session, actor(late), row.id, {}, read=row.version)

    assert refused.value.why is Why.UNDECLARED
