"""Words that stand in one person's record alone, hunted in every page that everybody else can open.

Who may read which of them stands below, written by people. What is not in the table may be read by nobody but
the person themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from portal import clock
from portal.accounts.models import RouteKind
from portal.accounts.policies import ROLES
from portal.accounts.services.logins import create_login
from portal.accounts.services.roles import grant_role
from portal.accounts.services.routes import RouteInput, add_route, agreed
from portal.accounts.testing import signed_in_client
from portal.app import Portal
from portal.courses.api import sample_session
from portal.courses.models import Course, Run
from portal.db import unit_of_work
from portal.enrolment.models import Block, BlockAppeal, How, Role, TakesPart
from portal.enrolment.services import drafts, seats, wishes
from portal.enrolment.services.outcomes import Body, Enrolled
from portal.facilitators.models import Stage
from portal.facilitators.services import pathway, references, support
from portal.plugin_api import SYSTEM, Actor
from portal.plugin_host.boot import host_of
from tests.factories.accounts import make_person
from tests.matrix.addresses import addresses

OK = 200
STAFF = frozenset({"coordinator", "administrator"})
ARRANGES = frozenset({"coordinator"})
# word → the roles that may read it somewhere. The name is what the college's own people work with.
CANARIES: Mapping[str, frozenset[str]] = {
    "Quillcanary": STAFF,  # the name
    "zhe-canary": STAFF,  # pronouns, beside the name
    "login-canary": STAFF,  # the address they sign in with
    "mail-canary": ARRANGES,  # the ways to reach them
    "07700900471": ARRANGES,
    "Canary Quay": ARRANGES,
    "needs-canary": frozenset(),  # for whoever leads this run's sessions
    "draft-canary": frozenset(),  # what is not sent yet
    "Guestcanary": STAFF,  # who comes along stands on the register
    "block-canary": STAFF,  # why places are stopped
    "appeal-canary": STAFF,  # what they said against it
    "grant-canary": frozenset({"administrator"}),  # why they have a role
    "adjust-canary": frozenset(),  # for the one supporter whom they named
    "asked-canary": ARRANGES,  # what a reference is for
    "moved-canary": ARRANGES,  # why they were moved on towards leading
}


@pytest.fixture
def engine_name() -> str:
    """What a page shows of somebody does not depend on the database."""
    return "sqlite"


@pytest.fixture
def known(app: Portal) -> dict[str, Any]:
    """The ids of one person's records, by the names they have in addresses."""
    with app.test_request_context(), unit_of_work() as session:
        now = clock.now()
        run_id, session_id = sample_session(session, now.date() + timedelta(weeks=5))
        person = make_person(session, "Quillcanary", pronouns="zhe-canary")
        create_login(
            session,
            SYSTEM,
            person,
            email="login-canary@college.example",
            password_hash=None,
            confirmed=True,
        )
        for kind, value in (
            (RouteKind.EMAIL, "mail-canary@college.example"),
            (RouteKind.MOBILE, "07700 900471"),
            (RouteKind.LETTER, "1 Canary Quay"),
        ):
            given = RouteInput(kind, value, consent=agreed())
            route = add_route(session, SYSTEM, person.id, given)
        grant = grant_role(session, SYSTEM, person.id, "contributor", reason="grant-canary")
        party = [
            Body(person_id=person.id, mode=TakesPart.IN_PERSON),
            Body(
                person_id=None,
                guest_name="Guestcanary",
                role=Role.SUPPORTER,
                mode=TakesPart.IN_PERSON,
            ),
        ]
        made = seats.book(session, SYSTEM, run_id, party, at=now)
        assert isinstance(made, Enrolled)
        wishes.share_needs(session, made.enrolment_ids[0], "needs-canary", at=now)
        drafts.write(session, person.id, run_id, at=now, needs="draft-canary")
        block = Block(
            person_id=person.id,
            by_id=make_person(session, "Somebody Else").id,
            reason="block-canary",
            starts_at=now,
            ends_at=now + timedelta(days=30),
            last_day=now.date() + timedelta(days=29),
            review_on=now.date() + timedelta(days=10),
        )
        session.add(block)
        session.flush()
        appeal = BlockAppeal(block_id=block.id, words="appeal-canary", how=How.ONLINE, at=now)
        session.add(appeal)
        session.flush()
        coach = make_person(session, "A Coach").id
        grant_role(session, SYSTEM, coach, "coach", reason="for a test")
        own = Actor(person_id=person.id)
        support.save_adjustments(session, own, coach, "adjust-canary")
        pathway.begin(session, SYSTEM, person.id)
        pathway.move(session, SYSTEM, person.id, Stage.CHECKS)
        pathway.move(session, SYSTEM, person.id, Stage.TRAINED, why="moved-canary")
        reference_id = references.ask(session, own, "asked-canary", today=now.date())
        course = session.get_one(Course, session.get_one(Run, run_id).course_id)
        return {
            "person_id": person.id,
            "route_id": route.id,
            "grant_id": grant.id,
            "run_id": run_id,
            "session_id": session_id,
            "course_id": course.id,
            "enrolment_id": made.enrolment_ids[0],
            "block_id": block.id,
            "appeal_id": appeal.id,
            "reference_id": reference_id,
            "slug": course.slug,
            "reference": session.get_one(Run, run_id).reference,
            "kind": "course",
            "subject_id": course.id,
        }


def words_of(answer: Any) -> str:
    """What an answer says; of a file what stands in it as letters."""
    words: str = answer.data.decode("utf-8", "replace")
    return words


@pytest.mark.parametrize("who", ["anonymous", *ROLES])
def test_words_of_one_person_are_read_by_those_alone_who_may(
    app: Portal, known: dict[str, Any], who: str, capfd: pytest.CaptureFixture[str]
) -> None:
    client = app.test_client() if who == "anonymous" else signed_in_client(app, [who])
    pages = frozenset(route for route in host_of(app).registry.access if route[1] == "GET")
    read: dict[str, set[str]] = {}
    opened = 0
    for route, address in addresses(app, pages, known):
        answers = [client.get(address)]
        if answers[0].status_code == OK:
            opened += 1
            # The beginning of their name as what is looked for, where a page has something to search.
            answers.append(client.get(f"{address}?q=Quillcan&name=Quillcan"))
        for answer in answers:
            said = f"{words_of(answer)} {answer.headers}".replace("07700 900471", "07700900471")
            for word in CANARIES:
                if word in said:
                    read.setdefault(word, set()).add(route[0])
    logged = capfd.readouterr()

    may = {word for word, roles in CANARIES.items() if who in roles}
    assert {word: places for word, places in read.items() if word not in may} == {}
    assert set(read) == may, "a word that may be read is read nowhere: the hunt has become blind"
    assert opened > 30
    assert not [word for word in CANARIES if word in logged.out + logged.err]


def test_the_person_reads_their_own(app: Portal, known: dict[str, Any]) -> None:
    """The hunt finds what is there: their own pages show it."""
    client = signed_in_client(app, person_id=known["person_id"])
    pages = frozenset(route for route in host_of(app).registry.access if route[1] == "GET")

    text = "".join(
        words_of(client.get(address)) for _route, address in addresses(app, pages, known)
    )

    for word in ("Quillcanary", "zhe-canary", "mail-canary", "needs-canary", "Guestcanary"):
        assert word in text, word
    for word in ("block-canary", "adjust-canary", "asked-canary", "moved-canary"):
        assert word in text, word
