"""Who looked at my record: every kind of look that is put on record, and nothing that somebody else said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from portal import clock
from portal.accounts.queries.looks import PAGE, LookPage, who_looked
from portal.accounts.services.merging import merge_people
from portal.accounts.services.roles import grant_role, revoke_role
from portal.accounts.services.routes import note_reading
from portal.accounts.testing import signed_in_client
from portal.app import Portal
from portal.audit.privacy import record_of
from portal.audit.services import record
from portal.concerns.models import Concern
from portal.concerns.services.emergency import look_up_contact
from portal.db import unit_of_work
from portal.enrolment.services.outcomes import Enrolled
from portal.plugin_api import SYSTEM, Actor, Look
from portal.plugin_api.testing import Lab
from tests.factories.accounts import make_person
from tests.factories.concerns import make_concern
from tests.factories.enrolment import book, make_group, make_student
from tests.plugins import make_plugin


def seen(page: LookPage) -> list[tuple[str, tuple[str, ...], str]]:
    return [(line.reader.name, line.reader.roles, str(line.what)) for line in page.lines]


@pytest.fixture
def clerk(app: Portal, session: Session) -> Actor:
    person_id = make_person(session, "Cleo").id
    grant_role(session, SYSTEM, person_id, "coordinator", reason="for a test")
    session.commit()
    return Actor(person_id, "Cleo")


def read_concern(session: Session, actor: Actor, concern: Concern) -> None:
    record(session, actor, "concerns:concern:read", ("concern", concern.uid))


def test_each_kind_of_look_is_shown_with_name_and_role(
    app: Portal, session: Session, clerk: Actor
) -> None:
    with app.test_request_context():
        me = make_student(session)
        place = book(session, make_group(session, 2).id, me)
        assert isinstance(place, Enrolled)
        note_reading(session, clerk, me)
        look_up_contact(session, clerk, me)
        record(session, clerk, "desk:task:read", ("person", me))
        record(session, clerk, "enrolment:needs:read", ("enrolment", place.enrolment_ids[0]))
        read_concern(session, clerk, make_concern(session, by=me))
        session.commit()
        found = seen(who_looked(session, me))
    who = ("Cleo", ("coordinator",))
    assert found == [
        (*who, "Something you told us in confidence"),
        (*who, "What you shared with those who lead your course"),
        (*who, "How we can reach you, for a call or a letter"),
        (*who, "Whom to call for you in an emergency"),
        (*who, "How we can reach you"),
    ]


def test_concern_that_somebody_else_raised_leaves_no_trace(
    app: Portal, session: Session, clerk: Actor
) -> None:
    with app.test_request_context():
        me, neighbour = make_person(session, "Ada").id, make_person(session, "Bo").id
        read_concern(session, clerk, make_concern(session, "I worry about Ada", by=neighbour))
        read_concern(session, clerk, make_concern(session, "I worry about Ada"))
        session.commit()
        assert seen(who_looked(session, me)) == []
        assert "confidence" not in str(record_of(session, me))


def test_own_looks_other_people_and_other_entries_are_not_in_it(
    app: Portal, session: Session, clerk: Actor
) -> None:
    with app.test_request_context():
        me, other = make_person(session, "Ada").id, make_person(session, "Bo").id
        note_reading(session, Actor(me), me)
        note_reading(session, clerk, other)
        record(session, clerk, "accounts:person:change", ("person", me))
        session.commit()
        assert seen(who_looked(session, me)) == []


def test_role_is_that_of_the_moment(app: Portal, session: Session, clerk: Actor) -> None:
    with app.test_request_context():
        me = make_person(session, "Ada").id
        note_reading(session, clerk, me)
        grant = grant_role(session, SYSTEM, clerk.person_id or 0, "coach", reason="later")
        grant.valid_from = clock.now().replace(year=clock.now().year + 1)
        session.commit()
        assert seen(who_looked(session, me)) == [("Cleo", ("coordinator",), "How we can reach you")]


def test_ended_role_is_not_named(app: Portal, session: Session) -> None:
    with app.test_request_context():
        me, past = make_person(session, "Ada").id, make_person(session, "Pat").id
        grant = grant_role(session, SYSTEM, past, "coordinator", reason="for a test")
        grant.valid_from = clock.now().replace(year=2020)
        revoke_role(session, SYSTEM, grant.id)
        grant.revoked_at = clock.now().replace(year=2021)
        note_reading(session, Actor(past), me)
        session.commit()
        assert seen(who_looked(session, me)) == [("Pat", (), "How we can reach you")]


def test_looks_at_a_record_that_became_part_of_mine_are_mine(
    app: Portal, session: Session, clerk: Actor
) -> None:
    with app.test_request_context():
        me, gone = make_person(session, "Ada").id, make_person(session, "Ada A.").id
        note_reading(session, clerk, gone)
        merge_people(session, SYSTEM, me, gone, reason="the same voice")
        session.commit()
        assert len(who_looked(session, me).lines) == 1


def test_whole_record_has_looks_at_what_was_shared(
    app: Portal, session: Session, clerk: Actor
) -> None:
    with app.test_request_context():
        me = make_student(session)
        place = book(session, make_group(session, 2).id, me)
        assert isinstance(place, Enrolled)
        record(session, clerk, "enrolment:needs:read", ("enrolment", place.enrolment_ids[0]))
        session.commit()
        rows = [row for row in record_of(session, me) if "looked_at" in row]
    assert [row["by_person"] for row in rows] == [clerk.person_id]


def test_page_shows_the_newest_and_leads_to_older_ones(
    app: Portal, session: Session, clerk: Actor, queries: Callable[[], Any]
) -> None:
    client: Any = signed_in_client(app)
    with app.test_request_context():
        note_reading(session, clerk, client.person_id)
        session.commit()
    with queries() as few:
        assert "Cleo (Coordinator)" in client.get("/me/data/looks").text
    with app.test_request_context():
        for _ in range(PAGE):
            note_reading(session, clerk, client.person_id)
        session.commit()
    with queries() as many:
        page = client.get("/me/data/looks").text
    assert len(few) == len(many) <= 6
    assert page.count("Cleo (Coordinator)") == PAGE
    older = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    assert client.get(older).text.count("Cleo (Coordinator)") == 1


def test_plugin_joins_with_its_own_looks(portal_lab: Lab) -> None:
    look = Look("beans:jar:read", "How many beans you have")
    app = portal_lab.app("sqlite", [make_plugin("beans", looks=lambda: [look])])
    client: Any = signed_in_client(app)
    with app.app_context(), unit_of_work() as session:
        record(session, SYSTEM, "beans:jar:read", ("person", client.person_id), reason="Counting")
    page = client.get("/me/data/looks").text
    assert "How many beans you have" in page
    assert "Whoever keeps the computer" in page
    assert "Counting" in page
