"""What those who make an idea say to each other before comments are invited: read by them alone, for good."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.proposals.models import Comment, CommentKind, Credit, Proposal
from plugins.proposals.privacy import SOURCES
from plugins.proposals.services import commenting, going_on, taking_part
from plugins.proposals.services.taking_part import Part
from plugins.proposals.states import Perspective, RefusedError, Stage, Why
from plugins.proposals.tests.making import College, actor

SignIn = Callable[..., FlaskClient]
AMONG, LATER = "Quillcanary, what I was like on the ward", "Said to everybody"
FORM = {"kind": "comment", "words": AMONG}


@pytest.fixture
def maker(sign_in: SignIn) -> FlaskClient:
    return sign_in()


@pytest.fixture
def idea(college: College, session: Session, maker: FlaskClient) -> Proposal:
    """Drafted by two, one of whom said something there."""
    who: int = maker.person_id  # type: ignore[attr-defined]
    row = college.open(who, college.person(), stage=Stage.DRAFTING)
    say(session, row, who, AMONG)
    session.commit()
    return row


def say(session: Session, row: Proposal, who: int, words: str, *, among: bool = False) -> None:
    kind = CommentKind.COMMENT
    commenting.comment(session, actor(who), row.id, "idea", kind, words, among=among)


def kept(session: Session) -> list[tuple[str, bool]]:
    session.expire_all()
    rows = session.execute(sa.select(Comment.words, Comment.among).order_by(Comment.id)).all()
    return [(words, among) for words, among in rows]


@pytest.mark.parametrize("stage", [Stage.DRAFTING, Stage.OPEN, Stage.REVIEW])
def test_stays_with_those_who_make_it_wherever_the_idea_goes(
    idea: Proposal,
    session: Session,
    maker: FlaskClient,
    client: FlaskClient,
    sign_in: SignIn,
    stage: Stage,
) -> None:
    who: int = maker.person_id  # type: ignore[attr-defined]
    while idea.stage is not stage:
        going_on.take_step(session, actor(who), idea.id)
    session.commit()
    others = (client, sign_in("student"), sign_in("co_chair"), sign_in("coordinator"))

    for end in ("", "/sheet", "/versions"):
        address = f"/proposals/{idea.ref}{end}"
        assert all(AMONG not in other.get(address).text for other in others), end
    page = maker.get(f"/proposals/{idea.ref}").text
    assert AMONG in page
    assert "only you who make it can read it" in page


def test_what_is_said_once_it_is_open_is_for_everybody(
    idea: Proposal, session: Session, maker: FlaskClient, client: FlaskClient
) -> None:
    who: int = maker.person_id  # type: ignore[attr-defined]
    going_on.take_step(session, actor(who), idea.id)
    say(session, idea, who, LATER)
    session.commit()
    page = client.get(f"/proposals/{idea.ref}").text

    assert LATER in page
    assert "1 thing was said about it" in page


def test_whoever_comes_in_later_reads_it_and_whoever_has_left_does_not(
    idea: Proposal, session: Session, sign_in: SignIn
) -> None:
    newcomer = sign_in()
    who: int = newcomer.person_id  # type: ignore[attr-defined]
    taking_part.join(session, actor(who), idea.id, who, Part(Perspective.LEARNER, Credit.NAME))
    session.commit()
    assert AMONG in newcomer.get(f"/proposals/{idea.ref}").text
    taking_part.leave(session, actor(who), idea.id, who)
    session.commit()

    assert AMONG not in newcomer.get(f"/proposals/{idea.ref}").text


def test_the_page_says_who_reads_it_and_keeps_to_it_when_the_idea_opens_meanwhile(
    idea: Proposal, session: Session, maker: FlaskClient, client: FlaskClient
) -> None:
    who: int = maker.person_id  # type: ignore[attr-defined]
    address = f"/proposals/{idea.ref}/say/idea"
    asked = maker.get(address).text
    assert "Only those who make it can read it" in asked
    assert 'name="among" type="hidden" value="y"' in asked
    going_on.take_step(session, actor(who), idea.id)
    session.commit()
    assert "Only those who make it can read it" not in maker.get(address).text
    sent = {**FORM, "words": LATER, "among": "y"}
    assert maker.post(address, data=sent).status_code == 303

    assert kept(session) == [(AMONG, True), (LATER, True)]
    assert LATER not in client.get(f"/proposals/{idea.ref}").text


def test_nobody_else_says_something_among_them(
    idea: Proposal, session: Session, sign_in: SignIn
) -> None:
    guest = sign_in("student")
    who: int = guest.person_id  # type: ignore[attr-defined]
    address = f"/proposals/{idea.ref}/say/idea"
    assert guest.get(address).status_code == 404
    sent = guest.post(address, data={**FORM, "words": LATER, "credit": "none", "among": "y"})
    assert (sent.status_code, LATER in sent.text) == (422, True)
    with pytest.raises(RefusedError) as refused:
        say(session, idea, who, LATER, among=True)

    assert refused.value.why is Why.NOT_HERE
    assert kept(session) == [(AMONG, True)]


def test_a_copy_says_that_it_was_among_them(idea: Proposal, session: Session) -> None:
    (source,) = (one for one in SOURCES if one.table == "proposals_comment")
    who = session.scalars(sa.select(Comment.person_id)).one()
    assert who is not None
    (copy,) = source.export(session, who)

    assert copy["among_those_who_make_it"] is True
