"""Which versions of a text are for everybody: none that was written before comments were invited."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from plugins.proposals.models import Proposal
from plugins.proposals.queries.versions import for_everybody
from plugins.proposals.services import going_on, writing
from plugins.proposals.states import Stage
from plugins.proposals.tests.making import College, actor

SignIn = Callable[..., FlaskClient]
REMOVED, LATER = "Removed-canary of my ward", "Lighthouse"


@pytest.fixture
def maker(sign_in: SignIn) -> FlaskClient:
    return sign_in()


@pytest.fixture
def opened(college: College, session: Session, maker: FlaskClient) -> Proposal:
    """Written and taken back while it was drafted; versions 3 and 4 came once everybody could read it."""
    who: int = maker.person_id  # type: ignore[attr-defined]
    row = college.idea(who, college.person())
    going_on.take_step(session, actor(who), row.id)
    for words in (REMOVED, "Harbour"):
        writing.keep(session, actor(who), row.id, who, "why", words, base=row.version)
    going_on.take_step(session, actor(who), row.id)
    writing.keep(session, actor(who), row.id, who, "why", LATER, base=row.version)
    session.commit()
    return row


@pytest.mark.parametrize("old", [1, 2])
def test_words_removed_while_it_was_drafted_are_for_nobody_else(
    opened: Proposal, client: FlaskClient, sign_in: SignIn, maker: FlaskClient, old: int
) -> None:
    readers = {"visitor": client, "student": sign_in("student"), "chair": sign_in("co_chair")}
    for who, reader in readers.items():
        for pair in (f"{old}/2", f"{old}/3", f"{old}/4", f"4/{old}"):
            answer = reader.get(f"/proposals/{opened.ref}/versions/{pair}")
            assert (answer.status_code, REMOVED in answer.text) == (404, False), (who, pair)
    assert REMOVED in maker.get(f"/proposals/{opened.ref}/versions/1/2").text


def test_lists_and_links_offer_what_can_be_read(
    opened: Proposal, client: FlaskClient, maker: FlaskClient
) -> None:
    address = f"/proposals/{opened.ref}"
    listed = client.get(f"{address}/versions").text

    assert "All versions (2)" in client.get(address).text
    assert "All versions (4)" in maker.get(address).text
    assert [n for n in range(1, 5) if f"Version {n}<" in listed] == [3, 4]
    assert f"{address}/versions/3/4" in listed
    assert listed.count(f"{address}/versions/") == 1
    assert "stays with those who wrote it" in listed
    assert "stays with those who wrote it" not in maker.get(f"{address}/versions").text
    assert LATER in client.get(f"{address}/versions/3/4").text
    assert maker.get(f"{address}/versions").text.count(f"{address}/versions/") == 4


def test_while_it_is_drafted_others_read_the_version_of_now(
    college: College, session: Session, sign_in: SignIn
) -> None:
    who = college.person()
    row = college.idea(who)
    writing.keep(session, actor(who), row.id, who, "why", REMOVED, base=1)
    writing.keep(session, actor(who), row.id, who, "why", "Other words", base=2)
    session.commit()
    reader = sign_in("student")

    assert "Version 3<" in reader.get(f"/proposals/{row.ref}/versions").text
    assert "Version 2<" not in reader.get(f"/proposals/{row.ref}/versions").text
    assert reader.get(f"/proposals/{row.ref}/versions/2/3").status_code == 404


@pytest.mark.parametrize(
    ("story", "now", "read"),
    [
        ([(Stage.IDEA, 1)], 1, {1}),
        ([(Stage.IDEA, 1), (Stage.DRAFTING, 2)], 5, {5}),
        ([(Stage.IDEA, 1), (Stage.DRAFTING, 2), (Stage.OPEN, 5)], 5, {5}),
        ([(Stage.IDEA, 1), (Stage.OPEN, 3), (Stage.REVIEW, 5)], 7, {3, 4, 5, 6, 7}),
        # "Not now", and its next version: 4 repeats what 3 said; 5 and 6 were for those who make it.
        (
            [(Stage.OPEN, 2), (Stage.NOT_NOW, 3), (Stage.DRAFTING, 4), (Stage.OPEN, 7)],
            8,
            {2, 3, 4, 7, 8},
        ),
        ([(Stage.DRAFTING, 1), (Stage.PAUSED, 4), (Stage.DRAFTING, 4)], 6, {6}),
        ([(Stage.DRAFTING, 1), (Stage.WITHDRAWN, 4)], 4, {4}),
    ],
)
def test_versions_for_everybody_are_those_that_stood_while_all_could_read(
    story: list[tuple[Stage, int]], now: int, read: set[int]
) -> None:
    assert for_everybody(story, now) == read
