"""How people are named for what they say: as they chose, for each thing, whatever happens later."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.proposals.models import Comment, CommentKind, Contributor, Credit
from plugins.proposals.privacy import SOURCES
from plugins.proposals.services import commenting, own_part, taking_part
from plugins.proposals.services.taking_part import Part
from plugins.proposals.states import Perspective
from plugins.proposals.tests.making import College, actor
from plugins.proposals.tests.test_people import merge

SignIn = Callable[..., FlaskClient]
NAME, MOON = "Quillcanary", "Mooncanary"
SAID_AS_MOON, SAID_BY_NAME = "Said by moonlight", "Said by day"
N, P, A = Credit.NAME, Credit.PSEUDONYM, Credit.NONE


def say(
    session: Session, row: int, who: int, words: str, credit: Credit = A, other_name: str = ""
) -> None:
    commenting.comment(
        session, actor(who), row, "idea", CommentKind.COMMENT, words, credit, other_name
    )


def who_said(page: str, words: str) -> str:
    """The name above a comment."""
    return page.partition(words)[0].rpartition("<strong>")[2].partition("</strong>")[0]


@pytest.mark.parametrize("kept_is_moon", [True, False])
def test_one_person_of_two_records_keeps_each_name_apart(
    college: College, session: Session, client: FlaskClient, *, kept_is_moon: bool
) -> None:
    plain, moon = college.person(NAME), college.person(NAME)
    row = college.open(plain, moon)
    own_part.change_credit(session, actor(moon), row.id, P, MOON, news=False)
    say(session, row.id, plain, SAID_BY_NAME)
    say(session, row.id, moon, SAID_AS_MOON)
    merge(session, *((moon, plain) if kept_is_moon else (plain, moon)))
    session.commit()
    page = client.get(f"/proposals/{row.ref}").text

    assert who_said(page, SAID_AS_MOON) == MOON
    assert who_said(page, SAID_BY_NAME) == NAME
    parts = page.partition('id="people"')[2].partition("</section>")[0]
    assert (MOON in parts, NAME in parts) == (True, False)


@pytest.mark.parametrize(
    ("kept", "gone", "left"), [(N, P, P), (P, N, P), (N, A, A), (A, P, A), (N, N, N), (P, A, A)]
)
def test_a_double_part_takes_the_more_private_credit(
    college: College, session: Session, kept: Credit, gone: Credit, left: Credit
) -> None:
    people = college.person(), college.person()
    row = college.idea(*people)
    for person, credit in zip(people, (kept, gone), strict=True):
        own_part.change_credit(session, actor(person), row.id, credit, MOON, news=False)
    merge(session, *people)

    mine = own_part.my_part(session, row.id, people[0])
    assert (mine.credit, mine.pseudonym) == (left, MOON if left is P else "")


def test_whoever_says_something_chooses_how_they_are_named(
    college: College, session: Session, client: FlaskClient, sign_in: SignIn
) -> None:
    student, row = sign_in("student"), college.open()
    person = sa.table("person", sa.column("id"), sa.column("name"))
    theirs = person.c.id == student.person_id  # type: ignore[attr-defined]
    session.execute(sa.update(person).where(theirs).values(name=NAME))
    session.commit()
    address = f"/proposals/{row.ref}/say/idea"
    asked = student.get(address).text
    assert re.search(r'value="none" checked', asked), "the more private answer stands there"
    form = {"kind": "comment"}
    sent = {
        "First thing": {"credit": "none"},
        "Second thing": {"credit": "pseudonym", "pseudonym": MOON},
        "Third thing": {"credit": "name"},
    }
    for words, how in sent.items():
        assert student.post(address, data={**form, "words": words, **how}).status_code == 303
    page = client.get(f"/proposals/{row.ref}").text

    assert [who_said(page, words) for words in sent] == ["Somebody", MOON, NAME]
    unnamed = student.post(address, data={**form, "words": "Fourth", "credit": "pseudonym"})
    assert (unnamed.status_code, "Write the other name" in unnamed.text) == (422, True)
    assert "Fourth" in unnamed.text


def test_those_who_make_it_are_named_as_they_chose_and_not_asked_again(
    college: College, session: Session, sign_in: SignIn
) -> None:
    maker = sign_in()
    who: int = maker.person_id  # type: ignore[attr-defined]
    row = college.open(who, college.person())
    own_part.change_credit(session, actor(who), row.id, P, MOON, news=False)
    session.commit()
    address = f"/proposals/{row.ref}/say/idea"

    assert "Without a name" not in maker.get(address).text
    form = {"kind": "comment", "words": SAID_AS_MOON, "credit": "name"}
    assert maker.post(address, data=form).status_code == 303
    assert who_said(maker.get(f"/proposals/{row.ref}").text, SAID_AS_MOON) == MOON


@pytest.mark.parametrize(
    ("said", "part", "left"), [(N, P, P), (N, A, A), (A, N, A), (P, N, P), (P, A, A), (N, N, N)]
)
def test_coming_in_hides_more_and_never_less(
    college: College, session: Session, said: Credit, part: Credit, left: Credit
) -> None:
    row, who = college.open(), college.person()
    say(session, row.id, who, "Before", said, "Star")
    taking_part.join(session, actor(who), row.id, who, Part(Perspective.LEARNER, part, MOON))

    comment = session.scalars(sa.select(Comment)).one()
    assert comment.credit is left
    assert comment.pseudonym == {(N, P): MOON, (P, N): "Star"}.get((said, part), "")


def test_a_new_choice_is_for_what_was_said_under_the_old_one(
    college: College, session: Session
) -> None:
    row, who = college.open(), college.person()
    say(session, row.id, who, "Without a name", A)
    taking_part.join(session, actor(who), row.id, who, Part(Perspective.LEARNER, P, MOON))
    say(session, row.id, who, "As Moon")
    own_part.change_credit(session, actor(who), row.id, N, "", news=False)

    rows = session.execute(sa.select(Comment.credit, Comment.pseudonym).order_by(Comment.id))
    assert [tuple(one) for one in rows] == [(A, ""), (N, "")]
    own_part.change_credit(session, actor(who), row.id, A, "", news=False)
    assert set(session.scalars(sa.select(Comment.credit))) == {A}


def test_the_other_name_of_a_comment_is_given_out_and_let_go(
    college: College, session: Session
) -> None:
    row, who = college.open(), college.person()
    say(session, row.id, who, "Words", P, MOON)
    (source,) = (one for one in SOURCES if one.table == "proposals_comment")
    (copy,) = source.export(session, who)
    source.erase(session, who, source.on_erasure)
    session.expire_all()

    assert (copy["credit"], copy["other_name"]) == ("pseudonym", MOON)
    assert session.scalars(sa.select(Comment.pseudonym)).one() == ""
    assert session.scalar(sa.select(sa.func.count(Contributor.id))) == 2
