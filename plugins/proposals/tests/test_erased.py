"""Somebody who had a part in everything is erased: no page names them; no count, review or story changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.proposals.models import CommentKind, Credit, Proposal, Review, Step, SupportKind
from plugins.proposals.policies import STANDARD
from plugins.proposals.services import coming_in, commenting, judging, own_part, writing
from plugins.proposals.services.store import load, rules_of
from plugins.proposals.services.taking_part import Part
from plugins.proposals.states import Perspective, Stage, verdict
from plugins.proposals.tests.making import REVIEWERS, College, actor
from portal.courses.api import courses_by_ids

SignIn = Callable[..., FlaskClient]
NAME, OTHER_NAME = "Quillcanary", "Heroncanary"
THEIRS = (NAME, OTHER_NAME, "draft-canary", "support-canary", "interest-canary", "employer-canary")
STAYS = ("A remark that stays", "Seen by somebody who is gone")
ENDS = ("", "/versions", "/sheet", "/what-they-see", "/decide", "/talk", "/me", "/join-with")


@dataclass(frozen=True, slots=True)
class Place:
    """A college in which somebody had a part in everything; others who look at it."""

    gone: FlaskClient
    others: Mapping[str, FlaskClient]
    rows: Mapping[str, Proposal]
    addresses: tuple[str, ...]


@pytest.fixture
def place(app: Any, college: College, session: Session, sign_in: SignIn) -> Place:
    gone, maker = sign_in(), sign_in()
    who: int = gone.person_id  # type: ignore[attr-defined]
    friend: int = maker.person_id  # type: ignore[attr-defined]
    table = sa.table("person", sa.column("id"), sa.column("name"))
    session.execute(sa.update(table).where(table.c.id == who).values(name=NAME))
    rows = {
        "adopted": college.decided(people=(who, friend, college.person(), college.person())),
        "other name": college.open(who, friend),
        "reviewed": _reviewed(college, who, friend),
        "spoken of": college.open(friend, college.person()),
        "asked to join": college.idea(friend),
    }
    own_part.change_credit(
        session, actor(who), rows["other name"].id, Credit.PSEUDONYM, OTHER_NAME, news=True
    )
    kind = CommentKind.COMMENT
    for key in ("spoken of", "other name"):
        commenting.comment(session, actor(who), rows[key].id, "idea", kind, STAYS[0])
    coming_in.ask_to_join(
        session, actor(who), rows["asked to join"].id, Part(Perspective.LEARNER, Credit.NAME)
    )
    writing.keep_draft(session, rows["other name"].id, who, "why", "draft-canary", base=1)
    own_part.ask_for_support(
        session, actor(who), rows["other name"].id, SupportKind.TALKING, "support-canary"
    )
    session.commit()
    course = rows["adopted"].course_id or 0
    story = courses_by_ids(session, [course])[course].url
    session.commit()  # or others would wait for this transaction
    coordinator = sign_in("coordinator")
    others = {"maker": maker, "chair": sign_in("co_chair"), "coordinator": coordinator}
    return Place(
        gone,
        {**others, "visitor": app.test_client()},
        rows,
        (
            *re.findall(r'href="(/desk/tasks/\d+)', coordinator.get("/desk/").text),
            *(f"/proposals/{row.ref}{end}" for row in rows.values() for end in ENDS),
            *("/proposals/", "/proposals/mine", "/proposals/where-they-are", "/me", "/desk/"),
            *("/proposals/to-look-at", "/search?q=noisy", "/me/contributions"),
            story,
        ),
    )


def _reviewed(college: College, who: int, friend: int) -> Proposal:
    """In review by four, one of whom is the one who goes."""
    row = college.open(friend, college.person(), stage=Stage.REVIEW)
    for perspective in REVIEWERS[1:]:
        college.review(row, college.person("Reviewer"), perspective, 2)
    judging.declare(
        college.session,
        actor(who),
        row.id,
        REVIEWERS[0],
        interests="interest-canary",
        employer="employer-canary",
    )
    answers = dict.fromkeys(STANDARD, (2, STAYS[1]))
    judging.review(college.session, actor(who), row.id, answers)
    return row


def pages(place: Place) -> dict[tuple[str, str], tuple[int, str]]:
    """What everybody else is answered everywhere: status and text."""
    return {
        (who, address): ((answer := client.get(address)).status_code, answer.text)
        for who, client in place.others.items()
        for address in place.addresses
    }


def erase(client: FlaskClient) -> None:
    page = client.get("/me/data/erase").text
    told = re.search(r'name="told"[^>]*value="([^"]*)"', page)
    form = {"sure": "y", "told": told[1] if told else ""}
    assert client.post("/me/data/erase", data=form).status_code == 303


def test_no_page_names_whoever_is_erased_and_nothing_else_changes(
    place: Place, session: Session
) -> None:
    counted = _counts(session, place)
    before = pages(place)
    erase(place.gone)
    after = pages(place)

    shown = "".join(text for _status, text in before.values())
    assert [word for word in THEIRS if word not in shown] == ["draft-canary"], "the hunt is blind"
    wrong = [(key, word) for key, (_, text) in after.items() for word in THEIRS if word in text]
    assert wrong == []
    assert _statuses(after) == _statuses(before)
    assert all(words in "".join(text for _, text in after.values()) for words in STAYS)
    assert _counts(session, place) == counted


def test_credit_and_story_say_what_they_said(place: Place, session: Session) -> None:
    row, story = place.rows["adopted"], place.addresses[-1]
    visitor = place.others["visitor"]
    thread = visitor.get(story).text
    assert f"Made by: {NAME}, " in thread
    assert "person more" not in thread
    listed = visitor.get("/proposals/").text
    assert NAME in visitor.get(f"/proposals/{row.ref}").text
    erase(place.gone)

    page = visitor.get(f"/proposals/{row.ref}").text
    assert page.count("A contributor (account erased)") == 1
    after = visitor.get(story).text
    assert "Somebody had the idea" in after
    assert len(after.splitlines()) == len(thread.splitlines()), "a line of the story is gone"
    assert NAME not in after
    assert ", and 1 person more" in after
    assert visitor.get("/proposals/").text == listed
    assert "4 people take part" in listed


def _statuses(found: Mapping[tuple[str, str], tuple[int, str]]) -> dict[tuple[str, str], int]:
    """But for tasks of the desk: what was to be done for them is over."""
    return {key: status for key, (status, _) in found.items() if "/desk/tasks/" not in key[1]}


def _counts(session: Session, place: Place) -> list[Any]:
    """Everybody who took part, every review and what they add up to, every step."""
    found: list[Any] = []
    for row in place.rows.values():
        state = load(session, row.id).state
        found += [len(state.contributors), len(state.reviews), verdict(state, rules_of(session))]
    for table in (Review, Step):
        found.append(session.scalar(sa.select(sa.func.count()).select_from(table)))
    session.commit()
    return found
